"""Means and shares as exact as the number of people behind them carries: no single answer shows in them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from coachroom.metrics.definitions import OWN_SIZE, Column, Definition
from coachroom.metrics.statistics import wilson

# A share is rounded to a little more than two people's worth: then two counts or more have the same share, also at
# 0 and 1.
SHARE_REACH = 2.01
# What is left of a step's binary digits after rounding to it.
DIGITS = 9


def rounded(metric: Definition, frame: pd.DataFrame) -> pd.DataFrame:
    """The rows with counts of answers, rates and means rounded. They hold the group sizes and `metric.wholes`."""
    result = frame.copy()
    if metric.is_rate and metric.rounds_rate:
        result[["value", "low", "high"]] = _rate(metric, frame)
    for column in metric.columns:
        if column.share_of:
            result[column.name] = _count(frame, column)
        elif column.reach is not None:
            result[column.name] = _to_steps(frame[column.name], _reach(frame, column) / _people(frame, column))
    for column in metric.columns:
        if column.of_rounded is not None:
            # What is hidden stays so.
            made = column.of_rounded(result).astype(frame[column.name].dtype)
            result[column.name] = made.where(frame[column.name].notna(), frame[column.name])
    return result


def _rate(metric: Definition, frame: pd.DataFrame) -> pd.DataFrame:
    """The rate rounded, with Wilson's 95 % interval of that."""
    column = next(column for column in metric.columns if column.name == "value")
    whole = frame["denominator"].astype("float64").where(frame["value"].notna())
    share = _share(frame["numerator"].astype("float64") / whole.where(whole > 0), _people(frame, column))
    ends = [wilson(each, n) for each, n in zip(share, whole.fillna(0), strict=True)]
    rows = [(each, *end) for each, end in zip(share, ends, strict=True)]
    return pd.DataFrame(rows, frame.index, ["value", "low", "high"], dtype="float64")


def _count(frame: pd.DataFrame, column: Column) -> pd.Series:
    """A count of answers, from its rounded share of all."""
    whole = frame[column.share_of].astype("float64")
    part, people = frame[column.name].astype("float64"), _people(frame, column)
    if column.halves_down:
        part = whole - part
    counted = np.floor(_share(part / whole.where(whole > 0), people) * whole + 0.5)
    counted = (whole - counted if column.halves_down else counted).astype("Int64")
    return counted.where(counted.notna(), frame[column.name])


def steps(least: pd.Series) -> pd.Series:
    """The next of 1, 2, 5, 10 and so on, and their tenths, that is not below."""
    power = np.power(10.0, np.floor(np.log10(least)))
    factor = least / power
    nice = np.select([factor <= 1 + 1e-9, factor <= 2 + 1e-9, factor <= 5 + 1e-9], [1.0, 2.0, 5.0], 10.0)
    return pd.Series(nice * power, index=least.index)


def _share(share: pd.Series, people: pd.Series) -> pd.Series:
    return _to_steps(share, SHARE_REACH / people).clip(0, 1)


def _to_steps(values: pd.Series, least: pd.Series) -> pd.Series:
    """Each value to a multiple of its step; where there is none to take, as it is."""
    step = steps(least.where(least > 0))
    return (np.floor(values / step + 0.5) * step).round(DIGITS).where(step.notna(), values)


def _reach(frame: pd.DataFrame, column: Column) -> pd.Series:
    """How far one person's answer can move the number."""
    if column.reach == OWN_SIZE:
        return frame[column.name].abs()
    return pd.Series(float(column.reach or 0), index=frame.index)


def _people(frame: pd.DataFrame, column: Column) -> pd.Series:
    """Of how many people the number is; of several groups the smallest."""
    people = frame[list(column.about)].astype("float64").min(axis="columns")
    return people.where(people > 0)
