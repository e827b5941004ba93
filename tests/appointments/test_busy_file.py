"""Busy times out of files as the known calendars write them, and out of those that mean harm."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from coachroom.appointments import busy_file
from coachroom.appointments.busy_file import BusyFileError, read_busy_file
from coachroom.appointments.busy_reader import joined
from coachroom.appointments.calendars import Span

FILES = Path(__file__).parent / "calendars"
SINCE, UNTIL = datetime(2026, 5, 1), datetime(2026, 6, 1)


def read(file: bytes, zone: str = "Europe/Berlin", until: datetime = UNTIL) -> list[str]:
    found = read_busy_file(file, zone=zone, own_host="coach.example.com", since=SINCE, until=until)
    return [f"{each.begins_at:%d %H:%M}-{each.ends_at:%d %H:%M}" for each in found]


def event(*lines: str) -> bytes:
    inner = ["BEGIN:VEVENT", "UID:1", "DTSTAMP:20260501T100000Z", *lines, "END:VEVENT"]
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", *inner, "END:VCALENDAR", ""]).encode()


@pytest.mark.parametrize(
    ("name", "times"),
    [
        # One of four weeks is left out, one is moved; free, called off and coachroom's own entries do not count.
        ("google", ["04 07:00-04 07:30", "11 12:00-11 13:00", "25 07:00-25 07:30"]),
        # Times in zones by Microsoft's names.
        ("exchange", ["01 13:00-01 13:30", "04 07:00-04 08:00"]),
        # A whole day and a time of no zone are the coach's.
        ("apple", ["04 22:00-05 22:00", "07 13:00-07 13:45", "08 06:00-08 07:00"]),
        # From 5 April on Lord Howe is 10:30 ahead.
        ("fastmail", [f"{day:02} 12:30-{day:02} 13:30" for day in (2, 9, 16, 23, 30)]),
    ],
)
def test_each_calendars_file_says_when_its_owner_is_busy(name: str, times: list[str]) -> None:
    assert read((FILES / f"{name}.ics").read_bytes()) == times


def test_a_whole_day_is_one_of_the_coachs_zone() -> None:
    day = event("DTSTART;VALUE=DATE:20260505", "DTEND;VALUE=DATE:20260506")
    assert read(day, "America/New_York") == ["05 04:00-06 04:00"]
    assert read(day, "Pacific/Auckland") == ["04 12:00-05 12:00"]


def free_busy(*lines: str) -> bytes:
    inner = [
        "BEGIN:VFREEBUSY",
        "UID:1",
        "DTSTART:20260501T000000Z",
        "DTEND:20260601T000000Z",
        *lines,
        "END:VFREEBUSY",
    ]
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", *inner, "END:VCALENDAR", ""]).encode()


def test_an_address_of_free_and_busy_times_alone_is_read_as_well() -> None:
    file = free_busy(
        "FREEBUSY;FBTYPE=BUSY:20260504T080000Z/20260504T090000Z,20260505T080000Z/PT1H",
        "FREEBUSY;FBTYPE=FREE:20260506T080000Z/PT1H",
        "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20260507T080000Z/PT1H",
        "FREEBUSY:20260508T080000Z/PT1H,20260430T230000Z/PT2H",
    )
    assert read(file) == ["01 00:00-01 01:00", *(f"{day:02} 08:00-{day:02} 09:00" for day in (4, 5, 7, 8))]
    assert read(free_busy()) == []


@pytest.mark.parametrize("name", ["tzone://Microsoft/Custom", "GMT+02:00", "Custom: my zone"])
def test_a_zone_whose_name_has_a_colon_is_the_one_that_the_file_describes(name: str) -> None:
    zone = ["BEGIN:VTIMEZONE", f"TZID:{name}", "BEGIN:STANDARD", "DTSTART:16010101T000000"]
    zone += ["TZOFFSETFROM:+0300", "TZOFFSETTO:+0300", "END:STANDARD", "END:VTIMEZONE", "BEGIN:VEVENT"]
    file = event(
        f"DTSTART;TZID={name}:20260504T100000",
        f"DTEND;TZID={name}:20260504T110000",
        "RRULE:FREQ=DAILY;COUNT=3",
        f"EXDATE;TZID={name}:20260505T100000",
    )
    assert read(file.replace(b"BEGIN:VEVENT", "\r\n".join(zone).encode())) == [
        "04 07:00-04 08:00",
        "06 07:00-06 08:00",
    ]


def test_a_zone_whose_name_has_a_colon_and_that_nobody_describes_is_the_coachs() -> None:
    name = "tzone://Microsoft/Custom"
    assert read(event(f"DTSTART;TZID={name}:20260504T100000", f"DTEND;TZID={name}:20260504T110000")) == [
        "04 08:00-04 09:00"
    ]


@pytest.mark.parametrize("end", [[], ["DTEND;VALUE=DATE:20260505"], ["DURATION:PT0S"]])
def test_a_whole_day_that_ends_as_it_begins_is_one_day(end: list[str]) -> None:
    assert read(event("DTSTART;VALUE=DATE:20260505", *end)) == ["04 22:00-05 22:00"]


@pytest.mark.parametrize(
    ("state", "takes_time"),
    [("BUSY", True), ("TENTATIVE", True), ("OOF", True), ("FREE", False), ("WORKINGELSEWHERE", False)],
)
def test_outlooks_states_of_an_entry(state: str, takes_time: bool) -> None:
    file = event("DTSTART:20260504T080000Z", "DTEND:20260504T090000Z", f"X-MICROSOFT-CDO-BUSYSTATUS:{state}")
    assert bool(read(file)) == takes_time


@pytest.mark.parametrize(
    ("owner", "attendee", "takes_time"),
    [
        ("carla@example.com", "ATTENDEE;PARTSTAT=DECLINED:mailto:Carla@example.com", False),
        ("carla@example.com", "ATTENDEE;PARTSTAT=DECLINED:mailto:dana@example.com", True),
        ("carla@example.com", "ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:carla@example.com", True),
        ("Home", "ATTENDEE;PARTSTAT=DECLINED:mailto:carla@example.com", True),
    ],
    ids=["declined by the owner", "by somebody else", "not answered", "the owner is not known"],
)
def test_what_the_owner_has_declined_takes_no_time(owner: str, attendee: str, takes_time: bool) -> None:
    file = event("DTSTART:20260504T080000Z", "DTEND:20260504T090000Z", attendee, "ATTENDEE:mailto:x@example.com")
    named = file.replace(b"PRODID:x", f"PRODID:x\r\nX-WR-CALNAME:{owner}".encode())
    assert bool(read(named)) == takes_time


def test_a_series_keeps_its_clock_over_a_change_of_clocks() -> None:
    file = event(
        "DTSTART;TZID=Europe/Berlin:20261018T180000",
        "DTEND;TZID=Europe/Berlin:20261018T190000",
        "RRULE:FREQ=WEEKLY;COUNT=3",
    )
    assert read(file, until=datetime(2026, 12, 1)) == ["18 16:00-18 17:00", "25 17:00-25 18:00", "01 17:00-01 18:00"]


def test_times_that_overlap_or_touch_are_one() -> None:
    at = datetime(2026, 5, 4, 8)
    hour = timedelta(hours=1)
    spans = [
        Span(at + hour, at + 2 * hour),
        Span(at, at + hour),
        Span(at, at + hour / 2),
        Span(at + 3 * hour, at + 4 * hour),
    ]
    assert joined(spans) == [Span(at, at + 2 * hour), Span(at + 3 * hour, at + 4 * hour)]


def test_what_lasts_until_the_end_of_time_ends_with_what_is_looked_at() -> None:
    assert read(event("DTSTART:20260504T080000Z", "DTEND:99991231T235959Z")) == ["04 08:00-01 00:00"]


def test_what_ends_on_the_last_day_of_a_february_far_ahead_can_be_read() -> None:
    assert read(event("DTSTART:20260504T080000Z", "DTEND:40040229T080000Z")) == ["04 08:00-01 00:00"]


@pytest.mark.parametrize(
    "broken",
    [
        ("DTSTART:20260504T080000Z", "DTEND:20260504T090000Z", "DTEND:20260504T100000Z"),
        ("DTSTART:20260504T080000Z", "DURATION:P9999999W"),
        ("DTSTART:garbage", "DTEND:nonsense"),
        ("DTEND:20260504T080000Z",),
        ("DTSTART:00010101T000000Z", "DTEND:20260504T090000Z"),
    ],
    ids=["two ends", "a duration beyond all years", "no time", "no begin", "the first day of time"],
)
def test_an_entry_that_a_stranger_broke_does_not_hide_the_others(broken: tuple[str, ...]) -> None:
    whole = ["BEGIN:VEVENT", "UID:2", "DTSTART:20260505T080000Z", "DTEND:20260505T090000Z", "END:VEVENT", ""]
    file = event(*broken).replace(b"END:VCALENDAR", "\r\n".join([*whole, "END:VCALENDAR"]).encode())
    assert "05 08:00-05 09:00" in read(file)


def file_with(rule: str, how_many: int) -> bytes:
    """An hour on the 5th, behind so many entries that repeat by this rule since 1601."""
    bombs = [
        line
        for n in range(how_many)
        for line in (
            *("BEGIN:VEVENT", f"UID:bomb{n}", "DTSTART:16010101T000000Z"),
            *("DURATION:PT1S", f"RRULE:{rule}", "END:VEVENT"),
        )
    ]
    whole = event("DTSTART:20260505T080000Z", "DTEND:20260505T090000Z")
    return whole.replace(b"BEGIN:VEVENT", "\r\n".join([*bombs, "BEGIN:VEVENT"]).encode())


EVERY_MINUTE = "BYHOUR=" + ",".join(map(str, range(24))) + ";BYMINUTE=" + ",".join(map(str, range(60)))


@pytest.mark.parametrize(
    ("rule", "how_many"),
    [
        ("FREQ=SECONDLY", 1),
        ("FREQ=MINUTELY", 3),
        (f"FREQ=DAILY;{EVERY_MINUTE}", 1),
        ("FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30;BYHOUR=3", 1),
        ("FREQ=DAILY", 20),
    ],
)
def test_an_entry_that_takes_for_ever_does_not_hide_the_others(rule: str, how_many: int) -> None:
    assert any(each.startswith("05 08:00-05 09:00") for each in read(file_with(rule, how_many))), (
        "the others were read"
    )


def test_a_calendar_of_nothing_but_such_entries_is_given_up_and_says_so() -> None:
    with pytest.raises(BusyFileError, match="takes too long to read"):
        read(file_with("FREQ=SECONDLY", 60))


@pytest.mark.parametrize(
    "file",
    [
        b"",
        b"<html><body>Sign in</body></html>",
        b"\0" * 1000,
        event("DTSTART:20260504T080000Z\0", "DTEND:2026"),
        b"BEGIN:VEVENT\r\n" * 100_000,
        b"BEGIN:VCALENDAR\r\n" * 100_000,
    ],
    ids=["nothing", "a page", "zeros", "a zero within", "deep", "deeper"],
)
def test_what_is_no_calendar_makes_nobody_busy(file: bytes) -> None:
    with pytest.raises(BusyFileError, match="no calendar file"):
        read(file)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=SECONDLY;COUNT=1000000000",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30;BYHOUR=3",
        f"FREQ=DAILY;{EVERY_MINUTE}",
    ],
)
def test_what_repeats_without_end_is_given_up_in_time(rule: str) -> None:
    try:
        assert len(read(event("DTSTART:20260504T080000Z", "DURATION:PT1S", f"RRULE:{rule}"))) <= busy_file.MAX_TIMES
    except BusyFileError as error:
        assert "takes too long" not in str(error)
