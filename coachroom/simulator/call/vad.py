"""Hearing that somebody speaks, by the energy of their audio. Pure: time is counted in samples, not by a clock.

A turn begins after a little voiced sound and ends after a pause. Two cases shape the numbers: a person who thinks
aloud pauses for half a second inside a sentence, and a browser's fake microphone beeps for 20 ms twice a second for
ever, which must still become a turn and must not keep interrupting the agent.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from coachroom.simulator.call.protocol import SAMPLE_RATE
from coachroom.simulator.call.voices import pitches

# One decision every 32 ms, the size of the chunks that the widget sends.
FRAME_SAMPLES = 512
FRAME_S = FRAME_SAMPLES / SAMPLE_RATE
# Root mean square of 16-bit samples above which a frame counts as voiced: -36 dBFS, well above a quiet room.
VOICED_RMS = 500.0
# The stretch of the past on which beginning, barge-in and score are judged.
WINDOW_FRAMES = round(1.0 / FRAME_S)
# Voiced sound within the window that begins a turn: one click (a single frame) does not.
BEGIN_S = 2 * FRAME_S
# A pause that ends a turn, where nothing else is configured.
PAUSE_S = 0.9
# Voiced sound within the window that counts as barge-in: a word or a beep does not, a sentence does.
BARGE_IN_S = 0.6
# A turn that is mostly silence (beeps, knocks) ends after this time even without a pause ...
MAX_SPARSE_TURN_S = 4.0
# ... where mostly silence is less than this share of voiced frames; speech has about half.
SPARSE_SHARE = 0.35
# Somebody who does not pause at all is answered after this time.
MAX_TURN_S = 15.0
# Voiced sound that a whole turn needs; less was a cough or a chair.
MIN_VOICED_S = 0.15


@dataclass(frozen=True, slots=True)
class SpeechSegment:
    """A finished turn: seconds from its first to its last sound, the pitch of each voiced frame (Hz; 0.0: none)."""

    seconds: float
    pitches: tuple[float, ...] = ()


class EnergyVad:
    """Feed it PCM of any chunk size; it tells when a turn is over. `pause`: the seconds of silence that end one."""

    def __init__(self, pause: float = PAUSE_S) -> None:
        self._pause = pause
        self._rest = b""
        # The pitch of each frame; None where it is not voiced.
        self._window: deque[float | None] = deque(maxlen=WINDOW_FRAMES)
        self._frames = 0  # of the turn, from its first voiced frame
        self._voiced: list[float] = []
        self._last_voiced = 0

    @property
    def speaking(self) -> bool:
        """A turn has begun and is not over."""
        return self._frames > 0

    @property
    def barging_in(self) -> bool:
        """Enough sound in the last second to mean: let me speak."""
        return _voiced(self._window) * FRAME_S >= BARGE_IN_S

    @property
    def score(self) -> float:
        """How much the last quarter of a second sounds like speech, 0 to 1."""
        recent = list(self._window)[-8:]
        return _voiced(recent) / len(recent) if recent else 0.0

    def feed(self, pcm: bytes) -> list[SpeechSegment]:
        """Take in audio; return the turns that ended within it."""
        data = self._rest + pcm
        whole = len(data) // (2 * FRAME_SAMPLES) * 2 * FRAME_SAMPLES
        self._rest = data[whole:]
        if not whole:
            return []
        frames = np.frombuffer(data[:whole], dtype="<i2").reshape(-1, FRAME_SAMPLES).astype(np.float32)
        loud = np.sqrt(np.mean(frames * frames, axis=1)) >= VOICED_RMS
        found = iter(pitches(frames[loud]))
        return [spoken for voiced in loud if (spoken := self._frame(next(found) if voiced else None))]

    def stop(self) -> SpeechSegment | None:
        """The audio has stopped coming: end a turn that is open."""
        return self._end() if self.speaking else None

    def forget(self) -> None:
        """Drop an open turn: it was not meant for the agent."""
        self._frames = self._last_voiced = 0
        self._voiced = []
        self._window.clear()

    def _frame(self, pitch: float | None) -> SpeechSegment | None:
        """Take in one frame: its pitch, or None where it is not voiced."""
        self._window.append(pitch)
        if not self.speaking:
            if pitch is not None and _voiced(self._window) * FRAME_S >= BEGIN_S:
                self._begin()
            return None
        self._frames += 1
        if pitch is not None:
            self._voiced.append(pitch)
            self._last_voiced = self._frames
        return self._end() if self._over() else None

    def _begin(self) -> None:
        first = next(n for n, pitch in enumerate(self._window) if pitch is not None)
        self._frames = self._last_voiced = len(self._window) - first
        self._voiced = [pitch for pitch in self._window if pitch is not None]

    def _over(self) -> bool:
        seconds = self._frames * FRAME_S
        paused = (self._frames - self._last_voiced) * FRAME_S >= self._pause
        sparse = len(self._voiced) < SPARSE_SHARE * self._frames and seconds >= MAX_SPARSE_TURN_S
        return paused or sparse or seconds >= MAX_TURN_S

    def _end(self) -> SpeechSegment | None:
        spoken = SpeechSegment(self._last_voiced * FRAME_S, tuple(self._voiced))
        self.forget()
        return spoken if len(spoken.pitches) * FRAME_S >= MIN_VOICED_S else None


def _voiced(frames: Iterable[float | None]) -> int:
    return sum(pitch is not None for pitch in frames)
