"""The metrics agree with the plain-Python reference on random communities."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from coachroom.metrics.definitions import DEFINITIONS
from coachroom.metrics.parameters import Parameters
from coachroom.metrics.run import measure
from coachroom.store.duck import DuckStore
from tests.metrics.community import Community, write
from tests.metrics.reference import METRICS, World, attainment
from tests.metrics.rows import assert_rows
from tests.metrics.strategies import communities, parameters

COMPARED = settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)


@COMPARED
@given(community=communities(), asked=parameters())
def test_every_metric_agrees_with_the_reference(store: DuckStore, community: Community, asked: Parameters) -> None:
    write(store, community)
    for metric in DEFINITIONS:
        fitting = asked if metric.takes_kind else replace(asked, kind=None)
        expected = METRICS[metric.id](World(community, fitting))
        assert_rows(measure(store, metric.id, fitting), expected, metric.id)


def test_the_reference_knows_every_metric() -> None:
    assert list(METRICS) == [metric.id for metric in DEFINITIONS]


@pytest.mark.parametrize(
    ("goals", "t"),
    [
        ([(1, 0)], 50),
        ([(1, 2)], 70),
        ([(1, -2)], 30),
        ([(1, -1)] * 3, 36.31),
        ([(2, 1), (1, -1)], 54.02),
        ([(1, 2)] * 3, 77.39),
    ],
)
def test_goal_attainment_has_the_published_values(goals: list[tuple[float, int]], t: float) -> None:
    assert attainment(goals) == pytest.approx(t, abs=0.005)
