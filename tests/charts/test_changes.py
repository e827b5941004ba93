"""Larger than chance or not, and when nobody can tell."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from coachroom.charts.changes import Verdict, change, natural_limits
from coachroom.charts.headlines import LEADS
from coachroom.metrics.statistics import wilson

LATEST, BEFORE = date(2026, 4, 27), date(2026, 4, 20)


def rates(*pairs: tuple[int | None, int | None]) -> pd.DataFrame:
    days = pd.date_range(end="2026-04-27", periods=len(pairs), freq="7D")
    frame = pd.DataFrame({"interval_start": days})
    return frame.assign(
        numerator=pd.array([pair[0] for pair in pairs], "Int64"),
        denominator=pd.array([pair[1] for pair in pairs], "Int64"),
    )


def numbers(*values: float | None) -> pd.DataFrame:
    days = pd.date_range(end="2026-04-27", periods=len(values), freq="7D")
    return pd.DataFrame({"interval_start": days, "active": pd.array(values, "Int64")})


@pytest.mark.parametrize(
    ("pairs", "verdict"),
    [
        ([(10, 100), (60, 100)], Verdict.LARGER),
        ([(60, 100), (10, 100)], Verdict.LARGER),
        ([(50, 100), (60, 100)], Verdict.WITHIN),
        ([(1, 2), (2, 2)], Verdict.WITHIN),
        ([(0, 0), (2, 2)], Verdict.UNKNOWN),
        ([(None, None), (2, 2)], Verdict.UNKNOWN),
        ([(5, 9)], Verdict.UNKNOWN),
    ],
)
def test_a_rate_has_changed_when_the_intervals_do_not_overlap(pairs: list, verdict: Verdict) -> None:
    assert change(rates(*pairs), LEADS["csat"], LATEST, BEFORE).verdict is verdict


def test_a_rate_says_its_share_n_and_interval() -> None:
    told = change(rates((40, 50), (41, 50)), LEADS["csat"], LATEST, BEFORE)
    assert (told.value, told.previous, told.n) == (0.82, 0.8, 50)
    assert (told.low, told.high) == wilson(41 / 50, 50)
    assert told.step == pytest.approx(0.02)


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ([10, 12, 10, 12, 10, 12, 11], Verdict.WITHIN),
        ([10, 12, 10, 12, 10, 12, 17], Verdict.LARGER),
        ([10, 12, 10, 12, 10, 12, 5], Verdict.LARGER),
        ([10, 10, 10, 10, 10, 10, 10], Verdict.WITHIN),
        ([10, 12, 10, 12, 10, 17], Verdict.UNKNOWN),
        ([10, 12, 10, 12, 10, 12, None], Verdict.UNKNOWN),
    ],
)
def test_any_other_number_is_held_against_its_usual_range(values: list, verdict: Verdict) -> None:
    assert change(numbers(*values), LEADS["lifecycle"], LATEST, BEFORE).verdict is verdict


def test_natural_limits_are_the_mean_and_266_mean_steps() -> None:
    assert natural_limits(pd.Series([10, 12, 10, 12, 10, 12])) == pytest.approx((11 - 5.32, 11 + 5.32))


def test_what_came_after_the_latest_full_interval_does_not_count() -> None:
    frame = numbers(10, 12, 10, 12, 10, 12, 11)
    later = pd.DataFrame({"interval_start": [pd.Timestamp("2026-05-04")], "active": pd.array([900], "Int64")})
    told = change(pd.concat([frame, later]), LEADS["lifecycle"], LATEST, BEFORE)
    assert (told.value, told.previous, told.verdict) == (11, 12, Verdict.WITHIN)
