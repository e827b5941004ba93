"""Booking, moving, cancelling and settling: nothing twice, nothing of somebody else's, and refusals say why."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from coachroom.app.appointments import ClientNotThereError, cancel_as_coach, come_to_appointment
from coachroom.app.container import Services
from coachroom.appointments.bookings import NOT_MEMBERS, TimeNotFreeError
from coachroom.appointments.calendars import WhyNot
from coachroom.appointments.rows import (
    CHANGES_WITHIN,
    MAX_BOOKED,
    MAX_CHANGES,
    AppointmentChangedError,
    AppointmentNotFoundError,
)
from coachroom.appointments.states import (
    SETTLED_AFTER,
    Appointment,
    AppointmentKind,
    AppointmentStatus,
    MissedBy,
    missed_by,
)
from coachroom.errors import CoachroomError, NotAllowedError, StatementError
from coachroom.live.states import JoinStatus
from coachroom.people.audit import AuditFilter
from coachroom.rooms.states import EndReason
from tests.appointments.houses import AI, AMIRA, ANA_MAIL, BOTH, CARLA, MONDAY, book, minutes, set_hours
from tests.live.visits import person, talking
from tests.services import ANA, BEN, HandClock, opened, store_of, writer_of


@pytest.fixture
def services(tmp_path: Path, clock: HandClock) -> Iterator[Services]:
    with opened(tmp_path, clock, live_coach=True, appointments=True) as running:
        by = person(running, AMIRA)
        running.members.add("dora@example.com", name="Dora", role="coach", coach=None, by=by)
        running.members.assign(["ben.okafor@example.com"], CARLA, by=by)
        set_hours(running)
        yield running


def cells(services: Services) -> list[tuple[str, int]]:
    return store_of(services).execute("SELECT owner, count(*) FROM booked_cells GROUP BY owner ORDER BY owner")


def status(services: Services, appointment: Appointment) -> tuple[AppointmentStatus, MissedBy | None]:
    found = services.appointments.find(appointment.id)
    assert found is not None
    return found.status, found.missed_by


def entries(services: Services) -> list[tuple[str, str]]:
    found, _ = services.audit.page(AuditFilter(actions=("appointment.",)), skip=0, most=20)
    return [(entry.action, entry.actor) for entry in reversed(found)]


def test_a_client_changes_appointments_so_often_within_an_hour_and_may_still_cancel(
    services: Services, clock: HandClock
) -> None:
    made = book(services)
    for change in range(1, MAX_CHANGES):
        clock.forward(1)
        services.appointments.move(made.id, ANA, made.begins_at, MONDAY + minutes(30 * (change % 2)), by=ANA_MAIL)
        made = services.appointments.find(made.id) or made
    clock.forward(1)
    with pytest.raises(NotAllowedError, match="20 times within an hour"):
        services.appointments.move(made.id, ANA, made.begins_at, MONDAY, by=ANA_MAIL)
    with pytest.raises(NotAllowedError, match="You can still cancel"):
        book(services)
    services.appointments.cancel_own(made.id, ANA, None, by=ANA_MAIL)
    bens = book(services, client=BEN, by="ben.okafor@example.com")
    services.appointments.cancel_own(bens.id, BEN, None, by="ben.okafor@example.com")
    clock.forward(CHANGES_WITHIN.total_seconds())
    assert book(services).status is AppointmentStatus.BOOKED


def test_a_series_is_one_change(services: Services) -> None:
    many = (
        "INSERT INTO audit_log (id, logged_at, actor, action, subject, detail) SELECT 'x' || n, $1, $2, $3, $4, '{}'"
    )
    with store_of(services).transaction() as transaction:
        values = [services.clock(), ANA_MAIL, "appointment.booked", ANA]
        transaction.execute(f"{many} FROM generate_series(1, {MAX_BOOKED}) AS s(n)", values)
    assert book(services).status is AppointmentStatus.BOOKED


def test_a_client_books_moves_and_cancels(services: Services, clock: HandClock) -> None:
    made = book(services)
    assert (made.coach_email, made.begins_at, made.ends_at) == (CARLA, MONDAY, MONDAY + minutes(50))
    assert (made.status, made.sequence) == (AppointmentStatus.BOOKED, 0)
    assert cells(services) == [(CARLA, 10), (ANA, 10)]
    clock.forward(60)
    moved = services.appointments.move(made.id, ANA, MONDAY, MONDAY + minutes(30), by=ANA_MAIL)
    assert (moved.id, moved.begins_at, moved.sequence) == (made.id, MONDAY + minutes(30), 1)
    assert services.appointments.of_client(ANA) == services.appointments.of_coach(CARLA) == [moved]
    gone = services.appointments.cancel_own(made.id, ANA, "I am ill", by=ANA_MAIL)
    assert (gone.status, gone.sequence, gone.cancelled_by, gone.cancelled_why) == (
        AppointmentStatus.CANCELLED,
        2,
        ANA_MAIL,
        "I am ill",
    )
    assert services.appointments.of_client(ANA) == []
    assert cells(services) == []
    assert entries(services) == [(f"appointment.{what}", ANA_MAIL) for what in ("booked", "moved", "cancelled")]


def test_of_600_tries_by_24_threads_no_two_overlap(services: Services) -> None:
    """As a client has so many at most, every try is another client's."""
    store_of(services).execute(
        """INSERT INTO members
          (email, display_name, role, status, client_id, coach_email, source, created_at, updated_at)
        SELECT 'c' || i || '@example.com', 'C', 'client', 'active', 'c' || i, $1, 'manual', now(), now()
        FROM generate_series(0, 599) AS r (i)""",
        [CARLA],
    )
    set_hours(services, most_a_day=20, after=minutes(15))
    booked: list[Appointment] = []
    refused: list[WhyNot] = []

    def one(number: int) -> None:
        chance = random.Random(number)
        for n in range(25):
            at = MONDAY + minutes(30 * chance.randrange(-2, 12)) + timedelta(days=chance.randrange(3))
            try:
                booked.append(book(services, at, client=f"c{25 * number + n}"))
            except TimeNotFreeError as error:
                refused.append(error.why)

    together([lambda number=number: one(number) for number in range(24)])
    assert len(booked) + len(refused) == 600
    assert len(booked) >= 9
    assert {WhyNot.TAKEN, WhyNot.TOO_CLOSE} <= set(refused)
    spans = sorted(each.span for each in booked)
    gap = minutes(15)
    assert all(one.ends_at + gap <= other.begins_at for one, other in pairwise(spans))
    assert store_of(services).execute("SELECT count(*) FROM appointments") == [(len(booked),)]


