"""What a comparison of two versions of the AI coach is, and which states follow on which. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType


class ComparisonState(StrEnum):
    """draft → running → finished → decided; running → stopped → decided."""

    DRAFT = "draft"
    RUNNING = "running"
    STOPPED = "stopped"
    FINISHED = "finished"
    DECIDED = "decided"


FOLLOWS: Mapping[ComparisonState, frozenset[ComparisonState]] = MappingProxyType(
    {
        ComparisonState.DRAFT: frozenset({ComparisonState.RUNNING}),
        ComparisonState.RUNNING: frozenset({ComparisonState.STOPPED, ComparisonState.FINISHED}),
        ComparisonState.STOPPED: frozenset({ComparisonState.DECIDED}),
        ComparisonState.FINISHED: frozenset({ComparisonState.DECIDED}),
        ComparisonState.DECIDED: frozenset(),
    }
)


class Arm(StrEnum):
    """The version that everybody has, or the one that may come after it."""

    STANDING = "standing"
    CANDIDATE = "candidate"


@dataclass(frozen=True)
class Comparison:
    """`standing` and `candidate` are branches of the agent. Times are naive UTC.

    `share`: of new clients, how many meet the candidate; `smallest`: the difference in stars that it can tell.
    """

    id: str
    title: str
    why: str
    standing: str
    candidate: str
    share: float
    smallest: float
    planned_sessions: int
    state: ComparisonState
    made_by: str
    made_at: datetime
    started_at: datetime | None
    looked_at: datetime | None
    ended_at: datetime | None
    stopped_by: str | None
    stopped_because: str | None
    decision: Arm | None
    decided_by: str | None
    words: str | None
    decided_at: datetime | None

    def branch(self, arm: Arm) -> str:
        return self.standing if arm is Arm.STANDING else self.candidate

    @property
    def ran_to_its_end(self) -> bool:
        """Whether its planned size was reached, so that its difference may be told."""
        return self.ended_at is not None and self.stopped_because is None
