"""Which numbers are hidden so that no number about a few people can be had, not by subtraction either.

Small is what 1 to `min_group` - 1 people are counted in. Whatever is hidden is hidden together with something that is
not small, or with all that its whole consists of: then what is left of the whole is about many.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from coachroom.metrics.intervals import floor, following
from coachroom.metrics.parameters import Interval

Key = TypeVar("Key")


@dataclass(frozen=True)
class Counted:
    """How many people each day and each week is about, by its first day; those without anybody may be missing.

    `once`: nobody is counted in two days, so that the people of the days add up.
    """

    days: Mapping[date, int]
    weeks: Mapping[date, int]
    once: bool = False

    def people_in(self, piece: date) -> int:
        """At least so many people are in this week or part of a week."""
        days = days_of(piece)
        if len(days) == 7:
            return self.weeks.get(piece, 0)
        sizes = [self.days.get(day, 0) for day in days]
        return sum(sizes) if self.once else max(sizes)


def is_small(people: int, min_group: int) -> bool:
    """Whether there is somebody, but too few."""
    return 0 < people < min_group


def hidden_together(sizes: Mapping[Key, int], min_group: int) -> frozenset[Key]:
    """Of the parts of a whole the small ones and the smallest that is not; all if there is none, the empty too.

    Of equals the first is taken.
    """
    small = [key for key, people in sizes.items() if is_small(people, min_group)]
    large = [key for key, people in sizes.items() if people >= min_group]
    if not small:
        return frozenset()
    return frozenset((*small, min(large, key=sizes.__getitem__))) if large else frozenset(sizes)


def hidden_days(counted: Counted, min_group: int) -> frozenset[date]:
    """Within the part of each week that lies in one month; all days of those parts that are hidden."""
    closed = _hidden_pieces(counted, min_group)
    hidden = {day for piece in closed for day in days_of(piece)}
    for piece in _pieces(counted.days) - closed:
        hidden |= hidden_together({day: counted.days.get(day, 0) for day in days_of(piece)}, min_group)
    return frozenset(hidden)


def hidden_weeks(counted: Counted, min_group: int) -> frozenset[date]:
    """By their Monday: the weeks with a part that is hidden within its month."""
    return frozenset(floor(piece, Interval.WEEK) for piece in _hidden_pieces(counted, min_group))


def _hidden_pieces(counted: Counted, min_group: int) -> frozenset[date]:
    """The first days of weeks, cut where a month begins, that are hidden within their months."""
    months = {floor(day, Interval.MONTH) for day in counted.days}
    hidden: set[date] = set()
    for month in sorted(months):
        sizes = {piece: counted.people_in(piece) for piece in pieces_of(month)}
        hidden |= hidden_together(sizes, min_group)
    return frozenset(hidden)


def _pieces(days: Mapping[date, int]) -> set[date]:
    return {max(floor(day, Interval.WEEK), floor(day, Interval.MONTH)) for day in days}


def pieces_of(month: date) -> list[date]:
    """The first days of the weeks of a month; the first begins with the month."""
    first, after = month, following(month, Interval.MONTH)
    pieces = []
    while first < after:
        pieces.append(first)
        first = following(floor(first, Interval.WEEK), Interval.WEEK)
    return pieces


def days_of(piece: date) -> list[date]:
    """The days of a week, or of the part of it that lies in the month of its first day."""
    week, month = (following(floor(piece, interval), interval) for interval in (Interval.WEEK, Interval.MONTH))
    return [piece + timedelta(days=number) for number in range((min(week, month) - piece).days)]