def test_of_32_at_one_time_one_has_it(services: Services) -> None:
    results: list[str] = []

    def one(client: str) -> None:
        try:
            results.append(book(services, client=client).id)
        except TimeNotFreeError as error:
            results.append(error.why)

    together([lambda client=client: one(client) for client in [ANA, BEN] * 16])
    assert len([each for each in results if each not in set(WhyNot)]) == 1
    assert set(results) & set(WhyNot) == {WhyNot.TAKEN}


def together(works: list[object]) -> None:
    threads = [threading.Thread(target=work) for work in works]  # type: ignore[arg-type]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_the_key_of_cells_holds_where_a_look_has_missed_something(services: Services) -> None:
    book(services)
    writer_of(services).submit(
        lambda transaction: transaction.execute("UPDATE appointments SET status = 'cancelled'")
    ).result()
    with pytest.raises(StatementError):
        book(services, MONDAY + minutes(30), client=BEN)
    assert store_of(services).execute("SELECT count(*) FROM appointments") == [(1,)]


def test_whoever_comes_too_late_is_offered_the_nearest_three_times(services: Services) -> None:
    book(services)
    with pytest.raises(TimeNotFreeError, match="This time is taken") as refused:
        book(services, client=BEN)
    assert refused.value.nearest == tuple(datetime(2026, 5, 4, *clock) for clock in ((7, 0), (9, 0), (12, 0)))
    for at in refused.value.nearest:
        assert services.appointments.why_not_free(BEN, BOTH, at) is None


