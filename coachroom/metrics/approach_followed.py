"""Whether the agent did what it was asked for: sessions with the wish beside sessions without any in its field. Pure.

Clients who choose differ from those who do not: this describes the agent, not what a choice does.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

MIN_SESSIONS = 20
MIN_CLIENTS = 10
RESAMPLES = 2_000
SEED = 20_261_128
COLUMNS = (
    "field",
    "value",
    "sessions",
    "clients",
    "p50_with",
    "p50_without",
    "difference",
    "low",
    "high",
    "smaller",
)


def compare_followed(rows: pd.DataFrame) -> pd.DataFrame:
    """A row a wish with at least MIN_SESSIONS sessions of MIN_CLIENTS clients on each side; else none.

    `rows`: field, value, person, wished, measure, a row a session. `low`, `high`: 95 % of the differences in
    RESAMPLES resamples of clients with a fixed seed. `smaller`: the clients of the smaller side.
    """
    return pd.DataFrame(list(_compared(rows)), columns=list(COLUMNS))


def _compared(rows: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    for (field, value), of_wish in rows.groupby(["field", "value"], sort=True):
        wished = of_wish["wished"].fillna(False).astype(bool)
        sides = of_wish[wished], of_wish[~wished]
        clients = [side["person"].nunique() for side in sides]
        if min(map(len, sides)) < MIN_SESSIONS or min(clients) < MIN_CLIENTS:
            continue
        share = field == "opening"
        low, high = _interval(*sides, share=share)
        p50_with, p50_without = (_middle(side["measure"].to_numpy(dtype=float), share=share) for side in sides)
        yield (
            field, value, len(sides[0]), clients[0], p50_with, p50_without, p50_with - p50_without, low, high,
            min(clients),
        )  # fmt: skip


def _middle(values: np.ndarray, *, share: bool) -> float:
    """The median, or of ones and noughts their share."""
    return float(values.mean() if share else np.median(values))


def _interval(with_wish: pd.DataFrame, without: pd.DataFrame, *, share: bool) -> tuple[float, float]:
    people = np.unique(np.concatenate([with_wish["person"], without["person"]]))
    sides = [_Side(side, people) for side in (with_wish, without)]
    random = np.random.default_rng(SEED)
    found = []
    for _ in range(RESAMPLES):
        drawn = np.bincount(random.integers(0, len(people), len(people)), minlength=len(people))
        with_it, without_it = (side.middle(drawn, share=share) for side in sides)
        if with_it is not None and without_it is not None:
            found.append(with_it - without_it)
    low, high = np.quantile(found, [0.025, 0.975])
    return float(low), float(high)


class _Side:
    """One side's values in their order, with whose they are: each counts as often as its client was drawn."""

    def __init__(self, rows: pd.DataFrame, people: np.ndarray) -> None:
        ordered = rows.sort_values("measure", kind="stable")
        self._values = ordered["measure"].to_numpy(dtype=float)
        self._whose = np.searchsorted(people, ordered["person"].to_numpy())

    def middle(self, drawn: np.ndarray, *, share: bool) -> float | None:
        """None where nobody of this side was drawn."""
        times = drawn[self._whose]
        reached = np.cumsum(times)
        whole = int(reached[-1])
        if whole == 0:
            return None
        if share:
            return float(self._values @ times / whole)
        lower, upper = np.searchsorted(reached, [(whole + 1) // 2, (whole + 2) // 2])
        return float((self._values[lower] + self._values[upper]) / 2)
