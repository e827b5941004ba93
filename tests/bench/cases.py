"""What is asked: every metric once, over the whole history, by week, in UTC."""

from __future__ import annotations

from dataclasses import dataclass

from coachroom.metrics.definitions import DEFINITIONS, Definition
from coachroom.metrics.parameters import Parameters, RetentionKind
from tests.bench.invented import UNTIL


@dataclass(frozen=True)
class Case:
    """One metric; `kind` for those that have kinds."""

    metric: Definition
    kind: RetentionKind | None = None

    @property
    def name(self) -> str:
        return f"{self.metric.id}, {self.kind}" if self.kind else self.metric.id

    @property
    def parameters(self) -> Parameters:
        return Parameters(as_of=UNTIL, kind=self.kind)


CASES = tuple(
    Case(metric, kind) for metric in DEFINITIONS for kind in (tuple(RetentionKind) if metric.takes_kind else (None,))
)
