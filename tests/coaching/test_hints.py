"""Hints for tailoring: each has its numbers, and none comes twice."""

from __future__ import annotations

import pytest

from coachroom.coaching.approach import Pace, Tone
from coachroom.coaching.hints import SessionSignals, hints
from coachroom.coaching.proposals import Proposal, ProposalKind, ProposalSource, ProposalStatus
from tests.services import ANA, NOON

MUCH, LITTLE = SessionSignals(0.65, 4), SessionSignals(0.25, 3)


def found(*sessions: SessionSignals, tone: Tone | None = None, pace: Pace | None = None) -> list[tuple[str, str]]:
    return [(hint.field, hint.value) for hint in hints(sessions, tone, pace)]


def test_short_answers_are_suggested_for_a_coach_that_talks_much() -> None:
    assert found(MUCH, MUCH, MUCH) == [("pace", "short")]
    assert found(MUCH, MUCH, MUCH, SessionSignals(0.1, 5)) == [("pace", "short")]
    assert found(MUCH, MUCH) == []
    assert found(MUCH, SessionSignals(0.6, 4), MUCH) == []
    assert found(MUCH, MUCH, SessionSignals(None, 4)) == []
    assert found(MUCH, MUCH, MUCH, pace=Pace.SHORT) == []


def test_a_low_rating_of_a_direct_coach_may_want_a_gentle_one() -> None:
    assert found(SessionSignals(0.4, 2), tone=Tone.DIRECT) == [("tone", "gentle")]
    assert found(SessionSignals(0.4, 3), tone=Tone.DIRECT) == []
    assert found(SessionSignals(0.4, 2)) == found(SessionSignals(0.4, 2), tone=Tone.GENTLE) == []
    # The last session counts, not the one before it.
    assert found(SessionSignals(0.4, None), SessionSignals(0.4, 1), tone=Tone.DIRECT) == []


def test_exploring_is_suggested_for_a_coach_that_talks_little() -> None:
    assert found(LITTLE, pace=Pace.SHORT) == [("pace", "exploring")]
    assert (
        found(LITTLE)
        == found(SessionSignals(0.25, 4), pace=Pace.SHORT)
        == found(SessionSignals(0.3, 3), pace=Pace.SHORT)
        == []
    )


def test_there_is_no_hint_without_sessions() -> None:
    assert found() == found(tone=Tone.DIRECT) == found(pace=Pace.SHORT) == []


@pytest.mark.parametrize(
    ("status", "again"),
    [
        (ProposalStatus.OPEN, False),
        (ProposalStatus.DECLINED, False),
        (ProposalStatus.APPLIED, True),
        (ProposalStatus.UNDONE, True),
    ],
)
def test_what_waits_or_was_declined_is_not_hinted_at_again(status: ProposalStatus, again: bool) -> None:
    content = {"field": "pace", "value": "short"}
    suggested = Proposal(
        "p", ANA, None, ProposalSource.COACH, ProposalKind.TAILORING, content, (), status, None, NOON
    )  # fmt: skip
    assert bool(hints([MUCH] * 3, None, None, [suggested])) is again


def test_a_hint_gives_its_reason() -> None:
    (hint,) = hints([SessionSignals(0.4, 1)], Tone.DIRECT, None)
    assert hint.content == {"field": "tone", "value": "gentle", "why": hint.why}
    assert "rated 1 of 5" in hint.why