def test_a_page_that_is_an_hour_old_offers_what_is_over(services: Services, clock: HandClock) -> None:
    set_hours(services, notice=timedelta())
    clock.now = MONDAY + minutes(1)
    with pytest.raises(TimeNotFreeError, match="over or too soon") as refused:
        book(services)
    assert refused.value.nearest[0] == MONDAY + minutes(30)


def test_of_two_who_move_an_appointment_the_second_is_told(services: Services) -> None:
    made = book(services)
    services.appointments.move(made.id, ANA, MONDAY, MONDAY + minutes(30), by=ANA_MAIL)
    with pytest.raises(AppointmentChangedError):
        services.appointments.move(made.id, ANA, MONDAY, MONDAY + minutes(60), by=ANA_MAIL)
    with pytest.raises(AppointmentNotFoundError):
        services.appointments.move(made.id, BEN, MONDAY + minutes(30), MONDAY, by="ben.okafor@example.com")


def test_what_is_cancelled_or_has_begun_is_neither_moved_nor_cancelled(services: Services, clock: HandClock) -> None:
    made, other = book(services), book(services, MONDAY + timedelta(days=1))
    services.appointments.cancel_own(made.id, ANA, None, by=ANA_MAIL)
    clock.now = other.begins_at
    for each in (made, other):
        with pytest.raises(AppointmentChangedError):
            services.appointments.move(each.id, ANA, each.begins_at, MONDAY + timedelta(days=2), by=ANA_MAIL)
        with pytest.raises(AppointmentChangedError):
            services.appointments.cancel_own(each.id, ANA, None, by=ANA_MAIL)


def test_an_appointment_is_cancelled_by_its_two_people_alone(services: Services) -> None:
    made = book(services)
    with pytest.raises(AppointmentNotFoundError):
        services.appointments.cancel_own(made.id, BEN, None, by="ben.okafor@example.com")
    for email in ("dora@example.com", AMIRA, ANA_MAIL):
        with pytest.raises(CoachroomError):
            cancel_as_coach(services, person(services, email), made.id, None)
    gone = cancel_as_coach(services, person(services, CARLA), made.id, "I am travelling")
    assert (gone.cancelled_by, gone.cancelled_why) == (CARLA, "I am travelling")


def test_a_coach_who_has_set_no_hours_cannot_be_booked(services: Services) -> None:
    services.members.assign([ANA_MAIL], "dora@example.com", by=person(services, AMIRA))
    assert services.appointments.free_for(ANA, BOTH) == []
    with pytest.raises(NotAllowedError, match="no hours"):
        book(services)


def test_the_ai_coach_is_met_from_early_to_late_on_the_clients_clock(services: Services, clock: HandClock) -> None:
    services.coaching.profiles.keep_zone(ANA, "Pacific/Auckland")
    first = services.appointments.free_for(ANA, AI)[0]
    assert first == datetime(2026, 5, 1, 18)
    made = book(services, first, AI)
    assert (made.coach_email, made.ends_at - made.begins_at) == (None, minutes(services.settings.session_minutes))
    with pytest.raises(TimeNotFreeError, match="You have another appointment"):
        book(services, first, AI)
    assert book(services, first, AI, client=BEN).coach_email is None


def test_a_client_has_at_most_so_many_appointments_ahead(services: Services) -> None:
    for at in services.appointments.free_for(ANA, AI)[: 4 * MAX_BOOKED : 4]:
        book(services, at, AI)
    with pytest.raises(NotAllowedError, match="appointments ahead"):
        book(services)


