"""The community's day and month, in its own time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class CommunityDay:
    """One day of the community. Its moments are naive UTC; each is the first that is not part of the day or month."""

    calendar_date: date
    ends_at: datetime
    month_ends_at: datetime

    @property
    def first_of_month(self) -> date:
        return self.calendar_date.replace(day=1)

    @property
    def days_left_in_month(self) -> int:
        """How many days of the month come after this one."""
        return (_next_month(self.calendar_date) - self.calendar_date).days - 1


def community_day(now: datetime, zone: ZoneInfo) -> CommunityDay:
    """The day that it is at `now` (naive UTC) in `zone`."""
    today = now.replace(tzinfo=UTC).astimezone(zone).date()
    return CommunityDay(today, _begins(today + ONE_DAY, zone), _begins(_next_month(today), zone))


def _next_month(day: date) -> date:
    return (day.replace(day=28) + 4 * ONE_DAY).replace(day=1)


def _begins(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a day. Where clocks skip midnight, that is the moment at which they do."""
    return datetime.combine(day, time(), zone).astimezone(UTC).replace(tzinfo=None)
