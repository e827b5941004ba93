"""Which three of many free times somebody is offered. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from coachroom.clock import day_there, there

OFFERED = 3


def times_by_day(free: Sequence[datetime], zone: ZoneInfo) -> dict[date, list[datetime]]:
    """The times (naive UTC) of each day in the zone, as they come."""
    days: dict[date, list[datetime]] = {}
    for at in free:
        days.setdefault(day_there(at, zone), []).append(at)
    return days


def on_three_days(free: Sequence[datetime], day: date, wanted: datetime, zone: ZoneInfo) -> list[datetime]:
    """On each of the first days from `day` on that have free times, the one nearest to the time of day of `wanted`.

    Where fewer days have some, times of earlier days, the latest first. In order.
    """
    days = times_by_day(free, zone)
    later = [each for each in days if each >= day][:OFFERED]
    earlier = [each for each in reversed(days) if each < day][: OFFERED - len(later)]
    return sorted(min(days[each], key=lambda at: _apart(at, wanted, zone)) for each in [*later, *earlier])


def three_times_like(free: Sequence[datetime], wanted: datetime, zone: ZoneInfo) -> list[datetime]:
    """As `on_three_days` from the first day on; where fewer days have free times, more of these. In order."""
    first = on_three_days(free, date.min, wanted, zone)
    rest = [at for at in free if at not in first]
    return sorted([*first, *rest[: OFFERED - len(first)]])


def _apart(at: datetime, wanted: datetime, zone: ZoneInfo) -> tuple[int, datetime]:
    """How many minutes of the day lie between the two on the clock of the zone; the earlier of two is nearer."""
    shown, told = there(at, zone), there(wanted, zone)
    return abs((shown.hour - told.hour) * 60 + shown.minute - told.minute), at
