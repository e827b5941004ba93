"""What the two get by mail, and what calendar programs make of it: golden files, read back by icalendar."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import recurring_ical_events
from icalendar import Calendar

from coachroom.app.appointments import book_as_coach, cancel_as_coach
from coachroom.app.container import Services
from coachroom.appointments.states import Appointment, AppointmentKind
from coachroom.errors import CoachroomError
from coachroom.notifications.message import MessageKind
from coachroom.reminders.choices import SPARING
from coachroom.reminders.quiet_hours import QuietHours
from tests.appointments.houses import (
    AI,
    AMIRA,
    ANA_MAIL,
    BOTH,
    CARLA,
    MONDAY,
    book,
    mailing,
    minutes,
    set_hours,
    weekly,
)
from tests.live.visits import person
from tests.notifications.mail_house import MailFault, MailHouse
from tests.services import ANA, HandClock, store_of, writer_of

GOLDEN = Path(__file__).parents[1] / "golden" / "appointments"


@pytest.fixture
def services(tmp_path: Path, clock: HandClock, house: MailHouse) -> Iterator[Services]:
    with mailing(tmp_path, clock, house) as running:
        set_hours(running)
        running.coaching.profiles.keep_zone(ANA, "America/New_York")
        # Her appointments are in the morning of Berlin.
        running.reminders.choose(ANA, replace(SPARING, quiet=QuietHours(0, 0)))
        yield running


def known_id(services: Services, made: Appointment, id: str = "0190a000-0000-7000-8000-000000000001") -> str:
    """Ids are random: golden files have one that is not."""

    def work(transaction: Any) -> None:
        transaction.execute("UPDATE appointments SET id = $2 WHERE id = $1", [made.id, id])
        transaction.execute("UPDATE booked_cells SET appointment_id = $2 WHERE appointment_id = $1", [made.id, id])
        transaction.execute(
            "UPDATE outbox SET payload = CAST(replace(CAST(payload AS text), $1, $2) AS json)", [made.id, id]
        )

    writer_of(services).submit(work).result()
    return id


def latest(house: MailHouse, to: str) -> EmailMessage:
    return house.mails_to(to)[-1]


def part(mail: EmailMessage, kind: str) -> EmailMessage:
    (found,) = [each for each in mail.walk() if each.get_content_type() == kind]
    return found  # type: ignore[return-value]


def file_of(mail: EmailMessage) -> str:
    """The calendar file, which the mail holds twice."""
    shown, attached = part(mail, "text/calendar"), part(mail, "application/ics")
    text = str(attached.get_payload(decode=True).decode())  # type: ignore[union-attr]
    assert shown.get_content().splitlines() == text.splitlines()
    assert attached.get_filename() == "appointment.ics"
    methods = {str(Calendar.from_ical(text)["METHOD"]), shown.get_param("method"), attached.get_param("method")}
    assert len(methods) == 1
    return text


def plain(mail: EmailMessage) -> str:
    return str(part(mail, "text/plain").get_content())


def golden(name: str, text: str) -> None:
    """As the file of this name says; REWRITE=1 writes it."""
    file = GOLDEN / f"{name}.ics"
    if os.environ.get("REWRITE"):
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(text.encode())
    assert text.encode() == file.read_bytes()


def test_book_move_and_cancel_are_one_entry_of_a_calendar(
    services: Services, house: MailHouse, clock: HandClock
) -> None:
    made = book(services)
    id = known_id(services, made)
    services.outbox.send_due()
    files = [file_of(latest(house, ANA_MAIL))]
    golden("coach_booked", file_of(latest(house, CARLA)))
    clock.forward(60)
    services.appointments.move(id, ANA, MONDAY, MONDAY + minutes(30), by=ANA_MAIL)
    services.outbox.send_due()
    files.append(file_of(latest(house, ANA_MAIL)))
    clock.forward(60)
    cancel_as_coach(services, person(services, CARLA), id, "I am ill")
    services.outbox.send_due()
    files.append(file_of(latest(house, ANA_MAIL)))
    for name, text in zip(("booked", "moved", "cancelled"), files, strict=True):
        golden(name, text)
    calendars = [Calendar.from_ical(text) for text in files]
    events = [calendar.events[0] for calendar in calendars]
    assert [str(calendar["METHOD"]) for calendar in calendars] == ["REQUEST", "REQUEST", "CANCEL"]
    assert {str(event["UID"]) for event in events} == {f"{id}@coach.example.com"}
    assert [int(event["SEQUENCE"]) for event in events] == [0, 1, 2]
    assert [str(event["STATUS"]) for event in events] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    assert [event.start for event in events] == [(MONDAY + minutes(late)).replace(tzinfo=UTC) for late in (0, 30, 30)]
    assert {event.end - event.start for event in events} == {minutes(50)}
    assert all("VTIMEZONE" not in text for text in files)
    assert [len(house.mails_to(email)) for email in (ANA_MAIL, CARLA)] == [3, 3]


def test_each_of_the_two_reads_the_time_on_their_own_clock(services: Services, house: MailHouse) -> None:
    book(services)
    services.outbox.send_due()
    client, coach = latest(house, ANA_MAIL), latest(house, CARLA)
    assert client["Subject"] == "Your appointment is booked: Monday, 4 May 2026, 04:00"
    assert "with Carla Mendes and the AI coach is booked" in plain(client)
    assert "(time zone America/New_York)" in plain(client)
    assert "Open your room from 03:50 on" in plain(client)
    assert "https://coach.example.com/Appointments" in plain(client)
    assert coach["Subject"] == "Your appointment is booked: Monday, 4 May 2026, 10:00"
    assert "with Ana Silva is booked" in plain(coach)
    assert "https://coach.example.com/Calendar" in plain(coach)


def test_a_reason_is_told_to_both(services: Services, house: MailHouse) -> None:
    made = book(services)
    services.appointments.cancel_own(made.id, ANA, "I am ill", by=ANA_MAIL)
    services.outbox.send_due()
    for email in (ANA_MAIL, CARLA):
        assert "The reason: I am ill" in plain(latest(house, email))


def test_what_changed_before_its_mail_went_out_is_told_as_it_is_now(services: Services, house: MailHouse) -> None:
    made = book(services)
    services.appointments.move(made.id, ANA, MONDAY, MONDAY + minutes(30), by=ANA_MAIL)
    services.outbox.send_due()
    services.outbox.send_due()
    (mail,) = house.mails_to(ANA_MAIL)
    assert "is moved" in mail["Subject"]


def test_nothing_of_the_two_is_kept_in_the_outbox(services: Services) -> None:
    book(services)
    kept = str(store_of(services).execute("SELECT CAST(payload AS text) FROM outbox"))
    assert "Carla" not in kept
    assert "Ana" not in kept


def test_an_appointment_with_the_ai_coach_is_told_to_the_client_alone(services: Services, house: MailHouse) -> None:
    book(services, MONDAY + timedelta(hours=6), AI)
    services.outbox.send_due()
    assert "with the AI coach is booked" in plain(latest(house, ANA_MAIL))
    assert house.mails_to(CARLA) == []


@pytest.mark.parametrize("fault", [MailFault.PUT_OFF, MailFault.DROPPED_IN_DATA])
def test_a_mail_that_fails_twice_comes_once(
    services: Services, house: MailHouse, clock: HandClock, fault: MailFault
) -> None:
    book(services, MONDAY + timedelta(hours=6), AI)
    house.faults.extend([fault, fault])
    for _ in range(6):
        services.outbox.send_due()
        clock.forward(600)
    assert len(house.mails_to(ANA_MAIL)) == 1


def remind(services: Services, clock: HandClock, at: datetime) -> None:
    clock.now = at
    services.appointments.sweep()
    services.appointment_mails.remind()
    services.appointment_mails.remind()
    services.outbox.send_due()


def subjects(house: MailHouse, to: str) -> list[str]:
    return [str(mail["Subject"]).partition(":")[0] for mail in house.mails_to(to)]


def test_each_is_reminded_a_day_and_an_hour_before_once(
    services: Services, house: MailHouse, clock: HandClock
) -> None:
    book(services)
    day, hour = MONDAY - timedelta(days=1), MONDAY - timedelta(hours=1)
    expected = ["Your appointment is booked"]
    for at, more in ((day - minutes(1), 0), (day, 1), (day + minutes(5), 0), (hour - minutes(1), 0), (hour, 1)):
        remind(services, clock, at)
        expected += ["Your appointment"] * more
        assert subjects(house, ANA_MAIL) == subjects(house, CARLA) == expected
    assert "List-Unsubscribe" in latest(house, ANA_MAIL)


def test_whoever_books_shortly_before_is_not_reminded_of_the_day(
    services: Services, house: MailHouse, clock: HandClock
) -> None:
    set_hours(services, notice=timedelta())
    clock.now = MONDAY - timedelta(hours=20)
    book(services)
    remind(services, clock, MONDAY - timedelta(hours=19))
    assert subjects(house, ANA_MAIL) == ["Your appointment is booked"]
    remind(services, clock, MONDAY - minutes(59))
    assert subjects(house, ANA_MAIL) == ["Your appointment is booked", "Your appointment"]


def test_a_reminder_that_waits_is_dropped_where_the_appointment_is_cancelled(
    services: Services, house: MailHouse, clock: HandClock
) -> None:
    made = book(services)
    services.outbox.send_due()
    clock.now = MONDAY - timedelta(hours=24)
    services.appointment_mails.remind()
    services.appointments.cancel_own(made.id, ANA, None, by=ANA_MAIL)
    services.outbox.send_due()
    assert subjects(house, ANA_MAIL) == ["Your appointment is booked", "Your appointment is cancelled"]


def test_a_reminder_that_could_not_go_out_in_time_is_dropped(
    services: Services, house: MailHouse, clock: HandClock
) -> None:
    book(services)
    services.outbox.send_due()
    clock.now = MONDAY - minutes(60)
    services.appointment_mails.remind()
    clock.now = MONDAY + minutes(1)
    services.outbox.send_due()
    assert subjects(house, ANA_MAIL) == ["Your appointment is booked"]


def test_whoever_wants_no_reminders_still_hears_of_changes(
    services: Services, house: MailHouse, clock: HandClock
) -> None:
    services.outbox.unsubscribe(ANA_MAIL, MessageKind.APPOINTMENT_REMINDER)
    book(services)
    services.outbox.send_due()
    remind(services, clock, MONDAY - timedelta(hours=24))
    assert subjects(house, ANA_MAIL) == ["Your appointment is booked"]
    assert subjects(house, CARLA) == ["Your appointment is booked", "Your appointment"]


def test_a_client_who_is_removed_hears_nothing_and_the_coach_does(services: Services, house: MailHouse) -> None:
    book(services)
    services.outbox.send_due()
    services.members.change(ANA_MAIL, status="removed", by=person(services, AMIRA))
    services.appointments.sweep()
    services.outbox.send_due()
    assert subjects(house, ANA_MAIL) == ["Your appointment is booked"]
    assert subjects(house, CARLA) == ["Your appointment is booked", "Your appointment is cancelled"]


def test_of_a_client_who_is_erased_nothing_is_left_and_their_coach_is_told_without_a_name(
    services: Services, house: MailHouse
) -> None:
    made = book(services)
    services.outbox.send_due()
    services.own_data.erase(ANA, "client")
    kept = str(store_of(services).execute("SELECT * FROM outbox"))
    services.outbox.send_due()
    for table in ("appointments", "booked_cells"):
        assert store_of(services).execute(f"SELECT * FROM {table}") == []
    assert subjects(house, ANA_MAIL) == ["Your appointment is booked"]
    mail = latest(house, CARLA)
    assert mail["Subject"] == "An appointment is cancelled: Monday, 4 May 2026, 10:00"
    (event,) = Calendar.from_ical(file_of(mail)).events
    assert (str(event["UID"]), int(event["SEQUENCE"])) == (f"{made.id}@coach.example.com", 1)
    assert not any(name in text for name in ("Ana", "ana.silva", ANA) for text in (kept, mail.as_string()))


def test_a_time_after_a_change_of_clocks_is_the_one_that_the_clock_shows_then(
    services: Services, house: MailHouse, clock: HandClock
) -> None:
    clock.now = datetime(2026, 10, 20, 12)
    free = services.appointments.free_for(ANA, BOTH)
    first = {at.date(): at.time() for at in reversed(free)}
    assert [first[day].hour for day in (datetime(2026, 10, 23).date(), datetime(2026, 10, 26).date())] == [7, 8]
    # In New York the clocks change a week later.
    book(services, datetime(2026, 10, 26, 8))
    book(services, datetime(2026, 11, 2, 8))
    services.outbox.send_due()
    told = [[str(mail["Subject"]).rpartition(", ")[2] for mail in house.mails_to(to)] for to in (CARLA, ANA_MAIL)]
    assert sorted(told[0]) == ["09:00", "09:00"]
    assert sorted(told[1]) == ["03:00", "04:00"]


def known_ids(services: Services, dates: list[Appointment]) -> list[str]:
    """As `known_id`, for the dates of a series."""
    return [
        known_id(services, each, f"0190a000-0000-7000-8000-00000000000{number}")
        for number, each in enumerate(dates, start=1)
    ]


def test_a_series_is_told_in_one_mail_and_each_date_stays_one_entry_of_a_calendar(
    services: Services, house: MailHouse, clock: HandClock
) -> None:
    ids = known_ids(services, weekly(services, 3))
    services.outbox.send_due()
    assert [len(house.mails_to(email)) for email in (ANA_MAIL, CARLA)] == [1, 1]
    assert latest(house, ANA_MAIL)["Subject"] == "Your 3 appointments are booked: Monday, 4 May 2026, 04:00 and later"
    for day in (4, 11, 18):
        assert f"Monday, {day} May 2026, 04:00" in plain(latest(house, ANA_MAIL))
    files = {"series_booked": file_of(latest(house, ANA_MAIL))}
    clock.forward(60)
    second = MONDAY + timedelta(weeks=1)
    services.appointments.move(ids[1], ANA, second, second + minutes(60), by=ANA_MAIL)
    services.outbox.send_due()
    files["series_one_moved"] = file_of(latest(house, ANA_MAIL))
    assert latest(house, ANA_MAIL)["Subject"].startswith("Your appointment is moved")
    clock.forward(60)
    services.series.cancel_own_from(ids[1], ANA, "A break", by=ANA_MAIL)
    services.outbox.send_due()
    files["series_rest_cancelled"] = file_of(latest(house, ANA_MAIL))
    assert "2 appointments are cancelled" in latest(house, ANA_MAIL)["Subject"]
    assert "The reason: A break" in plain(latest(house, ANA_MAIL))
    for name, text in files.items():
        golden(name, text)
    methods = [str(Calendar.from_ical(text)["METHOD"]) for text in files.values()]
    assert methods == ["PUBLISH", "REQUEST", "PUBLISH"]
    # As a calendar keeps them: of one UID the entry with the highest SEQUENCE.
    entries: dict[str, Any] = {}
    for text in files.values():
        for event in recurring_ical_events.of(Calendar.from_ical(text)).between((2026, 5, 1), (2026, 6, 1)):
            kept = entries.setdefault(str(event["UID"]), event)
            assert int(event["SEQUENCE"]) >= int(kept["SEQUENCE"])
            entries[str(event["UID"])] = event
    assert sorted(entries) == [f"{id}@coach.example.com" for id in ids]
    kept = [(each.start.hour, int(each["SEQUENCE"]), str(each["STATUS"])) for _, each in sorted(entries.items())]
    assert kept == [(8, 0, "CONFIRMED"), (9, 2, "CANCELLED"), (8, 1, "CANCELLED")]
    assert all("RRULE" not in text for text in files.values())


def test_a_date_that_changed_before_the_series_was_told_is_told_by_itself(
    services: Services, house: MailHouse
) -> None:
    _, second, _ = weekly(services, 3)
    services.appointments.cancel_own(second.id, ANA, None, by=ANA_MAIL)
    for _ in range(2):
        services.outbox.send_due()
    told = sorted(str(mail["Subject"]).partition(":")[0] for mail in house.mails_to(ANA_MAIL))
    assert told == ["Your 2 appointments are booked", "Your appointment is cancelled"]


def test_a_client_for_whom_the_coach_books_is_told_and_led_to_moving_and_cancelling(
    services: Services, house: MailHouse
) -> None:
    made = book_as_coach(services, person(services, CARLA), ANA, AppointmentKind.COACH, MONDAY)
    services.outbox.send_due()
    mail = plain(latest(house, ANA_MAIL))
    for label, does in (("Move it", "move"), ("Cancel it", "cancel")):
        assert f"{label}: https://coach.example.com/Appointments?appointment={made.id}&do={does}" in mail
    assert "Move it" not in plain(latest(house, CARLA))


def test_a_coach_books_for_own_clients_alone(services: Services) -> None:
    for email, client in ((CARLA, "nobody"), (AMIRA, ANA), (ANA_MAIL, ANA)):
        with pytest.raises(CoachroomError):
            book_as_coach(services, person(services, email), client, AppointmentKind.COACH, MONDAY)
    store_of(services).execute("UPDATE members SET coach_email = NULL WHERE client_id = $1", [ANA])
    with pytest.raises(CoachroomError):
        book_as_coach(services, person(services, CARLA), ANA, AppointmentKind.COACH, MONDAY)
    assert services.appointments.of_coach(CARLA) == []


def test_a_coach_who_has_left_hears_nothing_of_clients_any_more(
    services: Services, house: MailHouse, clock: HandClock
) -> None:
    made = book(services)
    services.outbox.send_due()
    store_of(services).execute("UPDATE members SET status = 'removed' WHERE email = $1", [CARLA])
    remind(services, clock, MONDAY - timedelta(hours=24) - minutes(1))
    services.left_appointments.cancel(made.id, None, by=AMIRA)
    services.outbox.send_due()
    assert subjects(house, CARLA) == ["Your appointment is booked"]
    assert subjects(house, ANA_MAIL) == ["Your appointment is booked", "Your appointment is cancelled"]
    assert "The reason: The human coach has left." in plain(latest(house, ANA_MAIL))
