"""Ourselves: the metric through the door that pages, exports and notebooks use."""

from __future__ import annotations

import time

import duckdb

from coachroom.metrics.run import measure
from coachroom.store.duck import DuckStore
from tests.bench.cases import Case
from tests.bench.invented import Data
from tests.bench.peers.peer import Answer


class Duck:
    name = "DuckDB"
    version = duckdb.__version__
    load_seconds = 0.0

    def __init__(self, data: Data) -> None:
        self._store = DuckStore(data.database)

    def once(self, case: Case) -> Answer:
        wall, cpu = time.perf_counter(), time.process_time()
        frame = measure(self._store, case.metric.id, case.parameters)
        return Answer(frame, (time.process_time() - cpu) * 1000, (time.perf_counter() - wall) * 1000)

    def close(self) -> None:
        self._store.close()
