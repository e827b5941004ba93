"""Databases for tests: a file in the test's own folder, or a schema of the test's own in a throw-away PostgreSQL."""

from __future__ import annotations

import atexit
import os
import secrets
from contextlib import ExitStack, suppress
from functools import cache
from pathlib import Path
from urllib.parse import quote

import psycopg

from coachroom.postgres_address import PostgresAddress
from coachroom.store.store import Engine, Store
from tests.postgres_cluster import USER, running_cluster

ENGINE = Engine(os.environ.get("TEST_ENGINE", "duckdb"))
# Where the PostgreSQL of this run listens, for the processes that run tests beside the first.
SOCKET = "TEST_POSTGRES_SOCKET"


@cache
def postgres_socket() -> Path:
    """The folder of the socket of the one PostgreSQL of this run, which ends with the process that began it."""
    if SOCKET in os.environ:
        return Path(os.environ[SOCKET])
    open_until_exit = ExitStack()
    folder = open_until_exit.enter_context(running_cluster({"listen_addresses": "", "max_connections": "300"}))
    # Only now: what was asked for last is done first, and the folder would be gone before the server.
    atexit.register(open_until_exit.close)
    return folder


def postgres_url(database: str = "postgres", **parts: str) -> str:
    """An address there, with further `parts` behind its question mark."""
    given = {"host": str(postgres_socket()), **parts}
    return f"postgresql://{USER}@/{database}?" + "&".join(f"{key}={quote(value)}" for key, value in given.items())


def database_in(folder: Path, name: str = "coachroom.duckdb") -> Path | PostgresAddress:
    """The database of a test's folder: a file, or where TEST_ENGINE is postgresql a schema of the same life."""
    return postgres_in(folder / name) if ENGINE is Engine.POSTGRESQL else folder / name


def setting_of(database: Path | PostgresAddress) -> str:
    """What COACHROOM_DATABASE is for it."""
    return str(database) if isinstance(database, Path) else postgres_url(schema=database.schema or "public")


_schemas: dict[Path, PostgresAddress] = {}


def postgres_in(path: Path) -> PostgresAddress:
    """A schema of its own for this path, empty at first."""
    if path not in _schemas:
        _schemas[path] = new_postgres()
    return _schemas[path]


def drop_databases_in(folder: Path) -> None:
    """Thousands of schemas would slow the server down."""
    for path in [path for path in _schemas if path.is_relative_to(folder)]:
        with (
            psycopg.connect(postgres_url(), autocommit=True) as connection,
            suppress(psycopg.errors.LockNotAvailable),
        ):
            # What a test has left open is no reason to wait.
            connection.execute("SET lock_timeout = '1s'")
            connection.execute(f"DROP SCHEMA {_schemas.pop(path).schema} CASCADE")


def new_postgres() -> PostgresAddress:
    """An empty schema that no other test has."""
    schema = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(postgres_url(), autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
    return PostgresAddress.read(postgres_url(schema=schema))


def columns_but(store: Store, table: str, *left_out: str) -> str:
    """The names of a table's columns without some, in its order."""
    columns = (
        "SELECT column_name FROM information_schema.columns "
        "WHERE table_name = $1 AND table_schema = current_schema() ORDER BY ordinal_position"
    )
    return ", ".join(name for (name,) in store.execute(columns, [table]) if name not in left_out)


# What is DuckDB's own, and why; everything else runs on PostgreSQL too, by `make test ENGINE=postgresql`.
DUCKDB_ONLY = {
    "tests/bench": "benches make a DuckDB file",
    "tests/demo": "the demo community is made in a DuckDB file",
    "tests/metrics": "numbers are computed by DuckDB on both",
    "tests/notebooks": "notebooks read snapshots of DuckDB files",
    "tests/charts": "they draw numbers, which DuckDB computes on both",
    "tests/store/test_backup.py": "backups are of DuckDB files",
    "tests/store/test_compact.py": "compacting is of DuckDB files",
    "tests/store/test_duck.py": "it is DuckDB's adapter",
    "tests/store/test_seed_import.py": "the first version's tables are read into a DuckDB file",
    "tests/store/test_seed_database.py": "the first version's tables are read into a DuckDB file",
    "tests/store/test_snapshot.py": "snapshots are of DuckDB files",
    "tests/test_existing_database.py": "it opens a file of an earlier version",
    "tests/app/test_backups.py": "backups are of DuckDB files",
    "tests/app/test_maintenance.py": "compacting is of DuckDB files",
    "tests/privacy/test_kills.py": "it copies DuckDB files",
    "tests/privacy/test_never_back.py": "it restores backups of DuckDB files",
    "tests/web/test_failed_database.py": "a full disk fails DuckDB's file; PostgreSQL's is at another process",
    "tests/test_ways_in.py": "each way in makes the database file of a new installation",
    "tests/test_crash.py": "it looks at what a kill left of the file",
}


ALONE = "alone, a start ends what nobody saw; beside other replicas the leader does (tests/rooms/test_seats.py)"

# Of files that run on both.
DUCKDB_ONLY_TESTS = {
    "test_who_does_not_come_back_after_a_restart_was_last_seen_before_it": ALONE,
    "test_a_start_ends_what_nobody_saw_for_longer_than_the_grace_period": ALONE,
    "test_after_a_crash_open_sessions_are_closed_where_they_were_last_seen": ALONE,
    "test_a_crash_right_after_the_call_began_leaves_no_session_that_ends_before_it_starts": ALONE,
    "test_a_restart_in_between_loses_and_doubles_nothing": ALONE,
    "test_a_backup_is_taken_while_the_app_runs_and_restored_beside_it": "backups are of DuckDB files",
    "test_a_client_is_erased_and_the_file_compacted_in_the_middle_of_a_conversation": "compacting is of DuckDB files",
    "test_a_scrape_scans_no_turns": "it watches what DuckDB is asked; PostgreSQL has a test of its own beside it",
    "test_while_it_runs_no_notebook_tells_it": "notebooks read snapshots of DuckDB files",
    "test_once_it_has_its_size_a_notebook_tells_it": "notebooks read snapshots of DuckDB files",
    "test_a_backup_from_before_brings_none_of_it_back": "backups are of DuckDB files",
    "test_the_export_has_it_no_more_and_compaction_is_due": "compacting is of DuckDB files",
    "test_whoever_a_restore_brings_back_is_due_for_compaction_again": "compacting is of DuckDB files",
    "test_what_was_stored_goes_as_it_is_taken_off_the_record": "compacting is of DuckDB files",
    "test_words_stay_until_they_are_old_enough_and_then_go_everywhere": "compacting is of DuckDB files",
}


def duckdb_only(test: str) -> str | None:
    """Why a test, by its id, is DuckDB's own; None where it is not."""
    if why := DUCKDB_ONLY_TESTS.get(test.rpartition("::")[2].partition("[")[0]):
        return why
    return next((why for place, why in DUCKDB_ONLY.items() if test.startswith((f"{place}/", f"{place}::"))), None)
