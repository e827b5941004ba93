"""Is the latest interval different from the one before, or is that chance?

Two tests, each said where its result is shown. Rates: Wilson's 95 % intervals of the two do not overlap. All else:
the number lies outside the natural limits of the intervals before it (an individuals chart: mean ± 2.66 mean steps
from one interval to the next), which takes the usual ups and downs of the community for what they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import pandas as pd

from coachroom.charts.formatting import is_missing
from coachroom.charts.headlines import Headline
from coachroom.metrics.statistics import wilson

# The constant of individuals charts: 3 ÷ 1.128, three standard deviations by the mean moving range of two.
NATURAL = 2.66
MIN_BEFORE = 6
MAX_BEFORE = 11

RATE_TEST = "The 95 % intervals (Wilson) of the two do not overlap where a change is called larger than chance."
LIMITS_TEST = (
    f"A change is called larger than chance where the number lies outside the usual range of the up to {MAX_BEFORE} "
    "intervals before it (mean ± 2.66 of their mean steps, an individuals chart)."
)


class Verdict(StrEnum):
    LARGER = "larger than chance"
    WITHIN = "within chance"
    UNKNOWN = "can't tell yet"


@dataclass(frozen=True)
class ValueChange:
    """A number, the one of the equal interval before, and whether chance explains the difference.

    `low` and `high` are the 95 % interval of a rate, otherwise the range that the number usually lies in.
    """

    value: float | None
    previous: float | None
    n: int | None
    low: float | None
    high: float | None
    verdict: Verdict

    @property
    def step(self) -> float | None:
        return None if self.value is None or self.previous is None else self.value - self.previous


def _interval(hits: float, n: float) -> tuple[float, float] | None:
    """The 95 % interval of a share; None where nothing was counted."""
    return wilson(hits / n, n) if n > 0 else None


def change(frame: pd.DataFrame, lead: Headline, latest: date, previous: date) -> ValueChange:
    """What the rows of `latest` and `previous` say; rows after `latest` do not count."""
    rows = frame[frame[lead.at] <= pd.Timestamp(latest)]
    return _rate_change(rows, lead, latest, previous) if lead.is_rate else _plain_change(rows, lead, latest, previous)


def _rate_change(rows: pd.DataFrame, lead: Headline, latest: date, previous: date) -> ValueChange:
    now, before = _counted(rows, lead, latest), _counted(rows, lead, previous)
    here, there = (_interval(*pair) if pair else None for pair in (now, before))
    verdict = Verdict.UNKNOWN
    if here and there:
        verdict = Verdict.LARGER if here[0] > there[1] or here[1] < there[0] else Verdict.WITHIN
    low, high = here or (None, None)
    return ValueChange(_share(now), _share(before), int(now[1]) if now else None, low, high, verdict)


def _counted(rows: pd.DataFrame, lead: Headline, at: date) -> tuple[float, float] | None:
    """Numerator and denominator of the row at this date, if they may be seen."""
    row = rows[rows[lead.at] == pd.Timestamp(at)]
    if row.empty:
        return None
    hits = row[list(lead.hits)].astype("float64").sum(axis="columns", skipna=False).iloc[0]
    n = lead.case_count(row).iloc[0]
    return None if is_missing(hits) or is_missing(n) or n == 0 else (float(hits), float(n))


def _share(pair: tuple[float, float] | None) -> float | None:
    return pair[0] / pair[1] if pair else None


def _plain_change(rows: pd.DataFrame, lead: Headline, latest: date, previous: date) -> ValueChange:
    value, before = _value(rows, lead, latest), _value(rows, lead, previous)
    limits = natural_limits(rows[rows[lead.at] < pd.Timestamp(latest)][lead.column])
    verdict = Verdict.UNKNOWN
    if value is not None and limits is not None:
        verdict = Verdict.WITHIN if limits[0] <= value <= limits[1] else Verdict.LARGER
    low, high = limits or (None, None)
    return ValueChange(value, before, _rests_on(rows, lead, latest), low, high, verdict)


def _value(rows: pd.DataFrame, lead: Headline, at: date) -> float | None:
    found = rows.loc[rows[lead.at] == pd.Timestamp(at), lead.column]
    return None if found.empty or is_missing(found.iloc[0]) else float(found.iloc[0])


def _rests_on(rows: pd.DataFrame, lead: Headline, at: date) -> int | None:
    row = rows[rows[lead.at] == pd.Timestamp(at)]
    if not lead.n or row.empty:
        return None
    n = lead.case_count(row).iloc[0]
    return None if is_missing(n) else int(n)


def natural_limits(before: pd.Series) -> tuple[float, float] | None:
    """The range in which the next number lies if nothing has changed; None with fewer than six numbers before."""
    known = before.astype("float64").dropna().tail(MAX_BEFORE)
    if len(known) < MIN_BEFORE:
        return None
    step = float(known.diff().abs().mean())
    middle = float(known.mean())
    return middle - NATURAL * step, middle + NATURAL * step
