"""The writer alone: 64 threads that each wait for their turn to be on disk."""

from __future__ import annotations

import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from coachroom.clock import utc_now
from coachroom.recording.turn import UPSERT_TURNS, Turn
from coachroom.rooms.states import Sender
from coachroom.store.duck import DuckStore
from coachroom.store.migrate import migrate
from coachroom.store.writer import Writer

WRITERS = 64
TURNS_EACH = 60


@dataclass(frozen=True)
class CommitCost:
    """Acknowledged writes a second, and how long one takes, in ms."""

    a_second: float
    p50: float
    p99: float


def measure_commits() -> CommitCost:
    with tempfile.TemporaryDirectory() as name:
        store = DuckStore(Path(name) / "bench.duckdb")
        migrate(store, utc_now())
        writer = Writer(store)
        times: list[float] = []

        def talk(number: int) -> None:
            for seq in range(1, TURNS_EACH + 1):
                turn = Turn(
                    seq, f"e.{seq}", "A sentence of the usual length, as people say them.", Sender.CLIENT, utc_now()
                )
                since = time.perf_counter()
                writer.append(UPSERT_TURNS, [turn.row(f"session-{number}")]).result()
                times.append((time.perf_counter() - since) * 1000)

        threads = [threading.Thread(target=talk, args=(number,)) for number in range(WRITERS)]
        since = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds = time.perf_counter() - since
        writer.close()
        store.close()
    times.sort()
    return CommitCost(len(times) / seconds, times[len(times) // 2], times[int(len(times) * 0.99)])
