"""The briefing of a session, as it is kept and as its client may read it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from coachroom.app.container import Services
from coachroom.coaching.goals import NewGoal
from coachroom.coaching.step_answers import StepAnswer
from coachroom.rooms.states import EndReason
from tests.services import ANA, BEN, CALL, HandClock, delivery, enter, opened, said, status


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with opened(tmp_path, HandClock()) as services:
        yield services


def start_session(services: Services, client: str = ANA) -> str:
    """A whole session in which the client says something; its id."""
    session = enter(services, client)
    call = f"{CALL}-{session.id}"
    services.intake.receive(
        session.id,
        delivery(status(1, "connected", call=call), said(2, "Hello", conversation_id=call), epoch=session.id),
    )
    services.sessions.end(session.id, EndReason.CLIENT)
    return session.id


def test_the_briefing_that_was_used_can_be_read_afterwards(services: Services) -> None:
    services.coaching.goals.add(ANA, NewGoal("Sleep"))
    session = enter(services)
    made = services.briefings.prepare(session.id, ANA)
    used = services.briefings.of_session(session.id)
    assert used is not None
    assert (used.variables, used.long_form) == (made.variables, made.long_form)
    assert services.briefings.latest_for(ANA) == used
    assert services.briefings.latest_for(BEN) is None


def test_preparing_twice_keeps_the_first_unless_something_changed(services: Services) -> None:
    session = enter(services)
    services.briefings.prepare(session.id, ANA)
    first = services.briefings.of_session(session.id)
    services.clock.forward(60)  # type: ignore[attr-defined]
    services.briefings.prepare(session.id, ANA)
    assert services.briefings.of_session(session.id) == first
    services.coaching.memory.write(ANA, "Has a dog")
    assert "Has a dog" in services.briefings.prepare(session.id, ANA).long_form
    again = services.briefings.of_session(session.id)
    assert again is not None
    assert "Has a dog" in again.long_form


def test_sessions_are_counted_when_the_client_said_something(services: Services) -> None:
    start_session(services)
    empty = enter(services)
    services.sessions.end(empty.id, EndReason.CLIENT)
    session = enter(services)
    assert services.briefings.prepare(session.id, ANA).variables["session_number"] == 2


def test_what_is_forgotten_is_in_no_briefing_any_more(services: Services) -> None:
    memory = services.coaching.memory.write(ANA, "Has a dog")
    services.coaching.memory.write(ANA, "Works part-time")
    session = enter(services)
    services.briefings.prepare(session.id, ANA)
    services.coaching.memory.forget(ANA, memory)
    used = services.briefings.of_session(session.id)
    assert used is not None
    assert "dog" not in used.long_form
    assert "Works part-time" in used.long_form
    assert "dog" not in services.briefings.prepare(session.id, ANA).long_form


def test_with_memory_switched_off_the_briefing_has_none(services: Services) -> None:
    services.coaching.memory.write(ANA, "Has a dog")
    services.coaching.goals.add(ANA, NewGoal("Sleep"))
    services.coaching.profiles.switch_memory(ANA, on=False)
    briefing = services.briefings.prepare(enter(services).id, ANA)
    assert "dog" not in briefing.long_form
    assert "Sleep" in briefing.long_form


def test_the_briefing_calls_clients_what_they_want_to_be_called(services: Services) -> None:
    profile = services.coaching.profiles.get(ANA)
    services.coaching.profiles.save(replace(profile, called="Annie"))
    assert services.briefings.prepare(enter(services).id, ANA).variables["client_name"] == "Annie"


@pytest.mark.parametrize("ended", [[], [status(2, "disconnected")]], ids=["unnoticed", "reported"])
def test_a_call_that_takes_up_another_knows_what_that_one_noted(services: Services, ended: list[dict]) -> None:
    """The end of a call on a page that was closed is reported by nobody."""
    session = enter(services)
    first = services.briefings.prepare(session.id, ANA)
    services.intake.receive(session.id, delivery(status(1, "connected"), *ended))
    services.tools.call(session, "call-1", "save_goal", {"title": "Sleep"})
    services.tools.call(session, "call-2", "add_action", {"title": "Close the laptop at nine"})
    again = services.briefings.prepare(session.id, ANA)
    assert (first.variables["goals"], again.variables["goals"]) == ("none", '"Sleep"')
    assert again.variables["open_actions"] == "none"
    assert 'Open action: "Close the laptop at nine" | agreed in this session' in again.long_form.splitlines()


def test_the_briefing_tells_what_was_answered_since_the_last_session(services: Services) -> None:
    clock = services.clock
    assert isinstance(clock, HandClock)
    actions, answers, day = services.coaching.actions, services.coaching.step_answers, clock.now.date()
    partly, done = (actions.add(ANA, title, due_on=day) for title in ("Write the letter", "Call the notary"))
    start_session(services)
    clock.forward(3600)
    answers.answer(ANA, partly, day, StepAnswer.PARTLY)
    answers.answer(ANA, done, day, StepAnswer.DONE)
    clock.forward(3600)
    briefing = services.briefings.prepare(enter(services).id, ANA)
    record = briefing.long_form.splitlines()
    letter = 'Answered since: "Write the letter" | due 2026-05-01 | on 2026-05-01 the client said: partly done'
    notary = 'Answered since: "Call the notary" | due 2026-05-01 | on 2026-05-01 the client said: done'
    assert {letter, notary} <= set(record)
    assert record.index(letter) < next(place for place, line in enumerate(record) if line.startswith("Open action"))
    assert (
        briefing.variables["open_actions"]
        == '"Write the letter" (due 2026-05-01; on 2026-05-01 the client said: partly done)'
    )
    assert "Answered" not in services.briefings.prepare(enter(services, BEN).id, BEN).long_form


def test_an_answer_is_told_in_the_next_session_alone(services: Services) -> None:
    clock = services.clock
    assert isinstance(clock, HandClock)
    day = clock.now.date()
    step = services.coaching.actions.add(ANA, "Write the letter", due_on=day)
    services.coaching.step_answers.answer(ANA, step, day, StepAnswer.NOT_YET)
    clock.forward(60)
    assert "not yet done" in services.briefings.prepare(start_session(services), ANA).long_form
    clock.forward(60)
    assert "Answered since" not in services.briefings.prepare(enter(services).id, ANA).long_form
