"""What the bench asks of an engine, and how often."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import pandas as pd

from tests.bench.cases import Case

LIMIT_SECONDS = 60.0
REPEATS = 3
# What takes so long is not made faster by being warm: once is enough.
LONG_MS = 10_000.0


@dataclass(frozen=True)
class Answer:
    """The metric's rows with the columns of its definition, and what they cost in ms.

    Dates may be whole days since 1970, for engines that have no better.
    """

    frame: pd.DataFrame
    cpu: float
    wall: float


class NotFinishedError(Exception):
    """It took longer than LIMIT_SECONDS and was cancelled."""


class NotExpressibleError(Exception):
    """The engine cannot compute this; the message says why."""


class MissingPeerError(Exception):
    """The engine is not on this machine; the message says how to get it."""


class Peer(Protocol):
    """An engine that holds the tables. `load_seconds` is what it took to put them there."""

    name: str
    version: str
    load_seconds: float

    def once(self, case: Case) -> Answer:
        """Computes the metric once. Raises NotFinishedError or NotExpressibleError."""
        ...

    def close(self) -> None: ...


def measured(peer: Peer, case: Case) -> Answer:
    """Warm: the medians of three runs after one that does not count."""
    first = peer.once(case)
    if first.wall > LONG_MS:
        return first
    return middle([peer.once(case) for _ in range(REPEATS)])


def middle(runs: Sequence[Answer]) -> Answer:
    """The median of each cost."""
    return Answer(
        runs[0].frame, statistics.median(run.cpu for run in runs), statistics.median(run.wall for run in runs)
    )
