"""A session in writing: each step is on disk once it is saved, and it ends as any other session does."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from coachroom.app.container import Services
from coachroom.coaching.stages import Stage
from coachroom.coaching.validation import InvalidInputError
from coachroom.errors import RoomNotFoundError
from coachroom.rooms.states import EndReason, Session, SessionStatus
from tests.services import ANA, NOON, HandClock, delivery, enter, status, store_of

GOAL, STEP = "Sleep better", "Phone away at ten"


def write(services: Services, session: Session, stage: Stage, words: str, **more: date) -> None:
    services.written_sessions.write(session, stage, words, since=NOON, **more)


def write_all(services: Services, session: Session) -> None:
    write(services, session, Stage.GOAL, GOAL)
    write(services, session, Stage.REALITY, "I lie awake\nfor hours")
    write(services, session, Stage.OPTIONS, "Read, or no phone")
    write(services, session, Stage.WILL, STEP, due_on=date(2026, 5, 3))


def steps(services: Services, session: Session) -> list[tuple[Stage, str]]:
    return [(step.stage, step.words) for step in services.written_sessions.steps_of(session.id)]


def test_a_client_whom_the_coach_cannot_reach_comes_to_a_next_step(services: Services, clock: HandClock) -> None:
    session = enter(services)
    services.rooms.record_agent_unreachable(session.id)
    clock.forward(300)
    write_all(services, session)
    services.sessions.end(session.id, EndReason.CLIENT)
    ended = services.rooms.session(session.id)
    assert ended is not None
    assert (ended.status, ended.end_reason) == (SessionStatus.COMPLETED, EndReason.CLIENT)
    assert ended.end_time == NOON + timedelta(seconds=300)
    assert [goal.title for goal in services.coaching.goals.list_for(ANA)] == [GOAL]
    (action,) = services.coaching.actions.list_for(ANA)
    assert (action.title, action.session_id, action.due_on) == (STEP, session.id, date(2026, 5, 3))
    assert action.goal_id == services.coaching.goals.list_for(ANA)[0].id
    assert services.coaching.stages_of(session.id) == list(Stage)
    summary = services.coaching.summaries.of_session(ANA, session.id)
    assert summary.title == GOAL
    assert [each.text for each in summary.sentences] == [
        f"What you want: \u201c{GOAL}\u201d.",
        "Where you are: \u201cI lie awake for hours\u201d.",
        "What you could do: \u201cRead, or no phone\u201d.",
        f"You decided on a next step: \u201c{STEP}\u201d.",
    ]
    services.facts.make_due()
    facts = "SELECT status, written_steps, client_turns FROM session_facts WHERE session_id = $1"
    assert store_of(services).execute(facts, [session.id]) == [("completed", 4, 0)]


def test_what_is_written_anew_takes_the_place_of_what_was_there(services: Services) -> None:
    session = enter(services)
    write_all(services, session)
    write(services, session, Stage.GOAL, "Run again")
    write(services, session, Stage.WILL, "Find my shoes")
    assert steps(services, session)[0] == (Stage.GOAL, "Run again")
    assert [goal.title for goal in services.coaching.goals.list_for(ANA)] == ["Run again"]
    assert [action.title for action in services.coaching.actions.list_for(ANA)] == ["Find my shoes"]


def test_a_goal_that_the_client_has_is_not_made_twice_nor_taken_away(services: Services) -> None:
    from coachroom.coaching.goals import NewGoal

    own = services.coaching.goals.add(ANA, NewGoal(GOAL))
    session = enter(services)
    write(services, session, Stage.GOAL, "sleep better!")
    assert [goal.id for goal in services.coaching.goals.list_for(ANA)] == [own]
    write(services, session, Stage.GOAL, "Run again")
    assert {goal.title for goal in services.coaching.goals.list_for(ANA)} == {GOAL, "Run again"}


@pytest.mark.parametrize("stage", Stage)
def test_nothing_is_no_step(services: Services, stage: Stage) -> None:
    session = enter(services)
    with pytest.raises(InvalidInputError):
        write(services, session, stage, " \n ")
    assert steps(services, session) == []
    found = services.rooms.session(session.id)
    assert found is not None
    assert found.status is SessionStatus.WAITING


def test_in_a_session_that_is_over_nothing_is_written(services: Services) -> None:
    session = enter(services)
    services.sessions.end(session.id, EndReason.CLIENT)
    with pytest.raises(RoomNotFoundError):
        write(services, session, Stage.GOAL, GOAL)
    assert steps(services, session) == []


def test_writing_ends_a_pause(services: Services, clock: HandClock) -> None:
    session = enter(services)
    services.intake.receive(session.id, delivery(status(1, "connected"), sent_at=NOON))
    clock.forward(60)
    paused = status(2, "disconnected", clock.now, reason="paused")
    assert services.intake.receive(session.id, delivery(paused, sent_at=clock.now)).session.paused_at
    clock.forward(60)
    services.written_sessions.write(session, Stage.GOAL, GOAL, since=clock.now)
    found = services.rooms.session(session.id)
    assert found is not None
    assert (found.paused_at, found.paused) == (None, timedelta(seconds=60))
