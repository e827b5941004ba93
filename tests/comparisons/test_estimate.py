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
    arms = random.integers(2, size=clients)
    levels = random.normal(0, OF_CLIENT, clients) + effect * arms
    who = np.repeat(np.arange(clients), random.geometric(1 / 3, clients))
    stars = 1.0 + np.searchsorted(CUTS, levels[who] + random.normal(0, OF_SESSION, len(who)))
    answered = random.random(len(who)) < 0.51
    standing, candidate = (answered & (arms[who] == arm) for arm in (0, 1))
    return list(zip(who[standing], stars[standing], strict=True)), list(
        zip(who[candidate], stars[candidate], strict=True)
    )


# Of 20,000 intervals of 300 clients, near the smallest planned size, 94.8 % hold zero; of 8,000 of 1,000 clients
# 94.8 %, of 10,000 of 60 clients 95.0 %.
@cache
def of_null_communities(clients: int, draws: int) -> list[VersionDifference]:
    found = [estimate(*ratings(seed, clients, 0)) for seed in range(draws)]
    return [each for each in found if each is not None]


@pytest.mark.parametrize(("clients", "draws"), [(60, 2_000), (300, 2_000), (1_000, 400)])
def test_where_the_versions_are_the_same_the_interval_holds_zero_in_about_95_of_100_comparisons(
    clients: int, draws: int
) -> None:
    held = [low <= 0 <= high for low, high in (each.interval for each in of_null_communities(clients, draws))]
    assert len(held) == draws
    assert 0.93 <= sum(held) / draws <= 0.97


def test_the_guards_interval_is_wider_and_stops_hardly_any_of_them() -> None:
    for each in of_null_communities(1_000, 400):
        assert each.always_valid[0] < each.interval[0]
        assert each.always_valid[1] > each.interval[1]
    assert sum(each.always_valid[1] < 0 for each in of_null_communities(1_000, 400)) <= 4


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
    # Of eleven ratings one client has two: what is left beside theirs is 9/11, beside each other one's 10/11.
    of_standing = (8 - 2 * mean) ** 2 * 11 / 9 + (4 * (3 - mean) ** 2 + 5 * (4 - mean) ** 2) * 11 / 10
    variance = of_standing / 121 + 10 * 0.25 / 100 * 10 / 9
    assert found.difference == pytest.approx(4.5 - mean)
    assert found.error == pytest.approx(math.sqrt(variance))
    # 17.33 degrees, where twenty single ratings would have 18: t is 2.1068.
    assert found.degrees == pytest.approx(degrees_of([2] + [1] * 9, [1] * 10))
    assert found.interval[1] - found.difference == pytest.approx(2.1068 * found.error, rel=1e-4)


def degrees_of(*sides: list[int]) -> float:
    """Satterthwaite's degrees of freedom by the matrices themselves, of clients with so many ratings."""
    means, variances = 0.0, 0.0
    for sizes in sides:
        n = sum(sizes)
        member = np.repeat(np.eye(len(sizes)), sizes, axis=0)
        centred = np.eye(n) - np.full((n, n), 1 / n)
        scaled = member / np.sqrt(1 - np.array(sizes) / n) / n
        form = scaled.T @ centred @ scaled
        means, variances = means + np.trace(form), variances + np.sum(form * form)
    return float(means**2 / variances)


def test_one_client_with_many_ratings_leaves_fewer_degrees_of_freedom() -> None:
    standing = [(f"s{n}", 3.0 + n % 2) for n in range(10)] + [("s0", 5.0)] * 30
    candidate = [(f"c{n}", 4.0 + n % 2) for n in range(10)]
    found = estimate(standing, candidate)
    assert found is not None
    assert found.degrees == pytest.approx(degrees_of([31] + [1] * 9, [1] * 10))
    assert found.degrees == pytest.approx(10.35, abs=0.01)


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
