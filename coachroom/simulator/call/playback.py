"""How far the client has played the agent's audio, estimated from what was sent. Pure: time is an argument."""

from __future__ import annotations

from dataclasses import dataclass, field

# What would stand double before the mark.
ENDS = ".,;:\u2026 "


class Playback:
    """The client's loudspeaker queue: plays in real time, starts again when it ran dry. Times in seconds."""

    def __init__(self) -> None:
        self._ends_at = 0.0

    def add(self, seconds: float, now: float) -> None:
        self._ends_at = max(self._ends_at, now) + seconds

    def remaining(self, now: float) -> float:
        return max(0.0, self._ends_at - now)

    def clear(self) -> None:
        self._ends_at = 0.0


@dataclass(slots=True)
class Utterance:
    """One thing the agent says, and how far the sending has come."""

    text: str
    event_id: int
    # Sentences that were synthesised, each with its length in seconds.
    spoken: list[tuple[str, float]] = field(default_factory=list)
    sent_s: float = 0.0
    finished: bool = False

    def spoken_until(self, seconds: float) -> str:
        """The words that fit into the first seconds of it, cut between words, with one mark where it breaks off."""
        words: list[str] = []
        for sentence, length in self.spoken:
            part = sentence.split()
            if seconds < length:
                words += part[: int(len(part) * max(0.0, seconds) / length)]
                break
            words += part
            seconds -= length
        return " ".join(words).rstrip(ENDS) + "\u2026"
