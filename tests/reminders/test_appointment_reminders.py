"""Appointments on a client's devices and by mail: as the client chose, outside of quiet hours, without names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from coachroom.app.appointments import cancel_as_coach
from coachroom.app.container import Services
from coachroom.appointments.states import Appointment
from coachroom.notifications.message import MessageKind
from coachroom.reminders.choices import SPARING, Reminder
from coachroom.reminders.quiet_hours import QuietHours
from tests.appointments.houses import CARLA, MONDAY, book, minutes, set_hours
from tests.live.visits import person
from tests.notifications.mail_house import MailHouse
from tests.notifications.push_house import PushBrowser, PushHouse, push_house
from tests.reminders.houses import ANA_MAIL, at, pushing, shown, states
from tests.services import ANA, NOON, HandClock

REMINDER = MessageKind.APPOINTMENT_REMINDER
QUARTER = MONDAY - minutes(15)


@pytest.fixture
def pushes() -> Iterator[PushHouse]:
    with push_house() as house:
        yield house


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOON)


@pytest.fixture
def browser(services: Services, pushes: PushHouse) -> PushBrowser:
    set_hours(services)
    return pushing(services, pushes)


def remind(services: Services, clock: HandClock, moment: datetime) -> None:
    clock.now = moment
    services.appointment_mails.remind()
    services.outbox.send_due()


def booked(services: Services, clock: HandClock, begins_at: datetime = MONDAY) -> Appointment:
    made = book(services, begins_at)
    services.outbox.send_due()
    clock.forward(60)
    return made


def test_fifteen_minutes_before_the_clients_devices_show_it_once(
    services: Services, clock: HandClock, browser: PushBrowser, pushes: PushHouse, house: MailHouse
) -> None:
    booked(services, clock)
    for moment in (QUARTER - minutes(1), QUARTER, QUARTER + minutes(1)):
        remind(services, clock, moment)
    (note,) = shown(pushes, browser)
    assert note["title"] == "Your appointment is at 10:00"
    assert note["body"] == "Your room is ready for it from 09:50 on."
    assert note["url"] == "/Appointments"
    assert "Carla" not in str(note)
    assert "15 min" not in " ".join(str(mail["Subject"]) for mail in house.mails_to(CARLA))


def test_reminders_go_the_ways_that_the_client_chose(
    services: Services, clock: HandClock, browser: PushBrowser, pushes: PushHouse, house: MailHouse
) -> None:
    services.reminders.choose(
        ANA, replace(SPARING, by_mail=frozenset(), by_push=frozenset({Reminder.DAY}), quiet=QuietHours(0, 0))
    )
    booked(services, clock)
    house.taken.clear()
    for moment in (MONDAY - timedelta(days=1), MONDAY - timedelta(hours=1), QUARTER):
        remind(services, clock, moment)
    assert house.mails_to(ANA_MAIL) == []
    assert [note["title"] for note in shown(pushes, browser)] == ["Your appointment is on Monday at 10:00"]
    # The human coach is reminded as before.
    assert len(house.mails_to(CARLA)) == 2


def test_what_is_taken_back_before_it_goes_out_is_dropped(
    services: Services, clock: HandClock, browser: PushBrowser, pushes: PushHouse
) -> None:
    booked(services, clock)
    clock.now = QUARTER
    services.appointment_mails.remind()
    services.reminders.choose(ANA, replace(SPARING, by_push=frozenset()))
    services.outbox.send_due()
    assert shown(pushes, browser) == []


def test_a_reminder_in_quiet_hours_comes_at_their_end_or_not_at_all(
    services: Services, clock: HandClock, browser: PushBrowser, pushes: PushHouse, house: MailHouse
) -> None:
    services.reminders.choose(ANA, replace(SPARING, quiet=QuietHours(9, 11)))
    booked(services, clock)
    house.taken.clear()
    # A day before falls into quiet hours and still says something at their end; a quarter of an hour before does not.
    for moment in (at("2026-05-03 10:00"), at("2026-05-03 10:59")):
        remind(services, clock, moment)
        assert house.mails_to(ANA_MAIL) == []
    remind(services, clock, at("2026-05-03 11:00"))
    assert len(house.mails_to(ANA_MAIL)) == 1
    for moment in (QUARTER, MONDAY, at("2026-05-04 11:00")):
        remind(services, clock, moment)
    assert shown(pushes, browser) == []
    assert ("appointment.reminder", "push", "dropped") in states(services, REMINDER)


def test_a_coach_who_cancels_is_shown_on_the_clients_devices_in_the_same_place(
    services: Services, clock: HandClock, browser: PushBrowser, pushes: PushHouse
) -> None:
    made = booked(services, clock)
    remind(services, clock, MONDAY - minutes(12))
    cancel_as_coach(services, person(services, CARLA), made.id, "I am ill")
    services.outbox.send_due()
    soon, cancelled = shown(pushes, browser)
    assert cancelled["title"] == "An appointment of yours is cancelled"
    assert soon["tag"] == cancelled["tag"]
    assert len({each.headers["topic"] for each in pushes.received}) == 1
    assert "ill" not in str(cancelled["body"])


def test_what_the_client_does_is_no_news_to_their_own_devices(
    services: Services, clock: HandClock, browser: PushBrowser, pushes: PushHouse
) -> None:
    made = booked(services, clock)
    services.appointments.move(made.id, ANA, MONDAY, MONDAY + minutes(30), by=ANA_MAIL)
    services.appointments.cancel_own(made.id, ANA, None, by=ANA_MAIL)
    services.outbox.send_due()
    assert shown(pushes, browser) == []


def test_a_change_that_another_change_overtook_is_not_shown(
    services: Services, clock: HandClock, browser: PushBrowser, pushes: PushHouse
) -> None:
    made = booked(services, clock)
    # As a coach's move would.
    services.appointments.move(made.id, ANA, MONDAY, MONDAY + minutes(30), by=CARLA)
    cancel_as_coach(services, person(services, CARLA), made.id, None)
    services.outbox.send_due()
    assert [note["title"] for note in shown(pushes, browser)] == ["An appointment of yours is cancelled"]
