"""Compares a metric's frame with rows of plain values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd


def assert_rows(frame: pd.DataFrame, expected: Sequence[tuple[Any, ...]], what: str = "") -> None:
    found = rows_of(frame)
    assert len(found) == len(expected), (what, found, expected)
    for mine, theirs in zip(found, expected, strict=True):
        assert len(mine) == len(theirs), (what, mine)
        for column, value, wanted in zip(frame.columns, mine, theirs, strict=True):
            assert same(value, wanted), (what, column, mine, theirs)


def rows_of(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    """The frame's rows with dates for time stamps and None for what is missing."""
    return [tuple(_plain(value) for value in row) for row in frame.itertuples(index=False, name=None)]


def same(value: Any, wanted: Any) -> bool:
    if isinstance(value, float) and isinstance(wanted, int | float):
        return math.isclose(value, wanted, rel_tol=1e-9, abs_tol=1e-7)
    return bool(value == wanted)


def _plain(value: Any) -> Any:
    if isinstance(value, pd.Timestamp):
        return value.date()
    return None if pd.isna(value) else value
