"""`make bench-commits`: 64 threads that each wait for their turn to be on disk, on each engine, in one run.

The writers alone, as the app has them: one process on DuckDB, one on PostgreSQL, and two replicas on PostgreSQL
that share the clients. The engines take turns, so that a noisy machine is noisy for all.
"""

from __future__ import annotations

import multiprocessing
import os
import statistics
import tempfile
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psycopg

from coachroom.clock import utc_now
from coachroom.postgres_address import PostgresAddress
from coachroom.recording.turn import UPSERT_TURNS, Turn
from coachroom.rooms.states import Sender
from coachroom.store.migrate import migrate
from coachroom.store.opening import open_store
from coachroom.store.writer import Writer
from tests.bench.tables import machine, table
from tests.bench.talking import at_share
from tests.postgres_cluster import USER, running_cluster

WRITERS = 64
TURNS_EACH = 60
ROUNDS = 3
# What is acknowledged outlasts a power cut, as it does where clients are.
DURABLE = {"fsync": "on", "listen_addresses": ""}
# How many processes there are of each.
POSTGRES = {"PostgreSQL": 1, "PostgreSQL, two replicas": 2}
SENTENCE = "A sentence of the usual length, as people say them."


@dataclass(frozen=True)
class CommitCost:
    """Acknowledged writes a second, and how long one takes, in ms."""

    a_second: float
    p50: float
    p99: float


def measure_commits(database: Path | PostgresAddress, processes: int = 1) -> CommitCost:
    """What 64 threads in so many processes get of an empty database."""
    store = open_store(database)
    migrate(store, utc_now())
    store.close()
    started = multiprocessing.get_context("spawn")
    with started.Manager() as manager:
        together = manager.Barrier(processes)
        with ProcessPoolExecutor(processes, mp_context=started) as pool:
            runs = [pool.submit(_write, database, number, processes, together) for number in range(processes)]
            found = [run.result() for run in runs]
    times = [wait for _, _, waits in found for wait in waits]
    seconds = max(end for _, end, _ in found) - min(begin for begin, _, _ in found)
    return CommitCost(len(times) / seconds, at_share(times, 0.5), at_share(times, 0.99))


def _write(
    database: Path | PostgresAddress, number: int, processes: int, together: threading.Barrier
) -> tuple[float, float, list[float]]:
    """When this process began and ended by the clock of the machine, and the wait for each turn in ms."""
    store = open_store(database)
    writer = Writer(store)
    times: list[float] = []

    def talk(session: int) -> None:
        for seq in range(1, TURNS_EACH + 1):
            turn = Turn(seq, f"e.{seq}", SENTENCE, Sender.CLIENT, utc_now())
            since = time.perf_counter()
            writer.append(UPSERT_TURNS, [turn.row(f"session-{session}")]).result()
            times.append((time.perf_counter() - since) * 1000)

    threads = [threading.Thread(target=talk, args=(session,)) for session in range(number, WRITERS, processes)]
    together.wait()
    begin = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    end = time.monotonic()
    writer.close()
    store.close()
    return begin, end, times


def main() -> None:
    found: dict[str, list[CommitCost]] = {engine: [] for engine in ("DuckDB", *POSTGRES)}
    with tempfile.TemporaryDirectory() as name, running_cluster(DURABLE) as socket:
        for turn in range(ROUNDS):
            found["DuckDB"].append(measure_commits(Path(name) / f"{turn}.duckdb"))
            for engine, processes in POSTGRES.items():
                schema = _new_schema(socket, f"commits_{turn}_{processes}")
                found[engine].append(measure_commits(schema, processes))
    print(f"{machine()}; load {os.getloadavg()[0]:.1f}; medians of {ROUNDS} rounds\n")
    headings = ["engine", "turns a second, each round", "median", "p50 ms", "p99 ms"]
    print(table(headings, [_row(*each) for each in found.items()]))
    print("\naim: p99 100 ms")


def _new_schema(socket: Path, schema: str) -> PostgresAddress:
    address = f"postgresql://{USER}@/postgres?host={socket}"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
    return PostgresAddress.read(f"{address}&schema={schema}")


def _row(engine: str, costs: list[CommitCost]) -> list[str]:
    by_rate = sorted(costs, key=lambda cost: cost.a_second)
    rates = " ".join(f"{cost.a_second:,.0f}" for cost in by_rate)
    middle = [
        f"{statistics.median(getattr(cost, what) for cost in costs):,.0f}" for what in ("a_second", "p50", "p99")
    ]
    return [engine, rates, *middle]


if __name__ == "__main__":
    main()
