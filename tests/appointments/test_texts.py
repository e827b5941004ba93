"""Hours as coaches write them, and times as people read them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from coachroom.appointments.calendars import Hours
from coachroom.appointments.hours_text import hours_text, read_hours
from coachroom.appointments.time_text import both_clocks, clock_text, time_text
from coachroom.coaching.validation import InvalidInputError

BERLIN, NEW_YORK, AUCKLAND, HONOLULU = map(
    ZoneInfo, ("Europe/Berlin", "America/New_York", "Pacific/Auckland", "Pacific/Honolulu")
)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("", ()),
        ("off", ()),
        ("9-12", (Hours(540, 720),)),
        ("14:00–17:30, 9:05 - 12.00", (Hours(545, 720), Hours(840, 1050))),
        ("0:00-24:00", (Hours(0, 1440),)),
        ("9-12,12-13", (Hours(540, 720), Hours(720, 780))),
    ],
)
def test_hours_are_read_as_people_write_them(text: str, hours: tuple[Hours, ...]) -> None:
    assert read_hours(text) == hours
    assert read_hours(hours_text(hours)) == hours


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("morning", "no stretch of hours"),
        ("9", "no stretch of hours"),
        ("9-25", "no time of a day"),
        ("9:60-10", "no time of a day"),
        ("12-9", "ends before it begins"),
        ("9-9", "ends before it begins"),
        ("9:02-10", "whole 5 minutes"),
        ("9-12, 11-13", "overlap"),
        (",".join(f"{hour}-{hour + 1}" for hour in range(7)), "at most 6"),
    ],
)
def test_hours_that_are_none_say_what_to_write(text: str, why: str) -> None:
    with pytest.raises(InvalidInputError, match=why):
        read_hours(text)


def test_a_time_stands_beside_that_of_the_other_where_they_differ() -> None:
    noon = datetime(2026, 5, 4, 12)
    assert time_text(noon, BERLIN) == "Monday, 4 May 2026, 14:00"
    assert both_clocks(noon, BERLIN, ZoneInfo("Europe/Paris"), "Carla") == "14:00"
    assert both_clocks(noon, BERLIN, None, "Carla") == "14:00"
    assert both_clocks(noon, NEW_YORK, BERLIN, "Carla") == "08:00 (14:00 for Carla)"
    assert both_clocks(noon, BERLIN, AUCKLAND, "Carla") == "14:00 (00:00 on Tuesday for Carla)"
    assert both_clocks(noon, AUCKLAND, HONOLULU, "Carla") == "00:00 (02:00 on Monday for Carla)"


def test_a_time_that_comes_twice_says_which_of_the_two_it_is() -> None:
    assert clock_text(datetime(2027, 10, 31, 0, 30), BERLIN) == "02:30 (UTC+2)"
    assert clock_text(datetime(2027, 10, 31, 1, 30), BERLIN) == "02:30 (UTC+1)"
    assert clock_text(datetime(2027, 11, 7, 5, 30), NEW_YORK) == "01:30 (UTC−4)"
    assert clock_text(datetime(2027, 4, 3, 14, 45), ZoneInfo("Australia/Lord_Howe")) == "01:45 (UTC+11)"
    assert clock_text(datetime(2027, 3, 28, 1), BERLIN) == "03:00"
