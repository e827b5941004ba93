"""Series keep the time that their clock shows: over zones, over changes of clocks, and date by date."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachroom.app.container import Services
from coachroom.appointments.calendars import DAY_MINUTES, Hours
from coachroom.appointments.rows import AppointmentChangedError, AppointmentNotFoundError
from coachroom.appointments.series import (
    EVERY_WEEKS,
    MAX_DATES,
    SeriesRule,
    dates_of,
    keeps_wall_clock,
    left_out,
    wall_clock,
)
from coachroom.appointments.series_bookings import SeriesNotFreeError
from coachroom.appointments.states import AppointmentStatus
from coachroom.clock import there
from coachroom.coaching.validation import InvalidInputError
from tests.appointments.houses import AI, ANA_MAIL, BOTH, CARLA, MONDAY, book, minutes, set_hours, weekly
from tests.services import ANA, BEN, HandClock, opened, store_of

ZONES = [
    *map(
        ZoneInfo,
        (
            "Europe/Berlin",
            "America/New_York",
            "Africa/Cairo",
            "Australia/Lord_Howe",
            "Pacific/Auckland",
            "America/Santiago",
        ),
    )
]
WEEK = timedelta(weeks=1)


@pytest.fixture
def services(tmp_path: Path, clock: HandClock) -> Iterator[Services]:
    with opened(tmp_path, clock, live_coach=True, appointments=True) as running:
        store_of(running).execute("UPDATE members SET coach_email = $1 WHERE role = 'client'", [CARLA])
        set_hours(running)
        yield running


@given(
    st.sampled_from(ZONES),
    st.integers(0, 2 * 365 * 24 * 12).map(lambda n: datetime(2026, 1, 1) + n * minutes(5)),
    st.sampled_from(EVERY_WEEKS),
    st.integers(2, MAX_DATES),
)
def test_every_date_shows_the_same_time_on_the_clock_of_the_series(
    zone: ZoneInfo, first: datetime, every: int, count: int
) -> None:
    dates = dates_of(SeriesRule(first, every, count), zone)
    assert len(dates) == count
    assert dates == sorted(set(dates))
    assert dates[0].begins_at == first
    for number, date in enumerate(dates):
        assert date.wall == wall_clock(first, zone) + number * every * WEEK
        assert keeps_wall_clock(date.begins_at, date.wall, zone)
        shown = there(date.begins_at, zone)
        if not left_out(date, zone):
            assert shown.replace(tzinfo=None) == date.wall
        else:
            # The first minute after the hole: a minute before, the clock showed a time before the one of the series.
            before = there(date.begins_at - minutes(1), zone)
            assert before.replace(tzinfo=None) < date.wall < shown.replace(tzinfo=None)
            assert before.utcoffset() != shown.utcoffset()


def test_a_date_whose_time_clocks_leave_out_begins_at_the_first_minute_after() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    dates = dates_of(SeriesRule(datetime(2027, 3, 21, 1, 30), 1, 3), berlin)
    assert [f"{there(each.begins_at, berlin):%H:%M}" for each in dates] == ["02:30", "03:00", "02:30"]
    assert [left_out(each, berlin) for each in dates] == [False, True, False]


def test_a_series_that_begins_at_the_second_of_a_time_that_comes_twice_keeps_it() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    second = datetime(2027, 10, 31, 1, 30)
    dates = dates_of(SeriesRule(second, 1, 2), berlin)
    assert dates[0].begins_at == second
    assert keeps_wall_clock(second, dates[0].wall, berlin)
    assert not keeps_wall_clock(second + minutes(60), dates[0].wall, berlin)


def test_a_client_books_a_series_and_each_date_is_an_appointment(services: Services) -> None:
    made = weekly(services)
    assert [each.begins_at for each in made] == [MONDAY + n * WEEK for n in range(4)]
    assert len({each.series_id for each in made}) == 1
    assert {each.wall_zone for each in made} == {"Europe/Berlin"}
    assert services.appointments.of_client(ANA) == services.appointments.of_coach(CARLA) == made
    assert store_of(services).execute("SELECT count(*) FROM booked_cells") == [(4 * 2 * 10,)]


def test_a_series_keeps_the_coachs_clock_over_a_change_of_clocks(services: Services, clock: HandClock) -> None:
    clock.now = datetime(2026, 10, 9, 12)
    rule = SeriesRule(datetime(2026, 10, 12, 14), 1, 4)
    dates = [each.begins_at for each in services.series.plan(ANA, BOTH, rule)]
    assert [at.hour for at in dates] == [14, 14, 15, 15]


def test_dates_that_are_not_free_are_shown_and_the_others_booked(services: Services) -> None:
    book(services, MONDAY + WEEK, client=BEN)
    services.coach_calendars.set_day(CARLA, (MONDAY + 2 * WEEK).date(), [])
    planned = services.series.plan(ANA, BOTH, SeriesRule(MONDAY, 1, 4))
    assert [each.why for each in planned] == [
        None,
        "This time is taken.",
        "There are no appointments on this day.",
        None,
    ]
    assert [each.begins_at for each in weekly(services)] == [MONDAY, MONDAY + 3 * WEEK]


def test_a_date_that_was_taken_since_the_page_showed_it_books_none(services: Services) -> None:
    rule = SeriesRule(MONDAY, 1, 3)
    free = [each.begins_at for each in services.series.plan(ANA, BOTH, rule)]
    book(services, MONDAY + WEEK, client=BEN)
    with pytest.raises(SeriesNotFreeError, match=r"Monday, 11 May 2026, .* This time is taken.* Nothing was changed"):
        services.series.book(ANA, BOTH, rule, free, by=ANA_MAIL)
    assert services.appointments.of_client(ANA) == []


def test_no_date_is_booked_that_is_not_of_the_series(services: Services) -> None:
    rule = SeriesRule(MONDAY, 1, 3)
    for only in ([], [MONDAY + minutes(30)], [MONDAY, MONDAY + 3 * WEEK]):
        with pytest.raises(InvalidInputError):
            services.series.book(ANA, BOTH, rule, only, by=ANA_MAIL)
    for odd in (SeriesRule(MONDAY, 3, 3), SeriesRule(MONDAY, 1, 1), SeriesRule(MONDAY, 1, MAX_DATES + 1)):
        with pytest.raises(InvalidInputError):
            services.series.plan(ANA, BOTH, odd)


def test_the_ai_coach_can_be_met_in_a_series_for_a_year_and_a_human_coach_as_far_as_they_plan(
    services: Services,
) -> None:
    rule = SeriesRule(MONDAY + minutes(360), 4, MAX_DATES)
    assert [each.why for each in services.series.plan(ANA, AI, rule)] == [None] * MAX_DATES
    far = services.series.plan(ANA, BOTH, SeriesRule(MONDAY, 4, MAX_DATES))
    assert [each.why is None for each in far] == [True] * 3 + [False] * 9
    assert {each.why for each in services.series.plan(ANA, BOTH, SeriesRule(MONDAY, 4, 12), by_coach=True)} == {None}


def test_one_date_is_moved_and_the_others_stay(services: Services) -> None:
    first, second, third, _ = weekly(services)
    moved = services.appointments.move(second.id, ANA, second.begins_at, second.begins_at + minutes(60), by=ANA_MAIL)
    assert (moved.series_id, moved.sequence) == (second.series_id, 1)
    assert moved.wall_begins == wall_clock(moved.begins_at, ZoneInfo("Europe/Berlin"))
    ahead = services.appointments.of_client(ANA)
    assert (ahead[0], ahead[1], ahead[2]) == (first, moved, third)


def test_a_date_and_all_later_ones_are_moved_as_far_on_the_clock(services: Services, clock: HandClock) -> None:
    clock.now = datetime(2026, 10, 9, 12)
    rule = SeriesRule(datetime(2026, 10, 12, 14), 1, 4)
    free = [each.begins_at for each in services.series.plan(ANA, BOTH, rule)]
    first, second, *_ = services.series.book(ANA, BOTH, rule, free, by=ANA_MAIL)
    # From Monday at 16:00 to Tuesday at 15:00 in Berlin.
    to = second.begins_at + timedelta(days=1) - minutes(60)
    services.series.move_from(second.id, ANA, second.begins_at, to, by=ANA_MAIL)
    ahead = services.appointments.of_client(ANA)
    assert ahead[0] == first
    assert [f"{there(each.begins_at, ZoneInfo('Europe/Berlin')):%a %H:%M}" for each in ahead[1:]] == ["Tue 15:00"] * 3
    assert [each.sequence for each in ahead[1:]] == [1, 1, 1]


def test_a_series_can_be_moved_onto_its_own_times_and_not_onto_those_of_others(services: Services) -> None:
    dates = weekly(services, 3)
    services.series.move_from(dates[0].id, ANA, MONDAY, MONDAY + minutes(30), by=ANA_MAIL)
    other = book(services, MONDAY + WEEK + minutes(240), client=BEN)
    with pytest.raises(SeriesNotFreeError, match="11 May 2026"):
        services.series.move_from(dates[0].id, ANA, MONDAY + minutes(30), other.begins_at - WEEK, by=ANA_MAIL)
    begins = [each.begins_at for each in services.appointments.of_client(ANA)]
    assert begins == [MONDAY + minutes(30) + n * WEEK for n in range(3)]


def test_a_date_and_all_later_ones_are_cancelled_and_their_time_is_free(services: Services) -> None:
    first, second, third, fourth = weekly(services)

    with pytest.raises(AppointmentNotFoundError):
        services.series.cancel_own_from(second.id, BEN, None, by="ben.okafor@example.com")
    done = services.series.cancel_own_from(second.id, ANA, "A break", by=ANA_MAIL)
    assert [each.id for each in done] == [second.id, third.id, fourth.id]
    assert {(each.status, each.sequence, each.cancelled_why) for each in done} == {
        (AppointmentStatus.CANCELLED, 1, "A break")
    }
    assert services.appointments.of_client(ANA) == [first]
    assert services.appointments.why_not_free(BEN, BOTH, second.begins_at) is None
    with pytest.raises(AppointmentChangedError):
        services.series.cancel_own_from(second.id, ANA, None, by=ANA_MAIL)


def test_nobody_changes_somebody_elses_series(services: Services) -> None:
    first, *_ = weekly(services)
    with pytest.raises(AppointmentNotFoundError):
        services.series.move_from(first.id, BEN, MONDAY, MONDAY + minutes(30), by="ben.okafor@example.com")
    single = book(services, MONDAY + minutes(240), client=BEN)
    with pytest.raises(AppointmentChangedError):
        services.series.move_from(single.id, BEN, single.begins_at, MONDAY + minutes(300), by="b@example.com")


def test_hours_that_are_shorter_later_do_not_move_what_is_booked(services: Services) -> None:
    made = weekly(services)
    set_hours(services, week={0: (Hours(0, DAY_MINUTES),)})
    assert services.appointments.of_client(ANA) == made
