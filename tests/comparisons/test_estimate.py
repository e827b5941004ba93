"""The difference of two versions: right as often as it says where there is none, and stopped where it does harm."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest

from coachroom.comparisons.estimate import Rating, VersionDifference, estimate, t_quantile
from coachroom.comparisons.guard import FAILS, WORSE, ArmRecord, answers_differ, harm
from coachroom.comparisons.states import Arm

# What of a rating's spread is the client's own, as in the simulation: 36 % of the variance.
OF_CLIENT, OF_SESSION = 0.6, 0.8
# Where quality is cut into stars: 3, 5, 14, 33 and 45 %.
CUTS = np.array([-1.881, -1.405, -0.772, 0.126])


def ratings(seed: int, clients: int, effect: float) -> tuple[list[Rating], list[Rating]]:
    """Ratings of clients drawn into either version; `effect` of the candidate in standard deviations."""
    random = np.random.default_rng([seed, clients])
    sides: tuple[list[Rating], list[Rating]] = [], []
    for client in range(clients):
        arm = int(random.integers(2))
        level = random.normal(0, OF_CLIENT) + effect * arm
        quality = level + random.normal(0, OF_SESSION, random.geometric(1 / 3))
        answered = quality[random.random(len(quality)) < 0.51]
        sides[arm].extend((client, float(1 + np.searchsorted(CUTS, each))) for each in answered)
    return sides


# About 3,000 sessions, between the planned sizes for 0.15 and 0.25 stars: of 2,800 intervals 95.0 % hold zero. With
# 300 clients, near the smallest planned size, it is 94.0 %.
CLIENTS = 1_000


@cache
def of_null_communities() -> list[VersionDifference]:
    found = [estimate(*ratings(seed, CLIENTS, 0)) for seed in range(400)]
    return [each for each in found if each is not None]


def test_where_the_versions_are_the_same_the_interval_holds_zero_in_about_95_of_100_comparisons() -> None:
    held = [low <= 0 <= high for low, high in (each.interval for each in of_null_communities())]
    assert len(held) == 400
    assert 0.93 <= sum(held) / 400 <= 0.97


def test_the_guards_interval_is_wider_and_stops_hardly_any_of_them() -> None:
    for each in of_null_communities():
        assert each.always_valid[0] < each.interval[0]
        assert each.always_valid[1] > each.interval[1]
    assert sum(each.always_valid[1] < 0 for each in of_null_communities()) <= 4


def test_a_version_that_is_rated_worse_is_stopped() -> None:
    standing, candidate = ratings(1, 1_500, -0.3)
    assert harm({Arm.STANDING: ArmRecord(ratings=standing), Arm.CANDIDATE: ArmRecord(ratings=candidate)}) == WORSE
    assert harm({Arm.STANDING: ArmRecord(ratings=candidate), Arm.CANDIDATE: ArmRecord(ratings=standing)}) is None


def test_a_version_with_more_failures_is_stopped_also_without_ratings() -> None:
    fine, failing = ArmRecord(failing=(0.01, 0.05)), ArmRecord(failing=(0.06, 0.2))
    assert harm({Arm.STANDING: fine, Arm.CANDIDATE: failing}) == FAILS
    assert harm({Arm.STANDING: failing, Arm.CANDIDATE: fine}) is None
    assert harm({Arm.STANDING: fine, Arm.CANDIDATE: ArmRecord(failing=(0.05, 0.2))}) is None
    assert harm({}) is None


def test_a_better_version_is_found_at_the_planned_size() -> None:
    found = estimate(*ratings(2, 1_500, 0.3))
    assert found is not None
    assert found.interval[0] > 0
    assert found.shrunk > 0


def test_by_hand() -> None:
    standing = [(f"s{n}", 3.0 + n % 2) for n in range(10)] + [("s0", 5.0)]
    candidate = [(f"c{n}", 4.0 + n % 2) for n in range(10)]
    found = estimate(standing, candidate)
    assert found is not None
    mean = 40 / 11
    of_standing = (8 - 2 * mean) ** 2 + 4 * (3 - mean) ** 2 + 5 * (4 - mean) ** 2
    variance = of_standing / 121 * 10 / 9 + 10 * 0.25 / 100 * 10 / 9
    assert found.difference == pytest.approx(4.5 - mean)
    assert found.error == pytest.approx(math.sqrt(variance))
    assert found.clients == 20
    assert found.interval[1] - found.difference == pytest.approx(2.10092 * found.error, rel=1e-4)


def test_little_data_is_drawn_towards_what_is_known_of_changes() -> None:
    assert VersionDifference(0.3, 0.3, 20, 1.0).shrunk == pytest.approx(0.0155, abs=1e-4)
    assert VersionDifference(0.3, 0.01, 5_000, 1.0).shrunk == pytest.approx(0.2977, abs=1e-4)


@pytest.mark.parametrize(("degrees", "quantile"), [(8, 2.3060), (18, 2.1009), (98, 1.9845), (1_000, 1.9623)])
def test_the_quantile_is_students(degrees: int, quantile: float) -> None:
    assert t_quantile(degrees) == pytest.approx(quantile, abs=1e-3)


def test_few_clients_or_only_one_answer_tell_nothing() -> None:
    ten = [(n, 4.0 + n % 2) for n in range(10)]
    assert estimate(ten, ten[:9]) is None
    assert estimate([], []) is None
    assert estimate([(n, 5.0) for n in range(10)], [(n, 5.0) for n in range(10)]) is None


def test_answers_differ_where_the_intervals_are_apart() -> None:
    often, seldom = ArmRecord(answering=(0.5, 0.6)), ArmRecord(answering=(0.3, 0.4))
    assert answers_differ({Arm.STANDING: seldom, Arm.CANDIDATE: often})
    assert answers_differ({Arm.STANDING: often, Arm.CANDIDATE: seldom})
    assert not answers_differ({Arm.STANDING: often, Arm.CANDIDATE: often})
