"""The hours of a client's own day in which nothing is sent to them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from coachroom.clock import there


@dataclass(frozen=True)
class QuietHours:
    """Whole hours from 0 to 23 on the client's clock; where the two are the same, no hour is quiet."""

    begins: int
    ends: int

    def hold(self, hour: int) -> bool:
        """Whether this hour of the day is quiet."""
        if self.begins <= self.ends:
            return self.begins <= hour < self.ends
        return hour >= self.begins or hour < self.ends

    def over_at(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """The first moment from this one on that is not quiet; both naive UTC."""
        local = there(moment, zone)
        if not self.hold(local.hour):
            return moment
        day = local.date() if local.hour < self.ends else local.date() + timedelta(days=1)
        # Of an hour that clocks show twice, the first that is still ahead.
        return next(at for at in (_instant(day, self.ends, zone, fold) for fold in (0, 1)) if at > moment)


NIGHTS = QuietHours(21, 8)


def hour_of(day: date, hour: int, zone: ZoneInfo) -> datetime:
    """When this hour begins on this day in the zone; naive UTC."""
    return _instant(day, hour, zone, 0)


def _instant(day: date, hour: int, zone: ZoneInfo, fold: int) -> datetime:
    return datetime.combine(day, time(hour, fold=fold), zone).astimezone(UTC).replace(tzinfo=None)
