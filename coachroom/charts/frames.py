"""A metric's frame prepared for a chart: few enough rows, numbers that may be missing, dates in words."""

from __future__ import annotations

import pandas as pd

from coachroom.charts.formatting import interval_name
from coachroom.charts.theme import MAX_MARKS
from coachroom.metrics.definitions import ColumnType, definition
from coachroom.metrics.parameters import Interval

# Fewer than so many behind a point, and it is drawn as one not to read much into.
FEW = 10


def has_something(metric_id: str, frame: pd.DataFrame) -> bool:
    """Whether anything was counted or measured that may be shown."""
    if metric_id == "csat":
        return bool(frame["value"].notna().any())
    if metric_id == "next_date_comparison":
        # One group alone would be compared with what is not there.
        return int(frame["value"].notna().sum()) > 1
    counts, numbers = (
        frame[[column.name for column in definition(metric_id).columns if column.type is kind and not column.key]]
        for kind in (ColumnType.COUNT, ColumnType.NUMBER)
    )
    return bool((counts > 0).to_numpy(dtype=bool, na_value=False).any() or numbers.notna().to_numpy().any())


def over_time(frame: pd.DataFrame, interval: Interval, *, at: str = "interval_start", marks: int = 1) -> pd.DataFrame:
    """Rows to draw along time: `x` (a UTC time, so that no browser moves it to another day) and `when` in words.

    Of more rows than there may be marks, the latest stay; `marks` is how many marks a row needs.
    """
    drawn = plain(frame).tail(MAX_MARKS // marks)
    return drawn.assign(
        x=drawn[at].dt.tz_localize("UTC"), when=[interval_name(moment, interval) for moment in drawn[at]]
    )


def plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Whole numbers that may be missing as floats, which a chart leaves out where they are missing."""
    counts = [name for name, kind in frame.dtypes.items() if kind == "Int64"]
    return frame.astype(dict.fromkeys(counts, "float64"))


def long(frame: pd.DataFrame, columns: dict[str, str], keep: list[str], *, gaps: bool = False) -> pd.DataFrame:
    """One row for each of `columns`: `what` is its name in words, `value` its number.

    Missing numbers are left out, but where they are to be `gaps` in a line.
    """
    melted = frame[[*keep, *columns]].rename(columns=columns).melt(keep, var_name="what", value_name="value")
    return melted if gaps else melted.dropna(subset=["value"])


def rests_on_few(n: pd.Series) -> pd.Series:
    """In words, for legend and tooltip."""
    return n.lt(FEW).map({True: f"fewer than {FEW}", False: f"{FEW} or more"})
