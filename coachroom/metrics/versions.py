"""Two versions of the agent side by side: rows of sessions become rows of versions. Pure.

The difference is in no row before its comparison ran to the planned size: the query gives no rating before.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pandas as pd

from coachroom.comparisons.estimate import estimate
from coachroom.comparisons.states import Arm
from coachroom.metrics.statistics import wilson

COMPARED = (
    "comparison", "version", "clients", "sessions", "rated", "response_rate", "mean_rating", "difference", "low",
    "high", "planned_sessions", "state", "smaller",
)  # fmt: skip
FAILED = ("comparison", "version", "cause", "numerator", "denominator", "value", "low", "high", "smaller")
STANDING, CANDIDATE = (arm.value for arm in Arm)


def compare_versions(rows: pd.DataFrame) -> pd.DataFrame:
    """A row a comparison and version. `rows`: comparison, version, person, is_rated, rating, planned_sessions, state.

    The difference stands in the candidate's row. `smaller`: the clients of the smaller version.
    """
    return pd.DataFrame(list(_compared(rows)), columns=list(COMPARED))


def count_failures(rows: pd.DataFrame) -> pd.DataFrame:
    """A row a comparison, version and cause that occurred in either. `rows`: comparison, version, person, cause."""
    return pd.DataFrame(list(_failed(rows)), columns=list(FAILED))


def _compared(rows: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    for comparison, both in rows.groupby("comparison", sort=True):
        sides = {version: both[both["version"] == version] for version in (CANDIDATE, STANDING)}
        told = {version: _ratings(side) for version, side in sides.items()}
        found = estimate(told[STANDING], told[CANDIDATE])
        difference = (found.difference, *found.interval) if found is not None else (math.nan,) * 3
        smaller = min(side["person"].nunique() for side in sides.values())
        for version, side in sides.items():
            if side.empty:
                continue
            ratings, rated = [rating for _, rating in told[version]], int(side["is_rated"].sum())
            yield (
                comparison, version, side["person"].nunique(), len(side), rated, rated / len(side),
                math.fsum(ratings) / len(ratings) if ratings else math.nan,
                *(difference if version == CANDIDATE else (math.nan,) * 3),
                int(both["planned_sessions"].iloc[0]), both["state"].iloc[0], smaller,
            )  # fmt: skip


def _ratings(side: pd.DataFrame) -> list[tuple[object, float]]:
    known = side.dropna(subset=["rating"])
    return [(person, float(rating)) for person, rating in zip(known["person"], known["rating"], strict=True)]


def _failed(rows: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    for comparison, both in rows.groupby("comparison", sort=True):
        smaller = min(both[both["version"] == version]["person"].nunique() for version in (CANDIDATE, STANDING))
        causes = sorted(both["cause"].dropna().unique())
        for version, side in both.groupby("version", sort=True):
            for cause in causes:
                k, n = int((side["cause"] == cause).sum()), len(side)
                yield comparison, version, cause, k, n, k / n, *wilson(k / n, n), smaller
