"""Compacting: what was deleted leaves the disk, what is there stays, and a crash leaves one or the other file."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest

from coachroom.errors import StatementError, StoreError
from coachroom.privacy.client_data import RULES, delete_rows, ids_of
from coachroom.store import compact as compact_module
from coachroom.store import duck
from coachroom.store.compact import Compaction
from coachroom.store.compact import compact as compact_open
from coachroom.store.duck import DuckStore
from coachroom.store.migrate import migrate
from coachroom.store.writer import Writer
from tests.privacy.everybody import NOW, Somebody, fill_every_table

ANA, BEN = Somebody("Anamark"), Somebody("Benmark")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database that holds two clients, one of whom was deleted."""
    path = tmp_path / "room's.duckdb"
    store = DuckStore(path)
    migrate(store, NOW)
    fill_every_table(store, [table for table, rule in RULES.items() if rule != "FALSE"], ANA, BEN)
    store.execute("CHECKPOINT")
    with store.transaction() as transaction:
        delete_rows(transaction, ids_of(transaction, ANA.email))
    store.close()
    return path


def compact(path: Path) -> Compaction:
    store = DuckStore(path)
    try:
        return compact_open(store)
    finally:
        store.close()


def marks(folder: Path, somebody: Somebody) -> int:
    return sum(file.read_bytes().lower().count(somebody.mark.lower().encode()) for file in folder.iterdir())


def content(path: Path) -> dict[str, list[str]]:
    store = DuckStore(path)
    tables = {
        table: [row for (row,) in store.execute(f"SELECT CAST(to_json(r) AS VARCHAR) FROM {table} r ORDER BY ALL")]
        for table in RULES
    }
    store.close()
    return tables


def test_the_new_file_belongs_to_whom_the_old_one_did(path: Path) -> None:
    """Only root may give a file away, and root is who runs `sudo … compact`."""
    owner = 65534 if os.geteuid() == 0 else os.geteuid()
    os.chown(path, owner, -1)
    inode = path.stat().st_ino
    compact(path)
    assert path.stat().st_ino != inode
    assert path.stat().st_uid == owner


def test_what_was_deleted_leaves_the_disk(path: Path) -> None:
    assert marks(path.parent, ANA) > 30, "deleting alone leaves it there"
    before = content(path)
    done = compact(path)
    assert marks(path.parent, ANA) == 0
    assert marks(path.parent, BEN) > 30
    assert content(path) == before
    assert done.rows > 30
    assert sorted(file.name for file in path.parent.iterdir()) == [path.name]


def test_keys_and_rules_of_the_tables_stay(path: Path) -> None:
    compact(path)
    store = DuckStore(path)
    assert migrate(store, NOW) > 0
    with pytest.raises(StatementError) as error:
        store.execute("INSERT INTO consents SELECT * FROM consents")
    assert "onstraint" in error.value.cause
    store.close()


def test_whoever_reads_and_writes_meanwhile_loses_nothing(path: Path) -> None:
    store = DuckStore(path)
    writer = Writer(store)
    store.execute("CREATE TABLE words (number INTEGER PRIMARY KEY)")
    stop = threading.Event()

    def write(first: int) -> int:
        written = 0
        while not stop.is_set():
            number = first + written
            writer.submit(lambda t, number=number: t.execute("INSERT INTO words VALUES ($1)", [number])).result()
            written += 1
        return written

    def read(_: int) -> int:
        most = 0
        while not stop.is_set():
            count = int(store.execute("SELECT count(*) FROM words")[0][0])
            assert count >= most
            most = count
        return most

    with ThreadPoolExecutor(8) as pool:
        writing = [pool.submit(write, place * 1_000_000) for place in range(4)]
        reading = [pool.submit(read, place) for place in range(4)]
        try:
            for _ in range(5):
                writer.run_alone(lambda: compact_open(store)).result()
        finally:
            stop.set()
        written = sum(each.result() for each in writing)
        assert all(each.result() <= written for each in reading)
    writer.close()
    store.close()
    assert written > 4
    again = DuckStore(path)
    assert again.execute("SELECT count(*) FROM words") == [(written,)]
    again.close()
    assert marks(path.parent, ANA) == 0
    assert sorted(file.name for file in path.parent.iterdir()) == [path.name]


