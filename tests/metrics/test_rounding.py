"""What an analyst sees of answers is as exact as the number of people carries."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachroom.metrics.definitions import DEFINITIONS, Definition, definition
from coachroom.metrics.rounding import rounded, steps


def frame_of(metric: Definition, **values: object) -> pd.DataFrame:
    """One row in the types that metrics come in; what is not given is missing."""
    names = [*(column.name for column in metric.columns), *sorted(metric.group_sizes | metric.wholes)]
    row = pd.DataFrame({name: [values.get(name)] for name in names})
    counts = {column.name for column in metric.columns if column.type.value == "count"}
    whole = dict.fromkeys(counts | metric.group_sizes | metric.wholes, "Int64")
    numbers = {column.name: "float64" for column in metric.columns if column.type.value == "number"}
    return row.astype(whole | numbers)


def csat(hits: int, of: int, people: int, mean: float = 4.0) -> pd.Series:
    share = hits / of
    made = frame_of(
        definition("csat"), responses=of, sessions=of, response_rate=1.0, numerator=hits, denominator=of, value=share,
        low=share, high=share, mean_rating=mean, people=people, visitors=people,
    )  # fmt: skip
    return rounded(definition("csat"), made).iloc[0]


@pytest.mark.parametrize(
    ("least", "step"), [(0.4, 0.5), (0.5, 0.5), (0.21, 0.5), (0.2, 0.2), (0.04, 0.05), (1.0, 1.0), (120.0, 200.0)]
)
def test_steps_are_one_two_and_five(least: float, step: float) -> None:
    assert steps(pd.Series([least]))[0] == pytest.approx(step)


@given(people=st.integers(3, 300), more=st.integers(0, 500), data=st.data())
def test_a_share_never_tells_how_many_it_was(people: int, more: int, data: st.DataObject) -> None:
    of = people + more
    hits = data.draw(st.integers(0, of))
    seen = ["numerator", "denominator", "value", "low", "high"]
    shown = csat(hits, of, people)[seen].to_dict()
    beside = [csat(other, of, people)[seen].to_dict() for other in (hits - 1, hits + 1) if 0 <= other <= of]
    assert shown in beside


def test_five_satisfied_clients_are_not_told_from_four() -> None:
    assert csat(5, 5, 5, mean=4.8)["numerator"] == csat(4, 5, 5)["numerator"]
    assert csat(5, 5, 5, mean=4.8)["mean_rating"] == 5.0
    assert csat(400, 500, 400, mean=4.216)["mean_rating"] == 4.22


def test_a_total_says_no_more_than_its_mean() -> None:
    metric = definition("session_duration")
    row = frame_of(metric, sessions=7, mean_seconds=728.57, total_seconds=5100.0, people=5)
    shown = rounded(metric, row).iloc[0]
    assert (shown["mean_seconds"], shown["total_seconds"]) == (800.0, 5600.0)


@given(
    promoters=st.integers(0, 40),
    passives=st.integers(0, 40),
    detractors=st.integers(0, 40),
    people=st.integers(3, 60),
)
def test_parts_that_are_rounded_still_make_the_whole(
    promoters: int, passives: int, detractors: int, people: int
) -> None:
    answers = promoters + passives + detractors
    if not answers:
        return
    metric = definition("nps")
    row = frame_of(
        metric, promoters=promoters, passives=passives, detractors=detractors, value=0.0, answers=answers,
        people=min(people, answers),
    )  # fmt: skip
    shown = rounded(metric, row).iloc[0]
    counts = [int(shown[name]) for name in ("promoters", "passives", "detractors")]
    assert sum(counts) == answers
    assert min(counts) >= 0
    assert shown["value"] == pytest.approx(100 * (counts[0] - counts[2]) / answers)


@pytest.mark.parametrize("metric", DEFINITIONS, ids=lambda metric: metric.id)
def test_what_is_hidden_stays_hidden(metric: Definition) -> None:
    row = frame_of(metric, **dict.fromkeys(metric.group_sizes | metric.wholes, 7))
    shown = rounded(metric, row)
    assert shown[[column.name for column in metric.columns if column.about]].isna().to_numpy().all()
