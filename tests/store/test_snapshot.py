"""A snapshot holds every table as of one moment, and goes back into an empty database."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from coachroom.errors import ImportFileError, StoreError
from coachroom.store.duck import DuckStore
from coachroom.store.migrate import migrate
from coachroom.store.snapshot import is_snapshot, restore_snapshot, take_snapshot
from coachroom.store.store import Store, Transaction
from coachroom.store.writer import Writer

NOW = datetime(2026, 5, 1, 12)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = DuckStore(tmp_path / "room.duckdb")
    migrate(store, NOW)
    store.execute("INSERT INTO client_profiles (id, display_name, created_at) VALUES ('c1', 'Ana', $1)", [NOW])
    store.execute("INSERT INTO conversations VALUES ('s1', 1, 't1', 'Olá', 'client', $1, '{\"a\": 1}')", [NOW])
    yield store
    store.close()


def everything(store: Store) -> dict[str, list[Any]]:
    tables = store.execute("SELECT table_name FROM information_schema.tables ORDER BY 1")
    return {table: store.execute(f'SELECT * FROM "{table}" ORDER BY ALL') for (table,) in tables}


def test_every_table_is_there_with_rows_and_sums(store: Store, tmp_path: Path) -> None:
    directory = tmp_path / "backups" / "it's May"
    take_snapshot(store, directory, NOW)
    manifest = json.loads((directory / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["created_at"] == "2026-05-01T12:00:00.000Z"
    assert manifest["schema_version"] == store.execute("SELECT max(version) FROM schema_version")[0][0]
    assert {name: table["rows"] for name, table in manifest["tables"].items()} == {
        name: len(rows) for name, rows in everything(store).items()
    }
    for table in manifest["tables"].values():
        data = (directory / table["file"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == table["sha256"]
    assert pq.read_table(directory / "conversations.parquet").column("message").to_pylist() == ["Olá"]
    assert [path.name for path in directory.parent.iterdir()] == [directory.name]


def test_it_is_readable_by_its_owner_only(store: Store, tmp_path: Path) -> None:
    take_snapshot(store, tmp_path / "snap", NOW)
    assert (tmp_path / "snap").stat().st_mode & 0o077 == 0


def test_an_empty_folder_will_do_but_nothing_is_overwritten(store: Store, tmp_path: Path) -> None:
    (tmp_path / "snap").mkdir()
    take_snapshot(store, tmp_path / "snap", NOW)
    before = (tmp_path / "snap" / "manifest.json").read_bytes()
    with pytest.raises(StoreError, match="is not an empty folder"):
        take_snapshot(store, tmp_path / "snap", datetime(2027, 1, 1))
    assert (tmp_path / "snap" / "manifest.json").read_bytes() == before
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="is not an empty folder"):
        take_snapshot(store, tmp_path / "file", NOW)


@pytest.mark.parametrize("place", ["/proc/nowhere/snap", "{tmp}/room.duckdb/snap"])
def test_a_path_that_cannot_be_written_is_one_sentence(store: Store, tmp_path: Path, place: str) -> None:
    with pytest.raises(StoreError, match="could not be written to") as caught:
        take_snapshot(store, Path(place.format(tmp=tmp_path)), NOW)
    assert "\n" not in str(caught.value)


def test_a_failure_leaves_nothing_behind(store: Store, tmp_path: Path) -> None:
    store.execute('CREATE TABLE "z/z" (id INTEGER)')
    with pytest.raises(StoreError):
        take_snapshot(store, tmp_path / "backups" / "snap", NOW)
    assert list((tmp_path / "backups").iterdir()) == []


def test_all_tables_are_as_of_one_time_while_the_writer_works(store: Store, tmp_path: Path) -> None:
    writer = Writer(store)
    stop = threading.Event()

    def pair(number: int) -> None:
        def work(transaction: Transaction) -> None:
            transaction.execute("INSERT INTO client_profiles (id, created_at) VALUES ($1, $2)", [f"n{number}", NOW])
            transaction.execute("INSERT INTO consents VALUES ($1, '1', $2)", [f"n{number}", NOW])

        writer.submit(work).result(10)

    def produce() -> None:
        number = 0
        while not stop.is_set():
            pair(number)
            number += 1

    producer = threading.Thread(target=produce)
    producer.start()
    counts = []
    for number in range(8):
        snapshot = take_snapshot(store, tmp_path / f"snap{number}", NOW)
        counts.append(snapshot.tables["consents"].rows)
        assert snapshot.tables["client_profiles"].rows == snapshot.tables["consents"].rows + 1
    stop.set()
    producer.join(10)
    writer.close()
    assert counts[-1] > counts[0]


def test_a_snapshot_goes_back_into_an_empty_database(store: Store, tmp_path: Path) -> None:
    directory = tmp_path / "snap"
    assert not is_snapshot(tmp_path)
    take_snapshot(store, directory, NOW)
    assert is_snapshot(directory)
    with DuckStoreAt(tmp_path / "new.duckdb") as empty:
        with empty.transaction() as transaction:
            restore_snapshot(transaction, directory)
        assert everything(empty) == everything(store)


class DuckStoreAt:
    """A migrated database for one block."""

    def __init__(self, path: Path) -> None:
        self._store = DuckStore(path)

    def __enter__(self) -> Store:
        migrate(self._store, NOW)
        return self._store

    def __exit__(self, *_: object) -> None:
        self._store.close()


def test_a_database_that_holds_rows_is_not_overwritten(store: Store, tmp_path: Path) -> None:
    take_snapshot(store, tmp_path / "snap", NOW)
    before = everything(store)
    with pytest.raises(ImportFileError, match="goes into an empty database"), store.transaction() as transaction:
        restore_snapshot(transaction, tmp_path / "snap")
    assert everything(store) == before


@pytest.mark.parametrize("damage", ["change", "delete", "manifest", "newer"])
def test_a_damaged_snapshot_is_refused(store: Store, tmp_path: Path, damage: str) -> None:
    directory = tmp_path / "snap"
    take_snapshot(store, directory, NOW)
    manifest = directory / "manifest.json"
    match damage:
        case "change":
            duckdb.sql("SELECT 'c2' AS id").write_parquet(str(directory / "client_profiles.parquet"))
        case "delete":
            (directory / "conversations.parquet").unlink()
        case "manifest":
            manifest.write_text("{}")
        case "newer":
            manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"schema_version": 9999}))
    with DuckStoreAt(tmp_path / "new.duckdb") as empty:
        before = everything(empty)
        with pytest.raises(ImportFileError), empty.transaction() as transaction:
            restore_snapshot(transaction, directory)
        assert everything(empty) == before