def test_appointments_are_cancelled_where_the_two_are_not_client_and_coach_any_more(services: Services) -> None:
    with_carla, alone = book(services), book(services, MONDAY + timedelta(days=1), AI)
    services.appointments.sweep()
    assert status(services, with_carla)[0] is AppointmentStatus.BOOKED
    services.members.assign([ANA_MAIL], "dora@example.com", by=person(services, AMIRA))
    services.appointments.sweep()
    found = services.appointments.find(with_carla.id)
    assert found is not None
    assert (found.status, found.cancelled_why) == (AppointmentStatus.CANCELLED, NOT_MEMBERS)
    assert status(services, alone)[0] is AppointmentStatus.BOOKED
    services.members.change(ANA_MAIL, status="removed", by=person(services, AMIRA))
    services.appointments.sweep()
    assert status(services, alone)[0] is AppointmentStatus.CANCELLED


@pytest.mark.parametrize(
    ("kind", "client", "coach", "missing"),
    [
        (AI, True, False, None),
        (AI, False, False, MissedBy.CLIENT),
        (BOTH, True, True, None),
        (BOTH, True, False, MissedBy.COACH),
        (BOTH, False, True, MissedBy.CLIENT),
        (AppointmentKind.COACH, False, False, MissedBy.BOTH),
    ],
)
def test_a_missed_appointment_says_who_was_not_there(
    kind: AppointmentKind, client: bool, coach: bool, missing: MissedBy | None
) -> None:
    assert missed_by(kind, client_came=client, coach_came=coach) is missing


def test_both_come_and_the_join_is_asked_by_the_appointment(services: Services, clock: HandClock) -> None:
    services.coaching.profiles.keep_zone(ANA, "America/New_York")
    made = book(services)
    carla = person(services, CARLA)
    clock.now = MONDAY - minutes(11)
    with pytest.raises(AppointmentChangedError):
        come_to_appointment(services, carla, made.id)
    clock.now = MONDAY - minutes(10)
    with pytest.raises(ClientNotThereError):
        come_to_appointment(services, carla, made.id)
    session = talking(services)
    join = come_to_appointment(services, carla, made.id)
    assert (join.session_id, join.status, join.reason) == (session.id, JoinStatus.ASKED, "Your appointment at 04:00")
    clock.now = made.ends_at + SETTLED_AFTER - minutes(1)
    services.appointments.sweep()
    assert status(services, made) == (AppointmentStatus.BOOKED, None)
    clock.forward(60)
    services.appointments.sweep()
    assert status(services, made) == (AppointmentStatus.KEPT, None)
    assert cells(services) == []


def test_a_client_who_waited_alone_has_not_missed_it(services: Services, clock: HandClock) -> None:
    made = book(services)
    clock.now = MONDAY + minutes(5)
    session = talking(services)
    clock.forward(600)
    services.sessions.end(session.id, EndReason.CLIENT)
    clock.now = made.ends_at + SETTLED_AFTER
    services.appointments.sweep()
    assert status(services, made) == (AppointmentStatus.MISSED, MissedBy.COACH)


def test_a_session_that_was_over_before_is_not_the_appointment(services: Services, clock: HandClock) -> None:
    made = book(services)
    clock.now = MONDAY - minutes(40)
    services.sessions.end(talking(services).id, EndReason.CLIENT)
    clock.now = made.ends_at + SETTLED_AFTER
    services.appointments.sweep()
    assert status(services, made) == (AppointmentStatus.MISSED, MissedBy.BOTH)


def test_only_the_appointments_own_coach_may_come(services: Services, clock: HandClock) -> None:
    made = book(services)
    clock.now = MONDAY
    for email in ("dora@example.com", AMIRA, ANA_MAIL):
        with pytest.raises(CoachroomError):
            come_to_appointment(services, person(services, email), made.id)
    found = services.appointments.find(made.id)
    assert found is not None
    assert found.coach_came_at is None
