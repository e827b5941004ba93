"""Which three of many free times somebody is offered."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from coachroom.appointments.three_times import OFFERED, on_three_days, three_times_like
from coachroom.clock import day_there
from tests.appointments.houses import BERLIN, MONDAY


@given(
    st.lists(st.datetimes(datetime(2026, 5, 5), datetime(2026, 5, 20)), unique=True),
    st.sampled_from(["UTC", "Asia/Kathmandu"]),
)
def test_three_times_are_offered_where_there_are_three(free: list[datetime], zone: str) -> None:
    free.sort()
    offered = three_times_like(free, MONDAY, ZoneInfo(zone))
    assert len(offered) == min(OFFERED, len(free))
    assert offered == sorted(set(offered))
    assert set(offered) <= set(free)


def test_the_times_are_like_the_one_that_was_missed() -> None:
    free = [MONDAY + timedelta(days=day, hours=hour) for day in (1, 2, 3, 4) for hour in (-2, 0, 5)]
    assert three_times_like(free, MONDAY, BERLIN) == [MONDAY + timedelta(days=day) for day in (1, 2, 3)]


def test_where_few_days_are_free_earlier_ones_are_offered_too() -> None:
    now, zone = datetime(2026, 5, 1, 12), BERLIN
    free = [datetime(2026, 5, day, hour) for day in (2, 3, 4) for hour in (7, 12, 16)]
    assert on_three_days(free, date(2026, 5, 4), now, zone) == [datetime(2026, 5, day, 12) for day in (2, 3, 4)]
    assert on_three_days([], date(2026, 5, 4), now, zone) == []
    late = [datetime(2026, 5, 8, 22, 30) + timedelta(minutes=30 * n) for n in range(4)]
    assert day_there(on_three_days(late, date(2026, 5, 9), now, ZoneInfo("Asia/Tokyo"))[0], zone) == date(2026, 5, 9)
