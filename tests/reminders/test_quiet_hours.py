"""Quiet hours on clients' own clocks, over zones and changes of clocks."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachroom.clock import there
from coachroom.reminders.quiet_hours import NIGHTS, QuietHours

ZONES = [
    ZoneInfo(name)
    for name in (
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Africa/Cairo",
        "Australia/Lord_Howe",
        "Pacific/Auckland",
        "America/Santiago",
        "Asia/Kathmandu",
    )
]
HOURS = st.integers(0, 23)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31))
BERLIN = ZoneInfo("Europe/Berlin")


@given(moment=MOMENTS, zone=st.sampled_from(ZONES), begins=HOURS, ends=HOURS)
def test_a_reminder_goes_at_the_first_moment_that_is_not_quiet(
    moment: datetime, zone: ZoneInfo, begins: int, ends: int
) -> None:
    quiet = QuietHours(begins, ends)
    over = quiet.over_at(moment, zone)
    assert over >= moment
    assert not quiet.hold(there(over, zone).hour)
    step = timedelta(minutes=7)
    while moment < over:
        assert quiet.hold(there(moment, zone).hour)
        moment += step


@given(moment=MOMENTS, zone=st.sampled_from(ZONES), hour=HOURS)
def test_where_both_hours_are_the_same_no_hour_is_quiet(moment: datetime, zone: ZoneInfo, hour: int) -> None:
    assert QuietHours(hour, hour).over_at(moment, zone) == moment


@pytest.mark.parametrize(
    ("moment", "over"),
    [
        # 21:00 on 1 May until 8:00 on 2 May, in summer time.
        (datetime(2026, 5, 1, 18, 59), datetime(2026, 5, 1, 18, 59)),
        (datetime(2026, 5, 1, 19), datetime(2026, 5, 2, 6)),
        (datetime(2026, 5, 2, 5, 59), datetime(2026, 5, 2, 6)),
        (datetime(2026, 5, 2, 6), datetime(2026, 5, 2, 6)),
        # The nights in which clocks change have ten hours, and twelve.
        (datetime(2026, 3, 28, 20), datetime(2026, 3, 29, 6)),
        (datetime(2026, 10, 24, 19), datetime(2026, 10, 25, 7)),
    ],
)
def test_the_quiet_hours_of_a_night_in_berlin(moment: datetime, over: datetime) -> None:
    assert NIGHTS.over_at(moment, BERLIN) == over
