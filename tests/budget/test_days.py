"""The community's day: it begins at midnight there, whatever the clocks do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachroom.budget.days import community_day

# Clocks change at midnight, by half an hour, by skipping a whole day.
ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/Havana",
    "Asia/Beirut",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Asia/Kathmandu",
]


@pytest.mark.parametrize(
    ("zone", "now", "day", "ends_at"),
    [
        ("UTC", "2026-05-01T12:00", "2026-05-01", "2026-05-02T00:00"),
        ("Europe/Berlin", "2026-05-01T22:30", "2026-05-02", "2026-05-02T22:00"),
        ("Europe/Berlin", "2026-03-28T23:00", "2026-03-29", "2026-03-29T22:00"),  # 23 hours long
        ("Europe/Berlin", "2026-10-24T22:00", "2026-10-25", "2026-10-25T23:00"),  # 25 hours long
        ("America/New_York", "2026-05-01T03:59", "2026-04-30", "2026-05-01T04:00"),
        ("America/Havana", "2026-03-08T04:59", "2026-03-07", "2026-03-08T05:00"),  # 0:00 becomes 1:00
        ("America/Havana", "2026-11-01T05:30", "2026-11-01", "2026-11-02T05:00"),  # 1:00 becomes 0:00
        ("Asia/Kathmandu", "2026-05-01T18:14", "2026-05-01", "2026-05-01T18:15"),
    ],
)
def test_a_day_ends_at_local_midnight(zone: str, now: str, day: str, ends_at: str) -> None:
    found = community_day(datetime.fromisoformat(now), ZoneInfo(zone))
    assert found.calendar_date == date.fromisoformat(day)
    assert found.ends_at == datetime.fromisoformat(ends_at)


@pytest.mark.parametrize(
    ("now", "first", "ends_at", "left"),
    [
        ("2026-05-01T12:00", "2026-05-01", "2026-05-31T22:00", 30),
        ("2026-05-31T21:59", "2026-05-01", "2026-05-31T22:00", 0),
        ("2026-12-31T12:00", "2026-12-01", "2026-12-31T23:00", 0),
        ("2028-02-10T12:00", "2028-02-01", "2028-02-29T23:00", 19),
    ],
)
def test_a_month_ends_with_its_last_day(now: str, first: str, ends_at: str, left: int) -> None:
    found = community_day(datetime.fromisoformat(now), ZoneInfo("Europe/Berlin"))
    assert (found.first_of_month, found.month_ends_at, found.days_left_in_month) == (
        date.fromisoformat(first),
        datetime.fromisoformat(ends_at),
        left,
    )


@given(
    now=st.datetimes(datetime(2000, 1, 1), datetime(2035, 1, 1)),
    zone=st.sampled_from(ZONES),
)
def test_every_moment_is_on_the_day_that_the_clocks_there_show(now: datetime, zone: str) -> None:
    day = community_day(now, ZoneInfo(zone))
    assert now < day.ends_at <= day.month_ends_at
    assert day.ends_at - now <= timedelta(hours=25)
    assert now.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date() == day.calendar_date
    # The next day begins where this one ends, a moment earlier it is still today.
    assert community_day(day.ends_at, ZoneInfo(zone)).calendar_date > day.calendar_date
    before = community_day(day.ends_at - timedelta(microseconds=1), ZoneInfo(zone))
    assert before.calendar_date == day.calendar_date
