"""The metrics agree with the plain-Python reference on random communities."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings

from coachroom.metrics.definitions import DEFINITIONS
from coachroom.metrics.parameters import Parameters
from coachroom.metrics.run import measure
from coachroom.store.store import Store
from tests.metrics.community import ApproachRow, Community, ComparisonRow, DrawRow, SessionRow, Turn, write
from tests.metrics.reference import METRICS, World, attainment
from tests.metrics.rows import assert_rows
from tests.metrics.strategies import communities, parameters

COMPARED = settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)


@COMPARED
@given(community=communities(), asked=parameters())
def test_every_metric_agrees_with_the_reference(store: Store, community: Community, asked: Parameters) -> None:
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


def a_community_with_wishes(seed: int) -> Community:
    """Enough sessions with each wish and without, each client with a few of one kind."""
    chance = Random(seed)
    began = datetime(2026, 3, 2, 12)
    sessions = []
    for n in range(150):
        client = chance.randrange(40)
        wishes = [value if client % 2 else None for value in ("short", "check_back", "client")]
        approach = ApproachRow(None, *wishes, chance.choice([0, 0.25, 0.5, 1]), chance.choice([True, False, None]))
        words = " ".join(["word"] * chance.randrange(1, 12))
        sessions.append(
            SessionRow(
                f"v{n}",
                f"c{client:02}",
                began + timedelta(hours=n),
                began + timedelta(hours=n, minutes=10),
                "completed",
                turns=(Turn("client", "hello"), Turn("agent", words)),
                approach=approach,
            )
        )
    return Community(sessions=tuple(sessions))


@pytest.mark.parametrize("seed", range(3))
def test_wishes_that_are_followed_agree_with_the_reference_where_enough_have_them(store: Store, seed: int) -> None:
    community, asked = a_community_with_wishes(seed), Parameters(as_of=datetime(2026, 7, 1))
    write(store, community)
    expected = METRICS["approach_followed"](World(community, asked))
    assert [row[:2] for row in expected] == [("lead", "client"), ("opening", "check_back"), ("pace", "short")]
    assert_rows(measure(store, "approach_followed", asked), expected)


def test_below_twenty_sessions_or_ten_clients_a_side_nothing_is_said_of_wishes(store: Store) -> None:
    whole, asked = a_community_with_wishes(0), Parameters(as_of=datetime(2026, 7, 1))
    write(store, whole)
    assert len(measure(store, "approach_followed", asked)) == 3
    nine = {client for client in whole.clients if int(client[1:]) % 2}
    few = sorted(nine)[:9]
    kept = [v for v in whole.sessions if v.client not in nine or v.client in few]
    write(store, replace(whole, sessions=tuple(kept)))
    assert len(measure(store, "approach_followed", asked)) == 0
    nineteen, others = ([v for v in whole.sessions if (v.client in nine) is way] for way in (True, False))
    write(store, replace(whole, sessions=(*nineteen[:19], *others)))
    assert len(measure(store, "approach_followed", asked)) == 0


def a_community_with_versions(seed: int, *, ended: bool, stopped: bool = False) -> Community:
    """Forty clients, drawn into either version, with a few rated sessions each."""
    chance = Random(seed)
    began = datetime(2026, 3, 2, 12)
    draws = [DrawRow("k", f"c{n:02}", chance.random() < 0.5, began, n < 3) for n in range(40)]
    sessions = [
        SessionRow(
            f"v{n}",
            f"c{n % 40:02}",
            began + timedelta(hours=n + 1),
            began + timedelta(hours=n + 1, minutes=10),
            "failed" if chance.random() < 0.1 else "completed",
            turns=(Turn("client", "hello"),),
            rating=chance.choice([None, 2, 3, 4, 5, 5]),
        )
        for n in range(200)
    ]
    end = began + timedelta(days=7) if ended else None
    return Community(
        sessions=tuple(sessions), comparisons=(ComparisonRow("k", began, 150, end, stopped),), draws=tuple(draws)
    )


@pytest.mark.parametrize("seed", range(3))
def test_how_versions_differ_agrees_with_the_reference_once_the_planned_size_is_reached(
    store: Store, seed: int
) -> None:
    community, asked = a_community_with_versions(seed, ended=True), Parameters(as_of=datetime(2026, 7, 1))
    write(store, community)
    for metric in ("version_comparison", "version_failures"):
        assert_rows(measure(store, metric, asked), METRICS[metric](World(community, asked)))
    candidate, standing = measure(store, "version_comparison", asked).to_dict("records")
    assert candidate["difference"] == pytest.approx(candidate["mean_rating"] - standing["mean_rating"])
    assert candidate["low"] < candidate["difference"] < candidate["high"]


TELLING = ["mean_rating", "difference", "low", "high"]


@pytest.mark.parametrize(("ended", "stopped"), [(False, False), (True, True)])
def test_no_cell_tells_the_difference_while_a_comparison_runs_or_after_it_was_stopped(
    store: Store, ended: bool, stopped: bool
) -> None:
    write(store, a_community_with_versions(0, ended=ended, stopped=stopped))
    for suppress in (False, True):
        rows = measure(store, "version_comparison", Parameters(as_of=datetime(2026, 7, 1), suppress=suppress))
        assert len(rows) == 2
        assert rows["sessions"].sum() > 100
        assert rows[TELLING].isna().all(axis=None)


def test_before_its_end_nothing_is_told_also_when_asked_later(store: Store) -> None:
    write(store, a_community_with_versions(0, ended=True))
    rows = measure(store, "version_comparison", Parameters(as_of=datetime(2026, 3, 8)))
    assert list(rows["state"]) == ["running", "running"]
    assert rows[TELLING].isna().all(axis=None)
