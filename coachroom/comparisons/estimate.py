"""How ratings of two versions differ, drawn once for each client. Pure.

Sessions of one client are alike, so the variance is summed by client; half-widths and guards follow from it. Summed
so, it is too small where clients are few or one has many of the ratings: each client's sum is held against its own
share, and the degrees of freedom are fewer than the clients (Bell and McCaffrey 2002).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# The normal distribution's quantile for a 95 % interval.
Z = 1.959963984540054
# Below, a variance by client is a guess.
MIN_CLIENTS = 10
# The always-valid interval's mixture, in stars, and how often it may be wrong at any time.
MIXTURE = 0.15
ALPHA = 0.05
# What is known of changes before any rating: most are not better. In standard deviations of a rating.
PRIOR_MEAN = -0.03
PRIOR_SD = 0.12

# A client, and one rating of theirs (1 to 5).
Rating = tuple[object, float]


@dataclass(frozen=True)
class VersionDifference:
    """candidate − standing, in stars. `degrees`: of freedom of its `error`; `spread`: the standard deviation of
    single ratings within the versions."""

    difference: float
    error: float
    degrees: float
    spread: float

    @property
    def interval(self) -> tuple[float, float]:
        """95 %, for one look at the planned end."""
        half = t_quantile(self.degrees) * self.error
        return self.difference - half, self.difference + half

    @property
    def always_valid(self) -> tuple[float, float]:
        """95 % at all looks together, however often one looks: wider."""
        variance, mixture = self.error**2, MIXTURE**2
        growth = 2 * math.log(1 / ALPHA) + math.log((variance + mixture) / variance)
        half = math.sqrt(variance * (variance + mixture) / mixture * growth)
        return self.difference - half, self.difference + half

    @property
    def shrunk(self) -> float:
        """The difference in standard deviations, drawn towards what is known of such changes."""
        own, prior = (self.spread / self.error) ** 2, PRIOR_SD**-2
        return (self.difference / self.spread * own + PRIOR_MEAN * prior) / (own + prior)


def estimate(standing: Iterable[Rating], candidate: Iterable[Rating]) -> VersionDifference | None:
    """None where a version has ratings of fewer than MIN_CLIENTS clients, or all of them are the same."""
    sides = [_VersionRatings(ratings) for ratings in (standing, candidate)]
    if any(side.clients < MIN_CLIENTS for side in sides):
        return None
    error = math.sqrt(sum(side.variance for side in sides))
    ratings = sum(side.ratings for side in sides)
    spread = math.sqrt(sum(side.squares for side in sides) / (ratings - 2))
    if error == 0:
        return None
    # Of as many independent ratings, the variance's own mean and variance.
    degrees = sum(1 / side.ratings for side in sides) ** 2 / sum(side.variance_of_variance for side in sides)
    return VersionDifference(sides[1].mean - sides[0].mean, error, degrees, spread)


def t_quantile(degrees: float) -> float:
    """Student's quantile for a 95 % interval, after Hill's expansion: right to 0.001 from 8 degrees on, to 0.03 from
    2 on."""
    z, n = Z, degrees
    terms: Sequence[float] = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92_160,
    )
    return z + sum(term / n**power for power, term in enumerate(terms, start=1))


class _VersionRatings:
    """One version's ratings: their mean, and its variance with residuals summed by client."""

    def __init__(self, ratings: Iterable[Rating]) -> None:
        by_client: dict[object, list[float]] = defaultdict(list)
        for client, rating in ratings:
            by_client[client].append(float(rating))
        each = [rating for of_client in by_client.values() for rating in of_client]
        self.clients, self.ratings = len(by_client), len(each)
        self.mean = math.fsum(each) / len(each) if each else math.nan
        self.squares = math.fsum((rating - self.mean) ** 2 for rating in each)
        self.variance, self.variance_of_variance = self._variances(list(by_client.values()))

    def _variances(self, by_client: Sequence[Sequence[float]]) -> tuple[float, float]:
        """Of the mean; and half the variance of that, were all ratings independent and of variance 1."""
        if self.clients < 2:
            return math.nan, math.nan
        n = float(self.ratings)
        left = [1 - len(of_client) / n for of_client in by_client]
        residuals = [math.fsum(rating - self.mean for rating in of_client) for of_client in by_client]
        variance = math.fsum(one**2 / rest for one, rest in zip(residuals, left, strict=True)) / n**2
        weights = [len(of_client) ** 2 / rest for of_client, rest in zip(by_client, left, strict=True)]
        own = math.fsum(len(of_client) ** 2 for of_client in by_client)
        between = (math.fsum(weights) ** 2 - math.fsum(weight**2 for weight in weights)) / n**2
        return variance, (own + between) / n**4
