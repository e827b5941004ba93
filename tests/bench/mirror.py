"""`make bench-mirror`: what the mirror of PostgreSQL costs, how late it is, and metrics on all three.

Ends with 1 where an answer of the mirror is not that of the DuckDB file with the same rows.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from coachroom.clock import utc_now
from coachroom.errors import StatementError
from coachroom.metrics.mirrored import mirrored_tables
from coachroom.metrics.run import run
from coachroom.store.duck import DuckStore
from coachroom.store.migrate import migrate
from coachroom.store.mirror import Mirror
from coachroom.store.postgres import PostgresStore
from coachroom.store.writer import Writer
from tests.bench.invented import UNTIL, prepare
from tests.databases import new_postgres
from tests.moved import carry_over

METRICS = ("session_duration", "retention", "turn_latency", "goal_attainment", "csat", "active_clients")
ROUNDS = 3
POLL_SECONDS = 1.0
RATING = (
    "INSERT INTO feedback (session_id, rating, created_at) VALUES ($1, 4, $2) "
    "ON CONFLICT (session_id) DO UPDATE SET rating = excluded.rating"
)


def timed(work: Callable[[], object]) -> tuple[float, float, object]:
    """Wall and CPU milliseconds of this process, and what came of it."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return (time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000, result


def lag(source: PostgresStore, mirror: Mirror, rate: int, seconds: float) -> tuple[list[float], list[float]]:
    """Milliseconds from a change's COMMIT until the mirror shows it, and what each refresh took."""
    writer = Writer(source)
    acknowledged: dict[str, float] = {}
    stop = threading.Event()

    def change() -> None:
        began, number = time.perf_counter(), 0
        while not stop.is_set():
            id = f"bench-{number}"
            future = writer.submit(lambda transaction, id=id: transaction.execute(RATING, [id, UNTIL]))
            future.add_done_callback(lambda _, id=id: acknowledged.__setitem__(id, time.perf_counter()))
            number += 1
            stop.wait(max(0.0, began + number / rate - time.perf_counter()))

    changing = threading.Thread(target=change)
    changing.start()
    lags, refreshes, seen = [], [], set()
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        time.sleep(POLL_SECONDS)
        took, _, _ = timed(mirror.refresh)
        shown = time.perf_counter()
        refreshes.append(took)
        new = {
            id for (id,) in mirror.execute("SELECT session_id FROM feedback WHERE session_id LIKE 'bench-%'")
        } - seen
        lags += [(shown - acknowledged[id]) * 1000 for id in new if id in acknowledged]
        seen |= new
    stop.set()
    changing.join()
    writer.close()
    return lags, refreshes


def at(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def report(sessions: int, clients: int, rate: int, seconds: float) -> tuple[str, bool]:
    """The Markdown, and whether every answer was the same."""
    same = True
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = prepare(folder, sessions=sessions, clients=clients)
        file = DuckStore(data.database)
        source = PostgresStore(new_postgres())
        migrate(source, UNTIL)
        carry_over(file, source, [table.name for table in mirrored_tables()], folder)
        source.execute("ANALYZE")
        mirror = Mirror(source, mirrored_tables(), folder / "numbers", utc_now)
        wall, cpu, _ = timed(mirror.refresh)
        size = sum(each.stat().st_size for each in (folder / "numbers").rglob("*.duckdb"))
        empty = [timed(mirror.refresh)[0] for _ in range(20)]
        lines = [
            f"{sessions:,} sessions of {clients:,} clients: a new copy {wall / 1000:.1f} s "
            f"({cpu / 1000:.1f} s CPU here), {size / 1e6:.0f} MB; a look at nothing new "
            f"{statistics.median(empty):.1f} ms.",
            "",
            "| metric | DuckDB file, ms | mirror, ms | PostgreSQL, ms |",
            "|---|---|---|---|",
        ]
        for metric in METRICS:
            costs = []
            for store in (file, mirror, source):
                try:
                    frames = [
                        timed(lambda store=store, metric=metric: run(store, metric, as_of=UNTIL))
                        for _ in range(ROUNDS)
                    ]
                except StatementError:
                    costs.append("DuckDB's SQL alone")
                    continue
                costs.append(f"{statistics.median(wall for wall, _, _ in frames):.0f}")
                if store is mirror:
                    same &= frames[0][2].equals(run(file, metric, as_of=UNTIL))
            lines.append(f"| {metric} | {' | '.join(costs)} |")
        lags, refreshes = lag(source, mirror, rate, seconds)
        lines += [
            "",
            f"{len(lags):,} changes in {seconds:.0f} s, {len(lags) / seconds:.0f} a second, a look each "
            f"{POLL_SECONDS:g} s: shown after {at(lags, 0.5):.0f} ms (p50), {at(lags, 0.99):.0f} ms (p99); "
            f"a look took {at(refreshes, 0.5):.0f} ms (p50), {max(refreshes):.0f} ms (longest).",
            "",
        ]
        same &= mirror.differences() == []
        mirror.close()
        source.close()
        file.close()
    return "\n".join(lines), same


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=20_000)
    parser.add_argument("--clients", type=int, default=2_000)
    parser.add_argument("--rate", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=15)
    options = parser.parse_args()
    text, same = report(options.sessions, options.clients, options.rate, options.seconds)
    print(text)
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
