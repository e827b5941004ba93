"""A human coach leaves: their appointments wait for an administrator, and are cancelled where nobody takes over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from coachroom.app.container import Services
from coachroom.appointments.bookings import LEFT_UNTIL
from coachroom.appointments.rows import AppointmentNotFoundError
from coachroom.appointments.states import AppointmentStatus
from coachroom.errors import NotAllowedError
from tests.appointments.houses import AMIRA, ANA_MAIL, BOTH, CARLA, MONDAY, book, minutes, set_hours
from tests.live.visits import person
from tests.services import ANA, BEN, HandClock, opened, store_of

DORA = "dora@example.com"


@pytest.fixture
def services(tmp_path: Path, clock: HandClock) -> Iterator[Services]:
    with opened(tmp_path, clock, live_coach=True, appointments=True) as running:
        by = person(running, AMIRA)
        running.members.add(DORA, name="Dora", role="coach", coach=None, by=by)
        store_of(running).execute("UPDATE members SET coach_email = $1 WHERE role = 'client'", [CARLA])
        set_hours(running)
        set_hours(running, DORA)
        yield running


def leave(services: Services) -> None:
    store_of(services).execute("UPDATE members SET status = 'removed' WHERE email = $1", [CARLA])
    services.appointments.sweep()


def status(services: Services, id: str) -> AppointmentStatus:
    found = services.appointments.find(id)
    assert found is not None
    return found.status


def test_an_appointment_whose_coach_left_waits_for_an_administrator(services: Services) -> None:
    made = book(services)
    assert services.left_appointments.all() == []
    leave(services)
    (left,) = services.left_appointments.all()
    assert (left.id, left.coach, left.client_name, left.new_coach) == (made.id, CARLA, "Ana Silva", None)
    assert status(services, made.id) is AppointmentStatus.BOOKED
    with pytest.raises(NotAllowedError, match="page Members"):
        services.left_appointments.give(made.id, by=AMIRA)


def test_the_clients_new_coach_takes_it_over_at_the_same_time(services: Services) -> None:
    made = book(services)
    leave(services)
    services.members.assign([ANA_MAIL], DORA, by=person(services, AMIRA))
    services.appointments.sweep()
    given = services.left_appointments.give(made.id, by=AMIRA)
    assert (given.coach_email, given.begins_at, given.sequence) == (DORA, MONDAY, 1)
    assert services.appointments.of_coach(DORA) == [given]
    owners = store_of(services).execute("SELECT DISTINCT owner FROM booked_cells")
    assert set(owners) == {(ANA,), (DORA,)}
    assert services.left_appointments.all() == []
    with pytest.raises(AppointmentNotFoundError):
        services.left_appointments.give(made.id, by=AMIRA)


def test_a_new_coach_who_has_no_time_then_does_not_get_it(services: Services) -> None:
    made = book(services)
    services.members.assign(["ben.okafor@example.com"], DORA, by=person(services, AMIRA))
    book(services, MONDAY + minutes(30), client=BEN)
    leave(services)
    services.members.assign([ANA_MAIL], DORA, by=person(services, AMIRA))
    with pytest.raises(NotAllowedError, match="no time then"):
        services.left_appointments.give(made.id, by=AMIRA)
    assert status(services, made.id) is AppointmentStatus.BOOKED


def test_an_administrator_cancels_it_and_the_client_reads_why(services: Services) -> None:
    made = book(services)
    leave(services)
    gone = services.left_appointments.cancel(made.id, None, by=AMIRA)
    assert (gone.status, gone.cancelled_by, gone.cancelled_why) == (
        AppointmentStatus.CANCELLED,
        AMIRA,
        "The human coach has left.",
    )


def test_nobody_elses_appointment_is_given_or_cancelled_that_way(services: Services) -> None:
    made = book(services)
    for act in (lambda: services.left_appointments.give(made.id, by=AMIRA), lambda: cancel(services, made.id)):
        with pytest.raises(AppointmentNotFoundError):
            act()


def cancel(services: Services, id: str) -> object:
    return services.left_appointments.cancel(id, None, by=AMIRA)


def test_one_that_nobody_takes_over_is_cancelled_a_day_before(services: Services, clock: HandClock) -> None:
    made = book(services, MONDAY + timedelta(days=1), BOTH)
    leave(services)
    clock.now = made.begins_at - LEFT_UNTIL - minutes(1)
    services.appointments.sweep()
    assert status(services, made.id) is AppointmentStatus.BOOKED
    clock.forward(60)
    services.appointments.sweep()
    assert status(services, made.id) is AppointmentStatus.CANCELLED
