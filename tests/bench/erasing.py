"""`make bench-erasing`: what it takes until no byte of a client is left, and how long people wait meanwhile.

The invented community, with a mark in every table and turn of one client. The client is erased and the open database
compacted while four people write and four read; then the mark is looked for in every file.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from coachroom.app.container import Services, open_services
from coachroom.app.erasing import end_and_erase
from coachroom.clock import utc_now
from coachroom.demo import community as demo
from coachroom.privacy.client_data import RULES
from coachroom.rooms.states import EndReason
from coachroom.settings import load
from coachroom.store.backup import restore_backup, take_backup
from coachroom.store.duck import DuckStore
from coachroom.store.migrate import migrate
from coachroom.store.writer import Writer
from tests.bench.community import SECRET
from tests.privacy.everybody import Somebody, fill_every_table
from tests.services import store_of, writer_of

T = TypeVar("T")

WHO = Somebody("Mark7f3a9c51")
PEOPLE = 4
EVERY_S = 0.05


def measure(sessions: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        database = folder / "data" / "bench.duckdb"
        _fill(database, sessions)
        settings = load(database=database, cookie_secret=SECRET, demo_community=False, development_sign_in=False)
        services = open_services(settings)
        try:
            _erase(services, sessions)
            _back_up(services, folder)
        finally:
            services.close()


def _fill(database: Path, sessions: int) -> None:
    store = DuckStore(database, memory_limit=demo.memory_limit(sessions))
    migrate(store, utc_now())
    writer = Writer(store)
    now = utc_now()
    wanted = demo.ask(store, clients=max(20, sessions // 10), sessions=sessions, seed=1, until=None, now=now)
    demo.generate(store, writer, wanted, now=now)
    writer.close()
    fill_every_table(store, [table for table, rule in RULES.items() if rule != "FALSE"], WHO)
    store.close()


def _erase(services: Services, sessions: int) -> None:
    store, before = store_of(services), services.settings.database.stat().st_size
    turns = store.execute("SELECT count(*) FROM conversations")[0][0]
    print(f"{sessions:,} sessions, {turns:,} turns, {before / 1e6:,.0f} MB, {_marks(services):,} marks on disk")
    client = WHO.names()["client_id"]
    erase = lambda: end_and_erase(services, client, actor="bench", cause=EndReason.CLIENT)  # noqa: E731
    print(f"erased in {_timed(erase)}")
    # The ids of calls stay until the provider has deleted its copies.
    store.execute("DELETE FROM erased_calls")
    store.execute("CHECKPOINT")
    print(f"  {_marks(services):,} marks on disk after that")
    waits: dict[str, list[float]] = {"write": [], "read": []}
    stop = threading.Event()
    write = lambda: writer_of(services).submit(lambda t: t.execute("SELECT 1")).result()  # noqa: E731
    read = lambda: store.execute("SELECT count(*) FROM rooms")  # noqa: E731
    with ThreadPoolExecutor(2 * PEOPLE) as pool:
        for _ in range(PEOPLE):
            pool.submit(_again_and_again, write, waits["write"], stop)
            pool.submit(_again_and_again, read, waits["read"], stop)
        time.sleep(1)
        try:
            took = _timed(services.maintenance.compact)
        finally:
            stop.set()
    print(f"compacted in {took}; {services.settings.database.stat().st_size / 1e6:,.0f} MB now")
    print(f"  {_marks(services):,} marks on disk after that")
    print(
        f"  a write waited {max(waits['write']):.2f} s at the longest, a read {max(waits['read']):.2f} s", flush=True
    )


def _back_up(services: Services, folder: Path) -> None:
    store, now = store_of(services), utc_now()
    print(f"backed up in {_timed(lambda: take_backup(store, folder / 'backups', now))}")
    (taken,) = (folder / "backups").iterdir()
    print(f"  {taken.stat().st_size / 1e6:,.0f} MB")
    print(f"restored in {_timed(lambda: restore_backup(taken, folder / 'again.duckdb', now))}", flush=True)


def _again_and_again(work: Callable[[], object], waits: list[float], stop: threading.Event) -> None:
    while not stop.is_set():
        since = time.perf_counter()
        work()
        waits.append(time.perf_counter() - since)
        time.sleep(EVERY_S)


def _timed(work: Callable[[], object]) -> str:
    since, cpu = time.perf_counter(), _cpu()
    work()
    return f"{time.perf_counter() - since:.1f} s, {_cpu() - cpu:.1f} s CPU"


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _marks(services: Services) -> int:
    mark = WHO.mark.lower().encode()
    folder = services.settings.database.parent
    # The list of erasures keeps the client's id, which is random in real life.
    files = [file for file in folder.rglob("*") if file.is_file() and file.suffix != ".jsonl"]
    return sum(_count(file, mark) for file in files)


def _count(file: Path, mark: bytes) -> int:
    found, kept = 0, b""
    with file.open("rb") as stream:
        while part := stream.read(1 << 24):
            text = kept + part.lower()
            found += text.count(mark)
            kept = text[-(len(mark) - 1) :]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sessions", type=int, nargs="*", default=[2_000, 1_000_000])
    print(f"load {os.getloadavg()[0]:.1f}")
    for sessions in parser.parse_args().sessions:
        measure(sessions)


if __name__ == "__main__":
    main()
