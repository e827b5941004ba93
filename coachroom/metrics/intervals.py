"""Days, ISO weeks and months of the calendar."""

from __future__ import annotations

from datetime import date, timedelta

from coachroom.metrics.parameters import Interval


def floor(day: date, interval: Interval) -> date:
    """The first day of the interval that this day lies in."""
    if interval is Interval.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if interval is Interval.MONTH else day


def following(start: date, interval: Interval) -> date:
    """The first day of the interval after the one that begins on this day."""
    if interval is Interval.MONTH:
        return (start.replace(day=28) + timedelta(days=4)).replace(day=1)
    return start + timedelta(days=7 if interval is Interval.WEEK else 1)
