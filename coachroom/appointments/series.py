"""Dates that repeat every so many weeks at the same time of one clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from coachroom.appointments.calendars import instant
from coachroom.clock import there
from coachroom.coaching.validation import InvalidInputError

EVERY_WEEKS = (1, 2, 4)
MAX_DATES = 12


@dataclass(frozen=True)
class SeriesRule:
    """`first`: the first begin, naive UTC. The others follow every so many weeks, `count` dates in all."""

    first: datetime
    every_weeks: int
    count: int

    def check(self) -> None:
        """Raises InvalidInputError."""
        if self.every_weeks not in EVERY_WEEKS:
            raise InvalidInputError("A series repeats every week, every two weeks or every four weeks.")
        if not 2 <= self.count <= MAX_DATES:
            raise InvalidInputError(f"A series has from 2 to {MAX_DATES} dates.")


@dataclass(frozen=True, order=True)
class SeriesDate:
    """`begins_at`: naive UTC. `wall`: what the clock of the series is to show then; it may leave that time out."""

    begins_at: datetime
    wall: datetime


def wall_clock(moment: datetime, zone: ZoneInfo) -> datetime:
    """What the clock of the zone shows at a naive UTC moment, without its offset."""
    return there(moment, zone).replace(tzinfo=None)


def moment_of(wall: datetime, zone: ZoneInfo) -> datetime:
    """The naive UTC moment at which the clock shows this time.

    A time that clocks leave out is the first minute after it; of one that comes twice it is the first.
    """
    return instant(wall.date(), wall.hour * 60 + wall.minute, zone, end=True)


def keeps_wall_clock(begins_at: datetime, wall: datetime, zone: ZoneInfo) -> bool:
    """Whether a date still begins when its clock says so, as the rules of the zone are now."""
    # Of a time that comes twice, either is right: a series may begin at the second.
    return wall_clock(begins_at, zone) == wall or moment_of(wall, zone) == begins_at


def dates_of(rule: SeriesRule, zone: ZoneInfo) -> list[SeriesDate]:
    """All dates of the series, in order, by the clock of the zone."""
    wall = wall_clock(rule.first, zone)
    later = (wall + timedelta(weeks=rule.every_weeks * number) for number in range(1, rule.count))
    return [SeriesDate(rule.first, wall), *(SeriesDate(moment_of(each, zone), each) for each in later)]


def shifted(date: SeriesDate, zone: ZoneInfo, by: timedelta) -> SeriesDate:
    """The date as late as `by` says on the clock of the series; weeks keep the time that the clock shows."""
    wall = date.wall + by
    return SeriesDate(moment_of(wall, zone), wall)


def left_out(date: SeriesDate, zone: ZoneInfo) -> bool:
    """Whether clocks leave the time of the series out on this day, so that the date begins later."""
    return wall_clock(date.begins_at, zone) != date.wall
