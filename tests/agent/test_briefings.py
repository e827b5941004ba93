"""The briefing of a session, as it is kept and as its client may read it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from coachroom.app.services import Services
from coachroom.coaching.goals import NewGoal
from coachroom.rooms.states import EndReason
from tests.services import ANA, BEN, CALL, HandClock, delivery, enter, opened, said, status


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Services]:
    with opened(tmp_path, HandClock()) as services:
        yield services


def visit(house: Services, client: str = ANA) -> str:
    """A whole session in which the client says something; its id."""
    session = enter(house, client)
    call = f"{CALL}-{session.id}"
    house.intake.receive(
        session.id,
        delivery(status(1, "connected", call=call), said(2, "Hello", conversation_id=call), epoch=session.id),
    )
    house.end(session.id, EndReason.CLIENT)
    return session.id


def test_the_briefing_that_was_used_can_be_read_afterwards(house: Services) -> None:
    house.coaching.goals.add(ANA, NewGoal("Sleep"))
    session = enter(house)
    made = house.briefings.prepare(session.id, ANA)
    used = house.briefings.of_session(session.id)
    assert used is not None
    assert (used.variables, used.long_form) == (made.variables, made.long_form)
    assert house.briefings.latest_for(ANA) == used
    assert house.briefings.latest_for(BEN) is None


def test_preparing_twice_keeps_the_first_unless_something_changed(house: Services) -> None:
    session = enter(house)
    house.briefings.prepare(session.id, ANA)
    first = house.briefings.of_session(session.id)
    house.clock.forward(60)  # type: ignore[attr-defined]
    house.briefings.prepare(session.id, ANA)
    assert house.briefings.of_session(session.id) == first
    house.coaching.memory.write(ANA, "Has a dog")
    assert "Has a dog" in house.briefings.prepare(session.id, ANA).long_form
    again = house.briefings.of_session(session.id)
    assert again is not None
    assert "Has a dog" in again.long_form


def test_sessions_are_counted_when_the_client_said_something(house: Services) -> None:
    visit(house)
    empty = enter(house)
    house.end(empty.id, EndReason.CLIENT)
    session = enter(house)
    assert house.briefings.prepare(session.id, ANA).variables["session_number"] == 2


def test_what_is_forgotten_is_in_no_briefing_any_more(house: Services) -> None:
    memory = house.coaching.memory.write(ANA, "Has a dog")
    house.coaching.memory.write(ANA, "Works part-time")
    session = enter(house)
    house.briefings.prepare(session.id, ANA)
    house.coaching.memory.forget(ANA, memory)
    used = house.briefings.of_session(session.id)
    assert used is not None
    assert "dog" not in used.long_form
    assert "Works part-time" in used.long_form
    assert "dog" not in house.briefings.prepare(session.id, ANA).long_form


def test_with_memory_switched_off_the_briefing_has_none(house: Services) -> None:
    house.coaching.memory.write(ANA, "Has a dog")
    house.coaching.goals.add(ANA, NewGoal("Sleep"))
    house.coaching.profiles.switch_memory(ANA, on=False)
    briefing = house.briefings.prepare(enter(house).id, ANA)
    assert "dog" not in briefing.long_form
    assert "Sleep" in briefing.long_form


def test_the_briefing_calls_clients_what_they_want_to_be_called(house: Services) -> None:
    profile = house.coaching.profiles.of(ANA)
    house.coaching.profiles.save(replace(profile, called="Annie"))
    assert house.briefings.prepare(enter(house).id, ANA).variables["client_name"] == "Annie"


def test_while_a_call_goes_on_its_briefing_stays_what_it_was(house: Services) -> None:
    session = enter(house)
    first = house.briefings.prepare(session.id, ANA)
    house.intake.receive(session.id, delivery(status(1, "connected")))
    house.coaching.goals.add(ANA, NewGoal("Sleep"))
    assert house.briefings.prepare(session.id, ANA) == first
    house.intake.receive(session.id, delivery(status(2, "disconnected")))
    assert "Sleep" in house.briefings.prepare(session.id, ANA).long_form
