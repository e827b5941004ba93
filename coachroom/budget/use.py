"""What was used: day by day, and of each period's budget."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import reduce

from coachroom.budget.amounts import NOTHING, Amounts, ByPeriod, Kind, Period
from coachroom.budget.days import CommunityDay
from coachroom.store.store import Row

# A mean of fewer days says little.
MIN_FULL_DAYS = 3


@dataclass(frozen=True)
class DayUse:
    """What the whole community and one client used on a day. Calls under way count with all they were granted."""

    community: Amounts = NOTHING
    client: Amounts = NOTHING

    @classmethod
    def of_row(cls, row: Row) -> DayUse:
        """From a row of `use_by_day`."""
        figures = [float(figure) for figure in row[1:]]
        return cls(Amounts(*figures[:3]), Amounts(*figures[3:]))


@dataclass(frozen=True)
class CommunityUse:
    """What the community used on each day of this month up to today."""

    day: CommunityDay
    by_date: Mapping[date, Amounts]

    @property
    def today(self) -> Amounts:
        return self.by_date.get(self.day.calendar_date, NOTHING)

    @property
    def month(self) -> Amounts:
        return reduce(Amounts.plus, self.by_date.values(), NOTHING)

    @property
    def full_days(self) -> int:
        """How many days of the month are over."""
        return self.day.calendar_date.day - 1

    def forecast(self, kind: Kind) -> float | None:
        """The month's use at its end, where each day to come takes the mean of the days that are over.

        None in the first MIN_FULL_DAYS days of a month.
        """
        if self.full_days < MIN_FULL_DAYS:
            return None
        today, before = self.today.of(kind), self.month.of(kind) - self.today.of(kind)
        mean = before / self.full_days
        return before + max(today, mean) + mean * self.day.days_left_in_month


# The days of one month on which anything was used.
UseByDay = Mapping[date, DayUse]


def use_by_period(days: UseByDay, today: date) -> ByPeriod:
    """What counts in each period's budget on the day `today`."""
    now = days.get(today, DayUse())
    month = reduce(Amounts.plus, (each.community for each in days.values()), NOTHING)
    return {Period.CLIENT_DAY: now.client, Period.COMMUNITY_DAY: now.community, Period.COMMUNITY_MONTH: month}
