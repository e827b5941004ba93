"""Whether a running comparison does harm: asked once a week, and answered with yes or no. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from coachroom.comparisons.beside import Beside, Happened
from coachroom.comparisons.estimate import Rating, estimate
from coachroom.comparisons.states import Arm

LOOKS_EVERY = timedelta(weeks=1)
REPORTED = "A session with the new version was reported as not safe."
WORSE = "Clients who met the new version rate it lower, by more than chance."
FAILS = "More sessions fail with the new version, by more than chance."


@dataclass(frozen=True)
class ArmRecord:
    """What happened in one version. `failing`: the 95 % interval of its share of sessions that failed, 0 to 1;
    `answering`: that of its share of valid sessions that were rated.

    `clients` have `sessions` valid sessions; `ratings` are of the clients in the estimate, `ended` of all who met it.
    `beside`: of the clients in the estimate, what happened in each session; only of a comparison that ended.
    """

    clients: int = 0
    sessions: int = 0
    ratings: Sequence[Rating] = ()
    failed: int = 0
    ended: int = 0
    failing: tuple[float, float] = (0.0, 1.0)
    answering: tuple[float, float] = (0.0, 1.0)
    beside: Mapping[Beside, Happened] = field(default_factory=dict)

    @property
    def response_rate(self) -> float | None:
        return len(self.ratings) / self.sessions if self.sessions else None


Records = Mapping[Arm, ArmRecord]


def answers_differ(met: Records) -> bool:
    """Whether the versions are rated unequally often, by more than chance: then their ratings tell less."""
    standing, candidate = (met.get(arm, ArmRecord()).answering for arm in Arm)
    return standing[1] < candidate[0] or candidate[1] < standing[0]


def harm(met: Records) -> str | None:
    """Why the comparison must stop; None where nothing speaks for it."""
    standing, candidate = (met.get(arm, ArmRecord()) for arm in Arm)
    found = estimate(standing.ratings, candidate.ratings)
    if found is not None and found.always_valid[1] < 0:
        return WORSE
    return FAILS if candidate.failing[0] > standing.failing[1] else None
