"""How the coaching of a client might be tailored: a few rules on the latest sessions, each with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from coachroom.coaching.approach import Pace, Tone
from coachroom.coaching.proposals import Proposal, ProposalStatus

LOOKED_AT = 3
TALKS_MUCH = 0.6
TALKS_LITTLE = 0.3
LOW_RATING = 2
MIDDLING_RATING = 3


@dataclass(frozen=True)
class SessionSignals:
    """A valid session: the coach's share of all words (0 … 1) and the client's rating (1 … 5), where known."""

    coach_share: float | None
    rating: int | None


@dataclass(frozen=True)
class Hint:
    """What to suggest, and why, in words for the coach."""

    field: str
    value: str
    why: str

    @property
    def content(self) -> Mapping[str, str]:
        """As a suggestion takes it."""
        return {"field": self.field, "value": self.value, "why": self.why}


def hints(
    sessions: Sequence[SessionSignals], tone: Tone | None, pace: Pace | None, suggested: Iterable[Proposal] = ()
) -> list[Hint]:
    """What the latest sessions (newest first) speak for; nothing that waits for the client's word or was declined."""
    answered = {
        (each.content.get("field"), each.content.get("value"))
        for each in suggested
        if each.status in {ProposalStatus.OPEN, ProposalStatus.DECLINED}
    }
    found = (_short(sessions, pace), _gentle(sessions, tone), _exploring(sessions, pace))
    return [hint for hint in found if hint is not None and (hint.field, hint.value) not in answered]


def _short(sessions: Sequence[SessionSignals], pace: Pace | None) -> Hint | None:
    shares = [each.coach_share for each in sessions[:LOOKED_AT] if each.coach_share is not None]
    if pace is Pace.SHORT or len(shares) < LOOKED_AT or min(shares) <= TALKS_MUCH:
        return None
    return Hint(
        "pace", Pace.SHORT, f"In each of the last {LOOKED_AT} sessions the AI coach said over 60 % of the words."
    )


def _gentle(sessions: Sequence[SessionSignals], tone: Tone | None) -> Hint | None:
    rating = sessions[0].rating if sessions else None
    if tone is not Tone.DIRECT or rating is None or rating > LOW_RATING:
        return None
    return Hint("tone", Tone.GENTLE, f"The last session was rated {rating} of 5, and the AI coach is direct.")


def _exploring(sessions: Sequence[SessionSignals], pace: Pace | None) -> Hint | None:
    last = sessions[0] if sessions else SessionSignals(None, None)
    if pace is not Pace.SHORT or last.rating is None or last.coach_share is None:
        return None
    if last.rating > MIDDLING_RATING or last.coach_share >= TALKS_LITTLE:
        return None
    return Hint(
        "pace",
        Pace.EXPLORING,
        f"The last session was rated {last.rating} of 5, and the AI coach said under 30 % of the words.",
    )
