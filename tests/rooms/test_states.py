"""How a session ends, for every state and every cause."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from coachroom.rooms.states import EndReason, Session, SessionEnd, SessionStatus, ending
from tests.services import NOON

SEEN = NOON + timedelta(minutes=5)
NOW = NOON + timedelta(minutes=6)
TALKING = Session("s", "r", "c", NOON, None, SessionStatus.ACTIVE, None, SEEN)
WAITING = replace(TALKING, status=SessionStatus.WAITING)
NO_COACH = replace(WAITING, end_reason=EndReason.AGENT_UNREACHABLE)

COMPLETED, ABANDONED, FAILED = SessionStatus.COMPLETED, SessionStatus.ABANDONED, SessionStatus.FAILED
CLIENT, LEFT, STOPPED = EndReason.CLIENT, EndReason.LEFT, EndReason.SERVER_STOPPED
TIME, AGENT, NOBODY = EndReason.TIME_LIMIT, EndReason.AGENT, EndReason.AGENT_UNREACHABLE


@pytest.mark.parametrize(
    ("session", "cause", "agent_hung_up", "expected"),
    [
        (TALKING, CLIENT, False, SessionEnd(COMPLETED, CLIENT, NOW)),
        (TALKING, CLIENT, True, SessionEnd(COMPLETED, CLIENT, NOW)),
        (TALKING, TIME, False, SessionEnd(COMPLETED, TIME, NOW)),
        (TALKING, LEFT, False, SessionEnd(ABANDONED, LEFT, SEEN)),
        (TALKING, LEFT, True, SessionEnd(COMPLETED, AGENT, SEEN)),
        (TALKING, STOPPED, False, SessionEnd(ABANDONED, STOPPED, SEEN)),
        (TALKING, STOPPED, True, SessionEnd(COMPLETED, AGENT, SEEN)),
        (WAITING, CLIENT, False, SessionEnd(ABANDONED, CLIENT, NOW)),
        (WAITING, LEFT, False, SessionEnd(ABANDONED, LEFT, SEEN)),
        (WAITING, TIME, False, SessionEnd(ABANDONED, TIME, NOW)),
        (NO_COACH, CLIENT, False, SessionEnd(FAILED, NOBODY, NOW)),
        (NO_COACH, LEFT, False, SessionEnd(FAILED, NOBODY, SEEN)),
        (NO_COACH, STOPPED, False, SessionEnd(FAILED, NOBODY, SEEN)),
    ],
)
def test_a_session_ends_truthfully(
    session: Session, cause: EndReason, agent_hung_up: bool, expected: SessionEnd
) -> None:
    assert ending(session, cause, NOW, agent_hung_up=agent_hung_up) == expected
    assert expected.status.over


def test_a_call_that_began_after_the_client_was_last_noted_does_not_end_before_it_began() -> None:
    noted_at_entry = replace(TALKING, last_seen_at=NOON - timedelta(seconds=4))
    assert ending(noted_at_entry, STOPPED, NOW, agent_hung_up=False).at_time == NOON


def test_waiting_and_active_sessions_are_the_open_ones() -> None:
    assert {status for status in SessionStatus if not status.over} == {SessionStatus.WAITING, SessionStatus.ACTIVE}
