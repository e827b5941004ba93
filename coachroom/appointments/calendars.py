"""When a coach can be met: hours of a week in the coach's zone, as free times in UTC, and why a time is not free.

A day has 23, 24 or 25 hours: so the two edges of each stretch of hours become UTC, and begins are stepped there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from coachroom.clock import day_there, there

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
DAY_MINUTES = 24 * 60
# Booked times are kept in cells of so many minutes: every edge lies on one.
CELL_MINUTES = 5
# How many times are shown to whoever cannot have the one they chose.
NEAREST = 3


@dataclass(frozen=True, order=True)
class Hours:
    """From one minute of the local day up to another; 1440 is midnight at its end."""

    begins: int
    ends: int


@dataclass(frozen=True, order=True)
class Span:
    """From one moment up to another, naive UTC."""

    begins_at: datetime
    ends_at: datetime

    def overlaps(self, other: Span) -> bool:
        return self.begins_at < other.ends_at and other.begins_at < self.ends_at

    def wider(self, before: timedelta, after: timedelta) -> Span:
        return Span(self.begins_at - before, self.ends_at + after)


@dataclass(frozen=True)
class OpeningHours:
    """Who can be met when. `week`: the hours of each weekday, 0 is Monday. `days`: what replaces them on a day; no
    hours mean that the day is off. `minutes`: how long an appointment lasts. `step_minutes`: from one begin to the
    next. `before` and `after`: what stays free around appointments. `notice`: the least time from now on.
    """

    zone: ZoneInfo
    week: Mapping[int, Sequence[Hours]]
    minutes: int
    step_minutes: int
    days: Mapping[date, Sequence[Hours]] = field(default_factory=dict)
    before: timedelta = timedelta()
    after: timedelta = timedelta()
    notice: timedelta = timedelta()
    horizon_days: int = 60
    most_a_day: int | None = None

    @property
    def length(self) -> timedelta:
        return timedelta(minutes=self.minutes)

    def hours_on(self, day: date) -> Sequence[Hours]:
        """The hours of one day of the zone."""
        return self.days.get(day, self.week.get(day.weekday(), ()))


class WhyNot(StrEnum):
    """Why a time is not free. The first that is true is told."""

    TOO_SOON = "too_soon"
    TOO_FAR = "too_far"
    DAY_OFF = "day_off"
    OUTSIDE_HOURS = "outside_hours"
    NO_BEGIN = "no_begin"
    TAKEN = "taken"
    TOO_CLOSE = "too_close"
    DAY_FULL = "day_full"
    CLIENT_BUSY = "client_busy"


@dataclass(frozen=True)
class Taken:
    """What is booked already: of whom can be met, and of the client."""

    theirs: Sequence[Span] = ()
    client: Sequence[Span] = ()

    def without(self, span: Span | None) -> Taken:
        """As if an appointment that is to be moved were gone."""
        if span is None:
            return self
        return Taken(*([each for each in spans if each != span] for spans in (self.theirs, self.client)))


def instant(day: date, minute: int, zone: ZoneInfo, *, end: bool = False) -> datetime:
    """A minute of a local day as naive UTC.

    A time that clocks leave out is the moment at which they do. Of one that comes twice, hours begin at the second
    and end at the first, so that no clock shows a time outside of them.
    """
    local = datetime.combine(day, time()) + minute * MINUTE
    earlier, later = sorted(
        local.replace(tzinfo=zone, fold=fold).astimezone(UTC).replace(tzinfo=None) for fold in (0, 1)
    )
    if earlier == later:
        return earlier
    if there(earlier, zone).replace(tzinfo=None) == local:
        return earlier if end else later
    return _clocks_change(earlier, later, zone)


def _clocks_change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The first minute in (before, after] with the later offset."""
    offset = there(after, zone).utcoffset()
    low, high = 0, (after - before) // MINUTE
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if there(before + middle * MINUTE, zone).utcoffset() == offset else (middle, high)
    return before + high * MINUTE


def begins_of(hours: OpeningHours, day: date) -> Iterator[datetime]:
    """All begins of one day of the zone, free or not, in order; naive UTC."""
    last = datetime.min
    for stretch in sorted(hours.hours_on(day)):
        at, ends_at = instant(day, stretch.begins, hours.zone), instant(day, stretch.ends, hours.zone, end=True)
        while at + hours.length <= ends_at:
            if at > last:
                last = at
                yield at
            at += hours.step_minutes * MINUTE


def free_times(hours: OpeningHours, taken: Taken, now: datetime) -> list[datetime]:
    """Every begin that can be booked now, in order; naive UTC."""
    today = day_there(now, hours.zone)
    booked_on = _booked_on(hours, taken)
    return [
        at
        for number in range(hours.horizon_days + 1)
        for at in begins_of(hours, today + number * DAY)
        if _why_not(hours, taken, at, now, booked_on) is None
    ]


def why_not(hours: OpeningHours, taken: Taken, at: datetime, now: datetime) -> WhyNot | None:
    """Why this begin (naive UTC) is not free; None where it is."""
    return _why_not(hours, taken, at, now, _booked_on(hours, taken)) or _why_no_begin(hours, at)


def nearest(times: Sequence[datetime], wanted: datetime, most: int = NEAREST) -> list[datetime]:
    """Those of the times that are nearest to the one that was wanted, in order."""
    return sorted(sorted(times, key=lambda each: (abs(each - wanted), each))[:most])


def _why_no_begin(hours: OpeningHours, at: datetime) -> WhyNot | None:
    day = day_there(at, hours.zone)
    if at in begins_of(hours, day):
        return None
    if not hours.hours_on(day):
        return WhyNot.DAY_OFF
    asked = Span(at, at + hours.length)
    inside = any(
        instant(day, each.begins, hours.zone) <= asked.begins_at
        and asked.ends_at <= instant(day, each.ends, hours.zone, end=True)
        for each in hours.hours_on(day)
    )
    return WhyNot.NO_BEGIN if inside else WhyNot.OUTSIDE_HOURS


def _why_not(
    hours: OpeningHours, taken: Taken, at: datetime, now: datetime, booked_on: Mapping[date, int]
) -> WhyNot | None:
    """What speaks against it besides the hours."""
    if at < now + hours.notice or at <= now:
        return WhyNot.TOO_SOON
    day = day_there(at, hours.zone)
    if day > day_there(now, hours.zone) + hours.horizon_days * DAY:
        return WhyNot.TOO_FAR
    asked = Span(at, at + hours.length)
    if any(asked.overlaps(each) for each in taken.theirs):
        return WhyNot.TAKEN
    if any(
        asked.wider(hours.before, hours.after).overlaps(each) or asked.overlaps(each.wider(hours.before, hours.after))
        for each in taken.theirs
    ):
        return WhyNot.TOO_CLOSE
    if hours.most_a_day is not None and booked_on.get(day, 0) >= hours.most_a_day:
        return WhyNot.DAY_FULL
    return WhyNot.CLIENT_BUSY if any(asked.overlaps(each) for each in taken.client) else None


def _booked_on(hours: OpeningHours, taken: Taken) -> Mapping[date, int]:
    return Counter(day_there(each.begins_at, hours.zone) for each in taken.theirs)
