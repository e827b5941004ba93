"""How numbers and dates read in sentences, tooltips and cards."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd

from coachroom.clock import short_date
from coachroom.metrics.parameters import Interval
from coachroom.metrics.units import MILLISECONDS, SHARE, Unit

Formatter = Callable[[float], str]
NONE = "\N{EN DASH}"
UNBROKEN = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"


def is_missing(value: Any) -> bool:
    """Whether there is no number: missing, hidden or not a number."""
    return value is None or bool(pd.isna(value))


def count(value: float) -> str:
    return f"{value:,.0f}"


def percent(value: float) -> str:
    """Such as "82 %", never broken between two lines; small shares keep one digit."""
    digits = 1 if 0 < abs(value) < 0.1 else 0
    return f"{100 * value:.{digits}f}{UNBROKEN}%"


def minutes(seconds: float) -> str:
    return f"{seconds / 60:.1f}{UNBROKEN}min"


def seconds(milliseconds: float) -> str:
    return f"{milliseconds / 1000:.2f}{UNBROKEN}s"


def number(value: float) -> str:
    return f"{value:.1f}"


def signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", MINUS) if round(value, 1) else "0.0"


def points(value: float) -> str:
    return f"{value:+.0f}".replace("-", MINUS) if round(value) else "0"


def exactly(value: Any, unit: Unit) -> str:
    """The number in its unit, as tables and files have it, and beside it as it is easier to read."""
    if is_missing(value):
        return ""
    if unit is SHARE:
        return f"{100 * value:.1f}{UNBROKEN}%"
    if not unit.reads:
        return count(value) if float(value).is_integer() else number(value)
    read = f"{value / unit.factor:.{2 if unit is MILLISECONDS else 1}f}"
    return f"{value:,.0f}{UNBROKEN}{unit.sign} ({read}{UNBROKEN}{unit.reads})"


def shown(value: Any, form: Formatter) -> str:
    return NONE if is_missing(value) or not math.isfinite(float(value)) else form(float(value))


def some(amount: int, one: str, many: str | None = None) -> str:
    """Such as "1 client" or "1,204 clients"."""
    return f"{amount:,} {one if amount == 1 else many or one + 's'}"


def interval_name(start: date, interval: Interval) -> str:
    """Such as "week of 9 Nov 2026", "9 Nov 2026" or "November 2026"."""
    if interval is Interval.WEEK:
        return f"week of {short_date(start)}"
    return f"{start:%B %Y}" if interval is Interval.MONTH else short_date(start)


def in_interval(start: date, interval: Interval) -> str:
    """Such as "in the week of 9 Nov 2026" or "on 9 Nov 2026"."""
    name = interval_name(start, interval)
    return {Interval.WEEK: f"in the {name}", Interval.MONTH: f"in {name}", Interval.DAY: f"on {name}"}[interval]
