"""What a call showed, and its numbers. Pure: moments are seconds of one clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

# Less than this of the goodbye left to play when the line closes is nothing that anybody misses.
MAX_LOST_SECONDS = 0.2


@dataclass(frozen=True)
class PauseTried:
    """A pause inside a thought: how long it was to be, and whether the agent began to speak in it."""

    seconds: float
    cut_in: bool


@dataclass(frozen=True)
class AnswerTimed:
    """An answer to a whole thought: when the voice ended, the transcript came (if it did), and the agent sounded."""

    voice_ended: float
    transcribed: float | None
    sounded: float

    @property
    def parts_ms(self) -> dict[str, float]:
        """The wait that is felt, and its parts where they are known."""
        felt = {"felt": (self.sounded - self.voice_ended) * 1000}
        if self.transcribed is None or not self.voice_ended <= self.transcribed <= self.sounded:
            return felt
        return felt | {
            "end_to_transcript": (self.transcribed - self.voice_ended) * 1000,
            "transcript_to_sound": (self.sounded - self.transcribed) * 1000,
        }


@dataclass(frozen=True)
class Goodbye:
    """Whether the agent hung up, and how much of what it said was not played by then."""

    hung_up: bool
    lost_seconds: float = 0.0

    @property
    def complete(self) -> bool:
        return self.hung_up and self.lost_seconds <= MAX_LOST_SECONDS


@dataclass(frozen=True)
class Findings:
    """One call. `silenced_ms`: from the first word of the interruption to silence; None where it did not come to it.

    `unanswered`: thoughts to which no answer came. `ended`: why the call was over before its script was.
    """

    pauses: tuple[PauseTried, ...] = ()
    answers: tuple[AnswerTimed, ...] = ()
    unanswered: int = 0
    silenced_ms: float | None = None
    goodbye: Goodbye = Goodbye(hung_up=False)
    seconds: float = 0.0
    ended: str = ""

    @property
    def cut_ins(self) -> int:
        return sum(pause.cut_in for pause in self.pauses)

    def waits(self) -> dict[str, dict[str, float]]:
        """Count, p50 and p95 in milliseconds of the wait that is felt and of its parts."""
        parts: dict[str, list[float]] = {}
        for answer in self.answers:
            for part, ms in answer.parts_ms.items():
                parts.setdefault(part, []).append(ms)
        return {part: _spread(times) for part, times in parts.items()}

    def as_json(self) -> dict[str, Any]:
        """All numbers, for machines."""
        return {
            "cut_ins": self.cut_ins,
            "pauses": [{"seconds": pause.seconds, "cut_in": pause.cut_in} for pause in self.pauses],
            "waits_ms": self.waits(),
            "unanswered": self.unanswered,
            "interruption_to_silence_ms": None if self.silenced_ms is None else round(self.silenced_ms),
            "goodbye": {
                "complete": self.goodbye.complete,
                "hung_up": self.goodbye.hung_up,
                "lost_seconds": round(self.goodbye.lost_seconds, 2),
            },
            "seconds": round(self.seconds, 1),
            "ended": self.ended,
        }


def _spread(times: Iterable[float]) -> dict[str, float]:
    ordered = list(times)
    p50, p95 = (round(float(each)) for each in np.percentile(ordered, [50, 95]))
    return {"answers": len(ordered), "p50": p50, "p95": p95}
