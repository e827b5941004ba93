"""Intervals."""

from __future__ import annotations

import math

import pytest

from coachroom.metrics.statistics import wilson


@pytest.mark.parametrize(
    ("hits", "n", "expected"), [(41, 50, (0.69204, 0.90230)), (0, 10, (0, 0.2775328)), (10, 10, (0.7224672, 1))]
)
def test_wilsons_interval_is_that_of_the_definition(hits: int, n: int, expected: tuple[float, float]) -> None:
    assert wilson(hits / n, n) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(("share", "n"), [(math.nan, 5), (0.5, 0), (0.5, -1)])
def test_without_cases_there_is_no_interval(share: float, n: float) -> None:
    assert all(math.isnan(bound) for bound in wilson(share, n))
