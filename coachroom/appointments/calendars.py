"""When a coach can be met: hours of a week in the coach's zone, as free times in UTC, and why a time is not free.

A day has 23, 24 or 25 hours: so the two edges of each stretch of hours become UTC, and begins are stepped there.
"""

from __future__ import annotations

from collections import Counter, defaultdict
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
    BUSY_ELSEWHERE = "busy_elsewhere"
    TOO_CLOSE = "too_close"
    DAY_FULL = "day_full"
    CLIENT_BUSY = "client_busy"


@dataclass(frozen=True)
class Taken:
    """What is booked already: of whom can be met, and of the client. `busy`: what the former do elsewhere."""

    theirs: Sequence[Span] = ()
    client: Sequence[Span] = ()
    busy: Sequence[Span] = ()


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
    look = _Look(hours, taken, now)
    days = (look.today + number * DAY for number in range(hours.horizon_days + 1))
    return [at for day in days for at in begins_of(hours, day) if look.why_not(at, day) is None]


def why_not(hours: OpeningHours, taken: Taken, at: datetime, now: datetime) -> WhyNot | None:
    """Why this begin (naive UTC) is not free; None where it is."""
    return _Look(hours, taken, now).why_not(at, day_there(at, hours.zone)) or _why_no_begin(hours, at)


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


class _Look:
    """What speaks against begins, besides the hours, as of one moment. Looks only at what is booked around each."""

    def __init__(self, hours: OpeningHours, taken: Taken, now: datetime) -> None:
        self._hours = hours
        self._soonest = now + max(hours.notice, MINUTE)
        self.today = day_there(now, hours.zone)
        self._booked_on = Counter(day_there(each.begins_at, hours.zone) for each in taken.theirs)
        # The pause between two is the longer of the two that are asked for.
        self._theirs = _by_day(taken.theirs, max(hours.before, hours.after) + hours.length)
        self._client = _by_day(taken.client, hours.length)
        self._busy = _by_day(taken.busy, hours.length)

    def why_not(self, at: datetime, day: date) -> WhyNot | None:
        """`day`: the one of `at` in the zone of the hours."""
        hours = self._hours
        if at < self._soonest:
            return WhyNot.TOO_SOON
        if day > self.today + hours.horizon_days * DAY:
            return WhyNot.TOO_FAR
        asked = Span(at, at + hours.length)
        if (why := self._in_the_way(asked)) is not None:
            return why
        if hours.most_a_day is not None and self._booked_on[day] >= hours.most_a_day:
            return WhyNot.DAY_FULL
        busy = any(asked.overlaps(each) for each in self._client.get(at.date(), ()))
        return WhyNot.CLIENT_BUSY if busy else None

    def _in_the_way(self, asked: Span) -> WhyNot | None:
        """What those who can be met have at this time, or too close to it."""
        day = asked.begins_at.date()
        near = self._theirs.get(day, ())
        pause = max(self._hours.before, self._hours.after)
        if any(asked.overlaps(each) for each in near):
            return WhyNot.TAKEN
        if any(asked.overlaps(each) for each in self._busy.get(day, ())):
            return WhyNot.BUSY_ELSEWHERE
        too_close = any(asked.wider(pause, pause).overlaps(each) for each in near)
        return WhyNot.TOO_CLOSE if too_close else None


def _by_day(spans: Sequence[Span], reach: timedelta) -> Mapping[date, Sequence[Span]]:
    """By UTC day, those that a begin on that day may come within `reach` of."""
    found: defaultdict[date, list[Span]] = defaultdict(list)
    for span in spans:
        day, last = (span.begins_at - reach).date(), (span.ends_at + reach).date()
        while day <= last:
            found[day].append(span)
            day += DAY
    return found
