"""The agent's sound as a browser would play it: at once, or after what plays. Pure: the time is an argument."""

from __future__ import annotations

import numpy as np

from coachroom.call_check.script import BLOCK, SAMPLE_RATE

# As the room's page listens (ui/assets/felt_delay.js).
LOUD = 0.003
MIN_GAP_SECONDS = 0.2


class Loudspeaker:
    """When the agent was heard. Moments are seconds."""

    def __init__(self) -> None:
        # When each stretch of sound began.
        self.starts: list[float] = []
        self._ends_at = self._heard_until = float("-inf")

    def remaining(self, now: float) -> float:
        """How much is still to be played."""
        return max(0.0, self._ends_at - now)

    def play(self, pcm: bytes, now: float) -> None:
        """A piece has come."""
        begins = max(now, self._ends_at)
        samples = np.frombuffer(pcm[: len(pcm) // 2 * 2], dtype="<i2").astype(np.float64) / 32768
        self._ends_at = begins + len(samples) / SAMPLE_RATE
        whole = samples[: len(samples) // BLOCK * BLOCK].reshape(-1, BLOCK)
        loud = np.flatnonzero(np.sqrt(np.mean(whole * whole, axis=1)) > LOUD)
        for block in loud:
            at = begins + block * BLOCK / SAMPLE_RATE
            if at - self._heard_until > MIN_GAP_SECONDS:
                self.starts.append(at)
            self._heard_until = at + BLOCK / SAMPLE_RATE

    def stop(self, now: float) -> None:
        """What is left is not played."""
        self._ends_at = min(self._ends_at, now)
        self._heard_until = min(self._heard_until, now)
        self.starts = [at for at in self.starts if at <= now]
