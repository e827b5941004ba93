"""A country changes its clocks: dates of series keep the time that their clock shows, and the two are told why."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from coachroom.app.container import Services
from coachroom.appointments.bookings import COACHROOM
from coachroom.appointments.states import Appointment
from coachroom.appointments.zone_rules import RulesFollowed, ZoneRules, rules_version
from coachroom.store.store import Transaction
from tests.appointments.houses import ANA_MAIL, CARLA, MONDAY, book, mailing, set_hours, weekly
from tests.notifications.mail_house import MailHouse
from tests.services import BEN, HandClock, store_of, writer_of

WEEK, HOUR = timedelta(weeks=1), timedelta(hours=1)
# As Berlin would be, were summer time given up from May 2026 on.
NO_SUMMER, AS_BEFORE = "CET-1", "CET-1CEST,M3.5.0,M10.5.0/3"


def zone_file(rule: str, key: str = "Europe/Berlin") -> ZoneInfo:
    """A compiled file of a time zone (RFC 8536) that holds one rule for all time."""
    head = b"TZif2" + bytes(15) + struct.pack(">6L", 0, 0, 0, 0, 1, 4)
    body = struct.pack(">lBB", 3600, 0, 0) + b"CET\0"
    return ZoneInfo.from_file(io.BytesIO((head + body) * 2 + b"\n" + rule.encode() + b"\n"), key=key)


@pytest.fixture
def services(tmp_path: Path, clock: HandClock, house: MailHouse) -> Iterator[Services]:
    with mailing(tmp_path, clock, house) as running:
        store_of(running).execute("UPDATE members SET coach_email = $1 WHERE role = 'client'", [CARLA])
        set_hours(running)
        yield running


def start_with(services: Services, rule: str, version: str) -> RulesFollowed:
    def announce(transaction: Transaction, dates: Sequence[Appointment], because: str) -> None:
        services.appointment_mails.announce_all(transaction, dates, by=COACHROOM, because=because)

    rules = ZoneRules(
        store_of(services),
        writer_of(services),
        services.clock,
        announce=announce,
        tell_of_stay=services.appointment_mails.tell_of_stay,
        read_zone=lambda _: zone_file(rule),
        version=version,
    )
    return rules.follow()


def begins(services: Services, dates: list[Appointment]) -> list[datetime]:
    return [found.begins_at for each in dates if (found := services.appointments.find(each.id))]


def test_rules_that_say_the_same_move_nothing(services: Services) -> None:
    dates = weekly(services, 3)
    for version in ("2026a", "2026b"):
        assert start_with(services, AS_BEFORE, version) == RulesFollowed([], [])
    assert begins(services, dates) == [each.begins_at for each in dates]
    assert store_of(services).execute("SELECT version FROM zone_rules") == [("2026b",)]


def test_dates_move_with_their_clock_and_both_are_told_why_once(services: Services, house: MailHouse) -> None:
    dates = weekly(services, 3)
    single = book(services, MONDAY + timedelta(days=1))
    services.outbox.send_due()
    start_with(services, AS_BEFORE, "2026a")
    followed = start_with(services, NO_SUMMER, "2026b")
    assert [each.begins_at for each in followed.moved] == [each.begins_at + HOUR for each in dates]
    assert [each.sequence for each in followed.moved] == [1, 1, 1]
    assert begins(services, [single]) == [single.begins_at]
    cells = store_of(services).execute(
        "SELECT min(cell), count(*) FROM booked_cells WHERE appointment_id = $1", [dates[0].id]
    )
    assert cells == [(dates[0].begins_at + HOUR, 20)]
    before = len(house.mails_to(CARLA))
    services.outbox.send_due()
    assert start_with(services, NO_SUMMER, "2026b") == RulesFollowed((), ())
    services.outbox.send_due()
    for to in (ANA_MAIL, CARLA):
        mail = house.mails_to(to)[-1]
        body = mail.get_body(("plain",))
        assert body is not None
        assert str(mail["Subject"]).startswith("Your 3 appointments are moved")
        assert "rules of the time zone Europe/Berlin have changed" in " ".join(body.get_content().split())
    assert len(house.mails_to(CARLA)) == before + 1


def test_a_date_whose_new_time_is_taken_stays_and_the_coach_is_told(services: Services, house: MailHouse) -> None:
    dates = weekly(services, 3)
    # In the hour to which the second date would move.
    other = book(services, dates[1].begins_at + HOUR, client=BEN)
    services.outbox.send_due()
    followed = start_with(services, NO_SUMMER, "2026b")
    assert [each.id for each in followed.left] == [dates[1].id]
    moved = [dates[0].begins_at + HOUR, dates[1].begins_at, dates[2].begins_at + HOUR, other.begins_at]
    assert begins(services, [*dates, other]) == moved
    services.outbox.send_due()
    stays = [mail for mail in house.mails_to(CARLA) if "is not moved" in str(mail["Subject"])]
    assert len(stays) == 1
    assert not [mail for mail in house.mails_to(ANA_MAIL) if "is not moved" in str(mail["Subject"])]


def test_the_calendar_entries_of_a_series_change_and_none_is_added(services: Services, house: MailHouse) -> None:
    weekly(services, 3)
    services.outbox.send_due()
    start_with(services, NO_SUMMER, "2026b")
    services.outbox.send_due()
    entries: dict[str, int] = {}
    for mail in house.mails_to(ANA_MAIL):
        (part,) = [each for each in mail.walk() if each.get_content_type() == "application/ics"]
        for event in Calendar.from_ical(part.get_payload(decode=True).decode()).events:  # type: ignore[union-attr]
            assert int(event["SEQUENCE"]) > entries.get(str(event["UID"]), -1)
            entries[str(event["UID"])] = int(event["SEQUENCE"])
    assert list(entries.values()) == [1, 1, 1]


def test_which_rules_are_in_use_is_known() -> None:
    assert rules_version()
