"""How long each kind of work took since the start, counted in buckets."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from math import inf

from coachroom.traces.work import Work

# In seconds; each includes its bound. From a commit on a fast disk to a provider that lets us wait.
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, inf)


@dataclass
class _Kind:
    counts: list[int] = field(default_factory=lambda: [0] * len(BUCKETS))
    seconds: float = 0.0


@dataclass(frozen=True)
class Histogram:
    """Pieces of work that took at most so many seconds, by each of BUCKETS, and the seconds of all together."""

    up_to: tuple[int, ...]
    seconds: float


class Durations:
    """Counts from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kinds = {work: _Kind() for work in Work}

    def add(self, work: Work, seconds: float) -> None:
        """One more piece of this work, which took so long."""
        with self._lock:
            kind = self._kinds[work]
            kind.counts[bisect_left(BUCKETS, seconds)] += 1
            kind.seconds += seconds

    def histograms(self) -> Mapping[Work, Histogram]:
        """Each kind of work, those that never happened with zeros."""
        with self._lock:
            return {
                work: Histogram(tuple(accumulate(kind.counts)), kind.seconds) for work, kind in self._kinds.items()
            }
