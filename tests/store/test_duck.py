"""Opening the database file: what goes wrong is one sentence that names the file and the way out."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from coachroom.errors import (
    TRY_AGAIN,
    StatementError,
    StoreClosedError,
    StoreDamagedError,
    StoreError,
    StoreLockedError,
    exit_status,
)
from coachroom.store import duck
from coachroom.store import migrate as migrate_module
from coachroom.store.duck import DuckStore
from coachroom.store.migrate import Migration, known_migrations, migrate
from tests.store.held import held_elsewhere

NOW = datetime(2026, 5, 1, 12)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "data" / "room.duckdb"
    store = DuckStore(path)
    migrate(store, NOW)
    store.close()
    return path


def refusal(path: Path, kind: type[StoreError]) -> str:
    with pytest.raises(kind) as caught:
        DuckStore(path)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert path.name in sentence
    return sentence


def test_a_file_that_another_process_has_open_is_locked(path: Path) -> None:
    with held_elsewhere(path) as holder:
        sentence = refusal(path, StoreLockedError)
        assert str(holder) in sentence
        assert "COACHROOM_DATABASE" in sentence
    DuckStore(path).close()


@pytest.mark.parametrize(
    ("query", "patience_s", "ends"),
    [
        ("SELECT count(*) FROM range(20_000) WHERE noticed(range) = 1", 600.0, "answered"),
        ("SELECT count(*) FROM range(1_000_000_000_000) WHERE noticed(range) = 1", 0.0, "interrupted"),
    ],
)
def test_closing_waits_for_a_query_and_interrupts_one_that_takes_too_long(
    path: Path, query: str, patience_s: float, ends: str
) -> None:
    store = DuckStore(path)
    began, ended = threading.Event(), list[str]()

    def noticed(_: int) -> int:
        began.set()
        return 1

    def read() -> None:
        try:
            with store.cursor() as cursor:
                cursor.create_function("noticed", noticed, ["BIGINT"], "BIGINT", side_effects=True)
                cursor.execute(query)
            ended.append("answered")
        except StatementError:
            ended.append("interrupted")

    reader = threading.Thread(target=read)
    reader.start()
    assert began.wait(60)
    store.close(patience_s)
    reader.join()
    assert ended == [ends]
    with pytest.raises(StoreClosedError):
        store.execute("SELECT 1")
    DuckStore(path).close()


def test_closing_does_not_wait_without_end_for_who_runs_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coachroom.store.duck.INTERRUPTED_S", 0.05)
    store = DuckStore(path)
    with store.cursor():
        store.close(0.05)
        with pytest.raises(StoreClosedError):
            store.execute("SELECT 1")
    DuckStore(path).close()


@pytest.mark.parametrize("content", [b"hello, I am no database\n" * 500, b"\0" * 20_000, b"x"])
def test_garbage_is_no_database(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "room.duckdb"
    path.write_bytes(content)
    assert "is not a DuckDB database or is damaged" in refusal(path, StoreDamagedError)
    assert path.read_bytes() == content


def test_a_truncated_file_is_damaged(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 4])
    refusal(path, StoreDamagedError)


def test_a_flipped_bit_in_the_header_is_damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[100] ^= 0xFF
    path.write_bytes(content)
    refusal(path, StoreDamagedError)


def opened_without_space(path: Path, space: int) -> str:
    """What is said of a database where no file grows beyond `space` bytes, as on a full disk."""
    script = (
        "import sys, resource; from pathlib import Path;"
        "_, most = resource.getrlimit(resource.RLIMIT_FSIZE);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), most));"
        "from datetime import datetime; from coachroom.store.duck import DuckStore;"
        "from coachroom.store.migrate import migrate; from coachroom.errors import StoreError\n"
        "try: migrate(DuckStore(Path(sys.argv[1])), datetime(2026, 5, 1))\n"
        "except StoreError as error: print(error)"
    )
    said = subprocess.run([sys.executable, "-c", script, str(path), str(space)], check=True, capture_output=True)
    return said.stdout.decode().strip()


@pytest.mark.parametrize("space", [1, 4096, 10_000, 12_288, 20_000])
def test_a_new_database_without_space_says_so_and_is_made_once_there_is_some(tmp_path: Path, space: int) -> None:
    path = tmp_path / "room.duckdb"
    sentence = opened_without_space(path, space)
    assert path.name in sentence
    assert "File too large" in sentence
    assert "damaged" not in sentence
    migrate(DuckStore(path), NOW)


def test_an_empty_file_is_told_from_a_damaged_one(tmp_path: Path) -> None:
    path = tmp_path / "room.duckdb"
    path.touch()
    sentence = refusal(path, StoreError)
    assert "is empty" in sentence
    assert "delete it" in sentence


@pytest.mark.parametrize("left", [0, 4096, 8192, 12_287])
def test_what_another_start_left_that_is_failing_may_be_gone_at_the_next(
    path: Path, monkeypatch: pytest.MonkeyPatch, left: int
) -> None:
    begun = path.read_bytes()[:left]
    path.unlink()
    connect = duckdb.connect

    def fails_after_another_start(*_: Any, **__: Any) -> None:
        path.write_bytes(begun)
        monkeypatch.setattr(duckdb, "connect", connect)
        with pytest.raises(StoreError) as caught:
            DuckStore(path)
        assert exit_status(caught.value) == TRY_AGAIN
        assert path.read_bytes() == begun
        raise duckdb.IOException(f'IO Error: Could not write file "{path}": File too large')

    monkeypatch.setattr(duckdb, "connect", fails_after_another_start)
    assert "File too large" in refusal(path, StoreError)
    DuckStore(path).close()


@pytest.mark.parametrize("suffix", ["", ".wal"])
def test_a_start_that_fails_takes_no_database_away_that_another_one_made(
    path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    made = path.read_bytes()
    path.unlink()

    def fails_after_another_start(*_: Any, **__: Any) -> None:
        path.write_bytes(b"" if suffix else made)
        path.with_name(path.name + suffix).write_bytes(made)
        raise duckdb.IOException(f'IO Error: Could not read file "{path}": Input/output error')

    monkeypatch.setattr(duckdb, "connect", fails_after_another_start)
    refusal(path, StoreError)
    assert path.exists()


@pytest.mark.parametrize("folder", ["WAL", "Permission", "already open", "newer version", "Could not set lock"])
def test_what_a_path_says_is_not_taken_for_the_reason(tmp_path: Path, folder: str) -> None:
    path = tmp_path / folder / "room.duckdb"
    path.parent.mkdir()
    path.write_bytes(b"no database at all")
    assert "is not a DuckDB database or is damaged" in refusal(path, StoreDamagedError)


def test_a_name_that_the_system_takes_for_no_file_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.duckdb").symlink_to(tmp_path / "b.duckdb")
    (tmp_path / "b.duckdb").symlink_to(tmp_path / "a.duckdb")
    for path in (tmp_path / "a.duckdb", tmp_path / ("x" * 300)):
        assert "COACHROOM_DATABASE" in refusal(path, StoreError)


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    folder = tmp_path / "room.duckdb"
    folder.mkdir()
    refusal(folder, StoreError)


def test_a_parent_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("in the way")
    with pytest.raises(StoreError, match="COACHROOM_DATABASE"):
        DuckStore(tmp_path / "data" / "room.duckdb")


def leave_wal(path: Path, rows: int) -> Path:
    """Commits rows and dies, so that they stand in the write-ahead log only."""
    script = (
        "import sys, os, duckdb; c = duckdb.connect(sys.argv[1]);"
        "add = lambda n: c.execute('INSERT INTO consents VALUES ($1, $2, now()::TIMESTAMP)', [str(n), '1']);"
        f"[add(n) for n in range({rows})]; os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", script, str(path)], check=True)
    return path.with_name(path.name + ".wal")


@pytest.mark.parametrize("tail", [b"\0" * 4096, b"garbage" * 70])
def test_a_torn_end_of_the_log_loses_no_commit(path: Path, tail: bytes) -> None:
    wal = leave_wal(path, 20)
    wal.write_bytes(wal.read_bytes() + tail)
    store = DuckStore(path)
    assert store.execute("SELECT count(*) FROM consents") == [(20,)]
    store.close()


def test_a_flipped_bit_in_the_log_stops_with_the_way_out(path: Path) -> None:
    wal = leave_wal(path, 20)
    content = bytearray(wal.read_bytes())
    content[-40] ^= 0xFF
    wal.write_bytes(content)
    assert f"{path.name}.wal aside" in refusal(path, StoreDamagedError)
    assert wal.read_bytes() == content


def test_a_log_that_is_none_is_passed_over_and_later_commits_are_safe(path: Path) -> None:
    path.with_name(path.name + ".wal").write_bytes(b"not a log at all" * 100)
    leave_wal(path, 20)
    store = DuckStore(path)
    assert store.execute("SELECT count(*) FROM consents") == [(20,)]
    store.close()


def test_migrating_twice_changes_nothing(path: Path) -> None:
    store = DuckStore(path)
    before = store.execute("SELECT * FROM schema_version")
    assert migrate(store, datetime(2027, 1, 1)) == before[-1][0]
    assert store.execute("SELECT * FROM schema_version") == before
    store.close()


def test_a_newer_schema_is_left_alone(path: Path) -> None:
    store = DuckStore(path)
    store.execute("INSERT INTO schema_version VALUES (9999, 'future', 'x', $1)", [NOW])
    with pytest.raises(StoreError, match="schema version 9999"):
        migrate(store, NOW)
    store.close()


def test_an_edited_migration_is_refused(path: Path) -> None:
    store = DuckStore(path)
    store.execute("UPDATE schema_version SET sha256 = 'other' WHERE version = 1")
    with pytest.raises(StoreError, match=r"Migration 1 .* differs"):
        migrate(store, NOW)
    store.close()


def test_a_migration_may_have_a_semicolon_in_its_text(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sql = "CREATE TABLE notes (text TEXT DEFAULT 'one;\ntwo');\nINSERT INTO notes VALUES (DEFAULT);\n"
    monkeypatch.setattr(migrate_module, "known_migrations", lambda: [*known_migrations(), Migration(9000, "n", sql)])
    store = DuckStore(path)
    migrate(store, NOW)
    assert store.execute("SELECT text FROM notes") == [("one;\ntwo",)]
    store.close()


def test_a_migration_that_fails_leaves_the_schema_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Migration(9000, "broken", "CREATE TABLE half (id INTEGER);\nCREATE TABLE sessions (id INTEGER);\n")
    monkeypatch.setattr(migrate_module, "known_migrations", lambda: [*known_migrations(), broken])
    store = DuckStore(path)
    with pytest.raises(Exception, match="already exists"):
        migrate(store, NOW)
    assert store.execute("SELECT count(*) FROM information_schema.tables WHERE table_name = 'half'") == [(0,)]
    assert store.execute("SELECT count(*) FROM schema_version WHERE version = 9000") == [(0,)]
    store.close()


def test_a_transaction_that_raises_is_rolled_back(path: Path) -> None:
    store = DuckStore(path)
    with pytest.raises(RuntimeError), store.transaction() as transaction:
        transaction.execute("INSERT INTO consents VALUES ('c', '1', $1)", [NOW])
        assert transaction.execute("SELECT count(*) FROM consents") == [(1,)]
        raise RuntimeError
    assert store.execute("SELECT count(*) FROM consents") == [(0,)]
    store.close()
    store.close()


def test_parameters_go_by_name_also_those_that_a_statement_does_not_use() -> None:
    store = DuckStore(None)
    values = {"age": 41, "name": "Ana", "unused": object()}
    query = "-- $unused in a comment\nSELECT $name AS name, $age AS age, '$unused' AS text, $age + 1 AS next"
    try:
        assert store.execute(query, values) == [("Ana", 41, "$unused", 42)]
        assert store.frame(query, values)["next"].tolist() == [42]
        with store.transaction() as transaction:
            assert transaction.execute(query, values) == [("Ana", 41, "$unused", 42)]
            assert transaction.execute("SELECT 1", values) == [(1,)]
        with pytest.raises(StatementError) as error:
            store.execute(query, {"name": "Ana"})
        assert "age" in error.value.cause
    finally:
        store.close()


def test_a_statement_asked_again_sees_what_the_table_has_become() -> None:
    """Parsed statements are cached, and shared by stores and threads; what they mean is decided anew each time."""
    first, second = DuckStore(None), DuckStore(None)
    asked = "SELECT max(a) FROM t WHERE a >= $1"
    first.execute("CREATE TABLE t (a INTEGER)")
    first.execute("INSERT INTO t VALUES (9), (10)")
    assert first.execute(asked, [2]) == [(10,)]
    first.execute("DROP TABLE t")
    first.execute("CREATE TABLE t (a TEXT)")
    first.execute("INSERT INTO t VALUES ('9'), ('10')")
    second.execute("CREATE TABLE t (a DOUBLE)")
    assert first.execute(asked, ["2"]) == [("9",)]
    assert second.execute(asked, [2]) == [(None,)]
    found: list[object] = []
    threads = [
        threading.Thread(target=lambda: found.extend(first.execute("SELECT $1 + 1", [n]) for n in range(200)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found.count([(200,)]) == 4
    assert len(found) == 800
    first.close()
    second.close()


def test_no_more_parsed_statements_are_cached_than_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duck, "MAX_CACHED_STATEMENTS", 3)
    store = DuckStore(None)
    for number in range(10):
        assert store.execute(f"SELECT {number}") == [(number,)]
        assert len(duck._STATEMENTS) <= 3
    store.execute(f"SELECT '{'x' * duck.MAX_CACHED_CHARS}'")
    store.execute("CREATE TABLE t (a INTEGER)")
    assert all(len(text) < duck.MAX_CACHED_CHARS and text.startswith("SELECT") for text in duck._STATEMENTS)
    store.close()
