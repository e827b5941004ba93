"""Free times over zones and dates: nothing outside hours, nothing twice, and a reason where a time is not free."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coachroom.appointments.calendars import (
    DAY_MINUTES,
    Hours,
    OpeningHours,
    Span,
    Taken,
    WhyNot,
    begins_of,
    free_times,
    instant,
    nearest,
    why_not,
)
from coachroom.clock import there

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [
    BERLIN,
    *map(
        ZoneInfo,
        ("America/New_York", "Africa/Cairo", "Australia/Lord_Howe", "Pacific/Auckland", "America/Santiago"),
    ),
]
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MONDAY = date(2027, 3, 1)


def changes(zone: ZoneInfo) -> list[date]:
    """The days of 2026 and 2027 on which the clocks change."""
    days = [date(2026, 1, 1) + n * DAY for n in range(730)]
    return [day for day in days if length_of(day, zone) != DAY]


def length_of(day: date, zone: ZoneInfo) -> timedelta:
    return instant(day + DAY, 0, zone) - instant(day, 0, zone)


@st.composite
def zone_and_day(draw: st.DrawFn) -> tuple[ZoneInfo, date]:
    zone = draw(st.sampled_from(ZONES))
    near = [day + n * DAY for day in changes(zone) for n in (-1, 0, 1)]
    return zone, draw(st.one_of(st.sampled_from(near), st.dates(date(2026, 1, 1), date(2027, 12, 30))))


@st.composite
def stretches(draw: st.DrawFn) -> tuple[Hours, ...]:
    edges = draw(st.lists(st.integers(0, DAY_MINUTES // 5), min_size=2, max_size=6, unique=True).map(sorted))
    return tuple(Hours(5 * a, 5 * b) for a, b in zip(edges[::2], edges[1::2], strict=False))


def every_day(
    zone: ZoneInfo, hours: tuple[Hours, ...], minutes: int = 50, step: int = 30, **more: object
) -> OpeningHours:
    return OpeningHours(zone, dict.fromkeys(range(7), hours), minutes, step, **more)  # type: ignore[arg-type]


@given(zone_and_day(), stretches(), st.integers(3, 24).map(lambda n: 5 * n), st.integers(1, 12).map(lambda n: 5 * n))
def test_no_clock_shows_a_time_outside_of_the_hours_during_an_appointment(
    where: tuple[ZoneInfo, date], hours: tuple[Hours, ...], minutes: int, step: int
) -> None:
    zone, day = where
    opening = every_day(zone, hours, minutes, step)
    begins = list(begins_of(opening, day))
    assert begins == sorted(set(begins))
    for at in begins:
        shown = [there(at + n * MINUTE, zone) for n in range(minutes)]
        assert {each.date() for each in shown} == {day}
        assert any(all(each.begins <= at.hour * 60 + at.minute < each.ends for at in shown) for each in hours), shown


@given(zone_and_day(), st.sampled_from([15, 30]))
def test_a_whole_day_has_as_many_times_as_it_is_long(where: tuple[ZoneInfo, date], minutes: int) -> None:
    zone, day = where
    opening = every_day(zone, (Hours(0, DAY_MINUTES),), minutes, minutes)
    assert len(list(begins_of(opening, day))) == length_of(day, zone) // (minutes * MINUTE)


@settings(max_examples=40)
@given(zone_and_day(), stretches(), st.integers(0, 6), st.integers(0, 6), st.integers(0, 60))
def test_whoever_books_the_first_free_time_again_and_again_books_nothing_twice(
    where: tuple[ZoneInfo, date], hours: tuple[Hours, ...], before: int, after: int, minute: int
) -> None:
    zone, day = where
    gap = timedelta(minutes=5 * max(before, after))
    opening = every_day(
        zone, hours, before=5 * before * MINUTE, after=5 * after * MINUTE, horizon_days=1, most_a_day=9
    )
    now = instant(day, 0, zone) + minute * MINUTE
    booked: list[Span] = []
    while free := free_times(opening, Taken(theirs=booked), now):
        assert all(why_not(opening, Taken(theirs=booked), at, now) is None for at in free)
        booked.append(Span(free[0], free[0] + opening.length))
    booked.sort()
    assert all(one.ends_at + gap <= other.begins_at for one, other in pairwise(booked))
    per_day = [there(each.begins_at, zone).date() for each in booked]
    assert all(per_day.count(each) <= 9 for each in per_day)
    assert all(each.begins_at > now for each in booked)


@given(zone_and_day(), st.sampled_from(ZONES))
def test_a_time_is_the_same_moment_on_the_clock_of_each_of_the_two(
    where: tuple[ZoneInfo, date], other: ZoneInfo
) -> None:
    zone, day = where
    for at in begins_of(every_day(zone, (Hours(0, DAY_MINUTES),)), day):
        assert utc(there(at, zone)) == utc(there(at, other)) == at


def utc(shown: datetime) -> datetime:
    return shown.astimezone(ZoneInfo("UTC")).replace(tzinfo=None)


@pytest.mark.parametrize(("day", "count"), [(date(2027, 3, 27), 6), (date(2027, 3, 28), 5), (date(2027, 10, 31), 7)])
def test_six_hours_of_a_night_in_berlin_are_five_in_spring_and_seven_in_autumn(day: date, count: int) -> None:
    assert len(list(begins_of(every_day(BERLIN, (Hours(0, 360),), 50, 60), day))) == count


@pytest.mark.parametrize(
    ("zone", "day", "minute", "shown"),
    [
        ("Europe/Berlin", date(2027, 3, 28), 150, "03:00"),
        ("America/New_York", date(2027, 3, 14), 150, "03:00"),
        ("Africa/Cairo", date(2027, 4, 30), 30, "01:00"),
        ("Australia/Lord_Howe", date(2027, 10, 3), 135, "02:30"),
        ("America/Santiago", date(2027, 9, 5), 30, "01:00"),
    ],
)
def test_hours_that_begin_while_clocks_leave_time_out_begin_after_it(
    zone: str, day: date, minute: int, shown: str
) -> None:
    at = instant(day, minute, ZoneInfo(zone))
    assert f"{there(at, ZoneInfo(zone)):%H:%M}" == shown
    assert instant(day, minute, ZoneInfo(zone), end=True) == at


def test_a_time_that_comes_twice_is_two_times_with_offsets_of_their_own() -> None:
    begins = list(begins_of(every_day(BERLIN, (Hours(60, 240),), 30, 60), date(2027, 10, 31)))
    assert [f"{there(at, BERLIN):%H:%M%z}" for at in begins] == [
        "01:00+0200",
        "02:00+0200",
        "02:00+0100",
        "03:00+0100",
    ]


def opening(**more: object) -> OpeningHours:
    week = {weekday: (Hours(540, 720), Hours(840, 1020)) for weekday in range(5)}
    return OpeningHours(BERLIN, week, 50, 30, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("at", "why"),
    [
        (datetime(2027, 3, 1, 7, 30), WhyNot.TOO_SOON),
        (datetime(2027, 3, 2, 9, 30), WhyNot.TOO_SOON),
        (datetime(2027, 5, 31, 9), WhyNot.TOO_FAR),
        (datetime(2027, 3, 6, 9), WhyNot.DAY_OFF),
        (datetime(2027, 3, 4, 9), WhyNot.DAY_OFF),
        (datetime(2027, 3, 3, 11), WhyNot.OUTSIDE_HOURS),
        (datetime(2027, 3, 3, 10, 30), WhyNot.OUTSIDE_HOURS),
        (datetime(2027, 3, 2, 13, 10), WhyNot.NO_BEGIN),
        (datetime(2027, 3, 3, 8), WhyNot.TAKEN),
        (datetime(2027, 3, 3, 9, 30), WhyNot.TOO_CLOSE),
        (datetime(2027, 3, 5, 13), WhyNot.DAY_FULL),
        (datetime(2027, 3, 3, 13), WhyNot.CLIENT_BUSY),
        (datetime(2027, 3, 3, 14), None),
        (datetime(2027, 3, 5, 9, 30), WhyNot.DAY_FULL),
        (datetime(2027, 3, 9, 9, 30), WhyNot.BUSY_ELSEWHERE),
        (datetime(2027, 3, 9, 8, 30), None),
    ],
)
def test_each_time_that_is_not_free_has_its_reason(at: datetime, why: WhyNot | None) -> None:
    calendar = opening(days={date(2027, 3, 4): ()}, after=15 * MINUTE, notice=DAY, horizon_days=60, most_a_day=2)
    booked = [datetime(2027, 3, 3, 8, 30), datetime(2027, 3, 5, 8), datetime(2027, 3, 5, 15)]
    taken = Taken(
        theirs=[Span(each, each + calendar.length) for each in booked],
        client=[Span(datetime(2027, 3, 3, 13, 15), datetime(2027, 3, 3, 13, 40))],
        busy=[Span(datetime(2027, 3, 9, 9, 20), datetime(2027, 3, 9, 9, 40))],
    )
    now = datetime(2027, 3, 1, 10)
    assert why_not(calendar, taken, at, now) is why
    assert (at in free_times(calendar, taken, now)) is (why is None)


def test_hours_of_one_day_replace_those_of_the_week() -> None:
    saturday = date(2027, 3, 6)
    times = list(begins_of(opening(days={saturday: (Hours(600, 660),)}), saturday))
    assert times == [datetime(2027, 3, 6, 9)]


def test_the_nearest_times_are_those_around_the_one_that_was_wanted() -> None:
    times = [datetime(2027, 3, 3, hour) for hour in (7, 9, 10, 13, 20)]
    assert nearest(times, datetime(2027, 3, 3, 11)) == [datetime(2027, 3, 3, hour) for hour in (9, 10, 13)]
