"""A missed appointment brings its client one mail with three new times, an apology where the coach was not there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from coachroom.app.container import Services
from coachroom.appointments.page_links import TIME, time_in
from coachroom.appointments.states import AppointmentStatus
from coachroom.rooms.states import EndReason
from tests.appointments.houses import AI, ANA_MAIL, BOTH, CARLA, MONDAY, book, minutes, set_hours
from tests.appointments.test_mails import plain
from tests.notifications.mail_house import MailFault, MailHouse
from tests.reminders.houses import reminding
from tests.services import ANA, HandClock, enter

SUBJECTS = ("We missed you", "We are sorry about your appointment", "Your appointment did not take place")


@pytest.fixture
def services(tmp_path: Path, clock: HandClock, house: MailHouse) -> Iterator[Services]:
    with reminding(tmp_path, clock, house) as running:
        set_hours(running)
        yield running


def settled(services: Services, clock: HandClock, after: timedelta = timedelta(minutes=6)) -> None:
    """So long after the end of Monday's appointment."""
    clock.now = MONDAY + minutes(50) + after
    services.appointments.sweep()
    services.outbox.send_due()


def about_missing(house: MailHouse) -> list[str]:
    return [str(mail["Subject"]) for mail in house.taken if mail["Subject"] in SUBJECTS]


def talk(services: Services, clock: HandClock) -> None:
    """Ana is in her room at the time of the appointment."""
    clock.now = MONDAY
    session = enter(services)
    clock.now = MONDAY + minutes(20)
    services.sessions.end(session.id, EndReason.CLIENT)


def test_who_missed_it_gets_one_friendly_mail_with_three_times(
    services: Services, clock: HandClock, house: MailHouse
) -> None:
    made = book(services, kind=AI)
    for _ in range(2):
        settled(services, clock)
    assert about_missing(house) == ["We missed you"]
    text = plain(house.mails_to(ANA_MAIL)[-1])
    links = [link for link in re.findall(r"https://\S+", text) if f"{TIME}=" in link]
    assert len(links) == 3
    times = [time_in(parse_qs(urlsplit(link).query)[TIME][0]) for link in links]
    assert all(at is not None and services.appointments.why_not_free(ANA, made.kind, at) is None for at in times)
    assert "Hello Ana" in text
    assert "List-Unsubscribe" in house.mails_to(ANA_MAIL)[-1]


@pytest.mark.parametrize("client_came", [True, False])
def test_the_client_reads_who_was_not_there(
    services: Services, clock: HandClock, house: MailHouse, client_came: bool
) -> None:
    made = book(services, kind=BOTH)
    if client_came:
        talk(services, clock)
    settled(services, clock)
    found = services.appointments.find(made.id)
    assert found is not None
    assert found.status is AppointmentStatus.MISSED
    assert about_missing(house) == [SUBJECTS[1] if client_came else SUBJECTS[2]]
    assert not [mail for mail in house.mails_to(CARLA) if mail["Subject"] in SUBJECTS]


def test_kept_and_cancelled_ones_bring_no_mail(services: Services, clock: HandClock, house: MailHouse) -> None:
    book(services, kind=AI)
    cancelled = book(services, MONDAY + timedelta(hours=2), AI)
    services.appointments.cancel_own(cancelled.id, ANA, None, by=ANA_MAIL)
    talk(services, clock)
    settled(services, clock)
    settled(services, clock, timedelta(hours=3))
    assert about_missing(house) == []


def test_who_has_booked_again_already_is_not_written_to(
    services: Services, clock: HandClock, house: MailHouse
) -> None:
    made = book(services, kind=AI)
    clock.now = made.ends_at + minutes(6)
    services.appointments.sweep()
    book(services, MONDAY + timedelta(days=1), AI)
    services.outbox.send_due()
    assert about_missing(house) == []


def test_it_comes_within_an_hour_or_not_at_all(services: Services, clock: HandClock, house: MailHouse) -> None:
    made = book(services, kind=AI)
    services.outbox.send_due()
    # The server stood still.
    clock.now = made.ends_at + timedelta(hours=1, seconds=1)
    services.appointments.sweep()
    services.outbox.send_due()
    assert about_missing(house) == []


def test_a_server_that_fails_twice_gets_it_once(services: Services, clock: HandClock, house: MailHouse) -> None:
    book(services, kind=AI)
    services.outbox.send_due()
    house.faults.extend([MailFault.PUT_OFF, MailFault.DROPPED_IN_DATA])
    for wait in range(6, 30, 4):
        settled(services, clock, minutes(wait))
    assert about_missing(house) == ["We missed you"]


def test_where_appointments_are_switched_off_nobody_is_told_that_they_missed_one(
    tmp_path: Path, clock: HandClock, house: MailHouse
) -> None:
    with reminding(tmp_path, clock, house) as before:
        set_hours(before)
        made = book(before, kind=AI)
    with reminding(tmp_path, clock, house, appointments=False) as services:
        settled(services, clock)
        found = services.appointments.find(made.id)
        assert found is not None
        assert found.status is AppointmentStatus.MISSED
        assert about_missing(house) == []
