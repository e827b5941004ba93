"""Compacting: what was deleted leaves the disk, what is there stays, and a crash leaves one or the other file."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from coachroom.errors import StoreError, StoreLockedError
from coachroom.privacy.client_data import RULES, delete_rows, ids_of
from coachroom.store import compact as compact_module
from coachroom.store.compact import compact
from coachroom.store.duck import DuckStore
from coachroom.store.migrate import migrate
from tests.privacy.everybody import NOW, Somebody, fill_every_table
from tests.store.held import held_elsewhere

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
    with pytest.raises(Exception, match="onstraint"):
        store.execute("INSERT INTO consents SELECT * FROM consents")
    store.close()


def test_a_database_that_is_open_is_not_compacted(path: Path) -> None:
    with held_elsewhere(path), pytest.raises(StoreLockedError):
        compact(path)


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


@pytest.mark.parametrize("step", ["_copy", "_counts", "_sync_folder"])
def test_whatever_interrupts_it_leaves_a_whole_database(
    path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    before = content(path)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(compact_module, step, interrupted)
    with pytest.raises(KeyboardInterrupt):
        compact(path)
    assert content(path) == before
    monkeypatch.undo()
    compact(path)
    assert marks(path.parent, ANA) == 0


def test_what_a_killed_run_left_is_removed_by_the_next_one(path: Path) -> None:
    (path.parent / f"{path.name}.compact").write_bytes(b"half a copy")
    compact(path)
    assert sorted(file.name for file in path.parent.iterdir()) == [path.name]
