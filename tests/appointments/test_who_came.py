"""Whether the two came is known of every client who was in the room, and of no coach who came to another time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from coachroom.app.appointments import ClientNotThereError, come_to_appointment
from coachroom.app.container import Services
from coachroom.appointments.states import SETTLED_AFTER, Appointment, AppointmentStatus, MissedBy
from coachroom.rooms.states import EndReason
from tests.appointments.houses import AI, AMIRA, ANA_MAIL, CARLA, MONDAY, book, minutes, set_hours, weekly
from tests.live.visits import person, talking
from tests.services import ANA, HandClock, delivery, enter, opened, status, store_of


@pytest.fixture
def services(tmp_path: Path, clock: HandClock) -> Iterator[Services]:
    with opened(tmp_path, clock, live_coach=True, appointments=True) as running:
        set_hours(running)
        yield running


def settled(services: Services, clock: HandClock, made: Appointment) -> tuple[AppointmentStatus, MissedBy | None]:
    clock.now = made.ends_at + SETTLED_AFTER
    services.appointments.sweep()
    found = services.appointments.find(made.id)
    assert found is not None
    return found.status, found.missed_by


def carla_comes(services: Services, made: Appointment) -> None:
    with pytest.raises(ClientNotThereError):
        come_to_appointment(services, person(services, CARLA), made.id)


def test_a_client_whom_the_ai_coach_reached_late_was_there(services: Services, clock: HandClock) -> None:
    made = book(services, kind=AI)
    clock.now = MONDAY + minutes(10)
    session = enter(services)
    services.appointments.sweep()
    # What a session's start is set to is when the AI coach was reached.
    clock.now = made.ends_at + minutes(2)
    services.intake.receive(session.id, delivery(status(1, "connected", clock.now, "late"), epoch="late"))
    assert settled(services, clock, made) == (AppointmentStatus.KEPT, None)


def test_a_client_who_deleted_the_session_was_there(services: Services, clock: HandClock) -> None:
    made = book(services, kind=AI)
    clock.now = MONDAY + minutes(5)
    session = talking(services)
    clock.forward(60)
    services.appointments.sweep()
    clock.forward(60)
    services.sessions.end(session.id, EndReason.CLIENT)
    over = services.rooms.session(session.id)
    assert over is not None
    services.session_deletion.delete(over, ANA_MAIL)
    assert settled(services, clock, made) == (AppointmentStatus.KEPT, None)


@pytest.mark.parametrize("off_record", [False, True])
def test_a_session_that_began_before_and_went_on_is_the_appointment(
    services: Services, clock: HandClock, off_record: bool
) -> None:
    made = book(services, kind=AI)
    clock.now = MONDAY - minutes(30)
    room = services.rooms.create(ANA)
    services.rooms.give_consent(ANA)
    session, _ = services.sessions.enter(room.id, ANA, "tab-1", off_record=off_record)
    clock.now = MONDAY - minutes(5)
    services.sessions.end(session.id, EndReason.CLIENT)
    assert settled(services, clock, made) == (AppointmentStatus.KEPT, None)


def test_a_room_that_was_opened_long_before_and_never_entered_is_no_visit(
    services: Services, clock: HandClock
) -> None:
    made = book(services, kind=AI)
    clock.now = MONDAY - minutes(15)
    services.rooms.create(ANA)
    clock.now = MONDAY
    services.appointments.sweep()
    assert settled(services, clock, made) == (AppointmentStatus.MISSED, MissedBy.CLIENT)


def test_a_coach_who_came_to_the_time_of_before_has_not_come_to_the_new_one(
    services: Services, clock: HandClock
) -> None:
    made = book(services)
    clock.now = MONDAY - minutes(5)
    carla_comes(services, made)
    session = enter(services)
    services.appointments.sweep()
    services.sessions.end(session.id, EndReason.CLIENT)
    moved = services.appointments.move(made.id, ANA, MONDAY, MONDAY + timedelta(days=1), by=ANA_MAIL)
    assert settled(services, clock, moved) == (AppointmentStatus.MISSED, MissedBy.BOTH)


def test_a_coach_who_came_to_a_series_of_before_has_not_come_to_the_new_dates(
    services: Services, clock: HandClock
) -> None:
    first = weekly(services)[0]
    clock.now = MONDAY - minutes(5)
    carla_comes(services, first)
    moved = services.series.move_from(first.id, ANA, MONDAY, MONDAY + timedelta(days=1), by=ANA_MAIL)[0]
    assert settled(services, clock, moved) == (AppointmentStatus.MISSED, MissedBy.BOTH)


def test_a_coach_who_takes_over_has_not_come_because_the_one_of_before_had(
    services: Services, clock: HandClock
) -> None:
    dora = "dora@example.com"
    made = book(services)
    services.members.add(dora, name="Dora", role="coach", coach=None, by=person(services, AMIRA))
    set_hours(services, dora)
    clock.now = MONDAY - minutes(5)
    carla_comes(services, made)
    store_of(services).execute("UPDATE members SET status = 'removed' WHERE email = $1", [CARLA])
    store_of(services).execute("UPDATE members SET coach_email = $1 WHERE client_id = $2", [dora, ANA])
    given = services.left_appointments.give(made.id, by=AMIRA)
    assert given.coach_email == dora
    assert settled(services, clock, given) == (AppointmentStatus.MISSED, MissedBy.BOTH)
