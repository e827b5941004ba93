"""What a client may still take today: whether a call may start, and how long it may last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from coachroom.budget.amounts import ByPeriod, Kind, Period
from coachroom.budget.days import CommunityDay

# A call shorter than this helps nobody.
MIN_CALL = timedelta(minutes=1)


@dataclass(frozen=True)
class Grant:
    """A call may start and last up to `longest`. `limited_by`: the period whose budget allows no longer one."""

    longest: timedelta
    limited_by: Period | None = None


@dataclass(frozen=True)
class Allowance:
    """What is left for one client, by period, on this day of the community."""

    left: ByPeriod
    day: CommunityDay

    def least(self, kind: Kind) -> tuple[Period, float]:
        """The period that leaves the least of this kind, and how much; of equals, the one that is renewed last."""
        return min(((period, self.left[period].of(kind)) for period in reversed(Period)), key=lambda each: each[1])

    def renewed_at(self, period: Period) -> datetime:
        """When this period's budget is there again, naive UTC."""
        return self.day.month_ends_at if period is Period.COMMUNITY_MONTH else self.day.ends_at

    def no_address(self) -> Period | None:
        """The period that allows no further signed address, or no call at it."""
        return self._used_up(Kind.ADDRESSES, 1) or self.no_call()

    def no_call(self, wanted: timedelta = MIN_CALL) -> Period | None:
        """The period that allows no call to start, where one of up to `wanted` is asked for."""
        needed = min(wanted, MIN_CALL) / timedelta(minutes=1)
        return self._used_up(Kind.CALLS, 1) or self._used_up(Kind.MINUTES, needed)

    def no_more(self, extra: timedelta) -> Period | None:
        """The period whose budget does not hold so much more than calls under way may take."""
        return self._used_up(Kind.MINUTES, extra / timedelta(minutes=1))

    def grant(self, wanted: timedelta) -> Grant:
        """How long a call may last of which up to `wanted` is asked for, where one may start."""
        period, minutes = self.least(Kind.MINUTES)
        if minutes >= wanted / timedelta(minutes=1):
            return Grant(wanted)
        return Grant(timedelta(minutes=minutes), period)

    def _used_up(self, kind: Kind, needed: float) -> Period | None:
        period, left = self.least(kind)
        return period if left < needed else None
