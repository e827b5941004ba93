"""Whether two engines say the same of a metric."""

from __future__ import annotations

import numpy as np
import pandas as pd

from coachroom.metrics.definitions import Column, ColumnType, Definition

RELATIVE, ABSOLUTE = 1e-9, 1e-7


def difference(metric: Definition, ours: pd.DataFrame, theirs: pd.DataFrame) -> str | None:
    """The first difference in words; None where there is none. The order of rows does not count."""
    if len(ours) != len(theirs):
        return f"{len(theirs)} rows instead of {len(ours)}"
    left, right = (_tidy(metric, frame) for frame in (ours, theirs))
    for column in metric.columns:
        mine, others = left[column.name], right[column.name]
        wrong = ~_same(column, mine, others)
        if wrong.any():
            place = int(np.flatnonzero(wrong)[0])
            return f"{column.name} of row {place + 1} is {others.iloc[place]} instead of {mine.iloc[place]}"
    return None


def _tidy(metric: Definition, frame: pd.DataFrame) -> pd.DataFrame:
    tidy = pd.DataFrame({column.name: _plain(column, frame[column.name]) for column in metric.columns})
    keys = [column.name for column in metric.keys]
    return tidy.sort_values(keys).reset_index(drop=True) if keys else tidy


def _plain(column: Column, values: pd.Series) -> pd.Series:
    """Dates as days since 1970, words as they are, everything else as floating point numbers with NaN."""
    values = values.reset_index(drop=True)
    if column.type is ColumnType.TEXT:
        return values.astype("str")
    if column.type is ColumnType.DATE and not pd.api.types.is_numeric_dtype(values):
        return values.astype("datetime64[s]").astype("int64") / 86_400
    return values.astype("float64")


def _same(column: Column, mine: pd.Series, others: pd.Series) -> np.ndarray:
    if column.type is ColumnType.TEXT:
        return (mine == others).to_numpy()
    exact = column.type is not ColumnType.NUMBER
    relative, absolute = (0.0, 0.0) if exact else (RELATIVE, ABSOLUTE)
    return np.isclose(others.to_numpy(), mine.to_numpy(), rtol=relative, atol=absolute, equal_nan=True)
