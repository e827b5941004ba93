"""How appointments' times read to people: on the clock of a zone, and never to be taken for another."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from coachroom.clock import day_there, there


def day_text(moment: datetime, zone: ZoneInfo) -> str:
    """The day that it is in the zone, as `long_day` says it."""
    return long_day(day_there(moment, zone))


def long_day(day: date) -> str:
    """Such as "Friday, 1 May 2026"."""
    return f"{day:%A}, {day.day} {day:%B %Y}"


def clock_text(moment: datetime, zone: ZoneInfo) -> str:
    """Such as "18:00"; "02:30 (UTC+2)" where the clock shows that time twice on this day."""
    local = there(moment, zone)
    twice = local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset()
    return f"{local:%H:%M}{f' ({_offset(local)})' if twice else ''}"


def time_text(moment: datetime, zone: ZoneInfo) -> str:
    """Such as "Friday, 1 May 2026, 18:00"."""
    return f"{day_text(moment, zone)}, {clock_text(moment, zone)}"


def both_clocks(moment: datetime, zone: ZoneInfo, other: ZoneInfo | None, whose: str) -> str:
    """The time on the reader's clock, with that of the other where they differ: "18:00 (12:00 for Carla)"."""
    own = clock_text(moment, zone)
    if other is None or there(moment, zone).utcoffset() == there(moment, other).utcoffset():
        return own
    local = there(moment, other)
    day = f" on {local:%A}" if local.date() != there(moment, zone).date() else ""
    return f"{own} ({clock_text(moment, other)}{day} for {whose})"


def _offset(local: datetime) -> str:
    offset = local.utcoffset() or timedelta()
    sign, minutes = ("−" if offset < timedelta() else "+"), abs(offset) // timedelta(minutes=1)
    return f"UTC{sign}{minutes // 60}{f':{minutes % 60:02}' if minutes % 60 else ''}"