def test_a_query_that_goes_on_is_not_broken_off_and_the_file_stays(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duck, "REPLACING_S", 0.05)
    store = DuckStore(path)
    with store.cursor() as cursor:
        cursor.execute("SELECT range FROM range(10)")
        with pytest.raises(StoreError, match="busy with long queries"):
            compact_open(store)
        assert len(cursor.fetchall()) == 10
    assert store.execute("SELECT 1") == [(1,)]
    compact_open(store)
    store.close()
    assert marks(path.parent, ANA) == 0


def test_a_database_behind_a_link_is_compacted_where_it_lies(path: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere" / "link.duckdb"
    link.symlink_to(path)
    compact(link)
    assert link.is_symlink()
    assert [file.name for file in link.parent.iterdir()] == [link.name]
    link.unlink()
    link.parent.rmdir()
    assert marks(path.parent, ANA) == 0


def test_a_full_disk_is_one_sentence_and_changes_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage(NamedTuple):
        total: int = 0
        used: int = 0
        free: int = 1000

    before = path.read_bytes()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage())
    with pytest.raises(StoreError, match="make room and try again"):
        compact(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("module", "step"), [(compact_module, "_copy"), (compact_module, "_counts"), (duck, "sync_folder")]
)
def test_whatever_interrupts_it_leaves_a_whole_database(
    path: Path, monkeypatch: pytest.MonkeyPatch, module: object, step: str
) -> None:
    before = content(path)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, step, interrupted)
    with pytest.raises(KeyboardInterrupt):
        compact(path)
    assert content(path) == before
    monkeypatch.undo()
    compact(path)
    assert marks(path.parent, ANA) == 0


WRITE_AND_COMPACT = """
import itertools, sys, threading
from pathlib import Path
from coachroom.store.compact import compact
from coachroom.store.duck import DuckStore
from coachroom.store.writer import Writer
store = DuckStore(Path(sys.argv[1]))
writer = Writer(store)
def write():
    for number in itertools.count(int(sys.argv[2])):
        writer.submit(lambda t: t.execute("INSERT INTO words VALUES ($1)", [number])).result()
        print(number, flush=True)
threading.Thread(target=write, daemon=True).start()
while True:
    writer.run_alone(lambda: compact(store)).result()
    print("compacted", flush=True)
"""


def test_killed_at_any_moment_it_leaves_every_acknowledged_row(path: Path) -> None:
    chance = random.Random(20261130)
    store = DuckStore(path)
    store.execute("CREATE TABLE words (number INTEGER PRIMARY KEY)")
    store.close()
    before, first, compactions = content(path), 0, 0
    for _ in range(8):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITE_AND_COMPACT, str(path), str(first)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        lines = [process.stdout.readline()]
        time.sleep(chance.uniform(0, 0.6))
        process.kill()
        lines += process.stdout.readlines()
        process.stdout.close()
        process.wait()
        whole = [line.strip() for line in lines if line.endswith("\n")]
        compactions += whole.count("compacted")
        told = [int(line) for line in whole if line != "compacted"]
        store = DuckStore(path)
        rows = [number for (number,) in store.execute("SELECT number FROM words ORDER BY number")]
        store.close()
        assert rows == list(range(len(rows)))
        assert len(rows) >= max(told, default=first - 1) + 1
        first = len(rows)
    assert first > 8
    assert compactions > 0
    assert content(path) == before
    compact(path)
    assert marks(path.parent, ANA) == 0
    assert sorted(file.name for file in path.parent.iterdir()) == [path.name]


def test_what_a_killed_run_left_is_removed_by_the_next_one(path: Path) -> None:
    (path.parent / f"{path.name}.compact").write_bytes(b"half a copy")
    compact(path)
    assert sorted(file.name for file in path.parent.iterdir()) == [path.name]
