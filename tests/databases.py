"""Databases for tests: a file in the test's own folder, or a database of its own in a throw-away PostgreSQL."""

from __future__ import annotations

import atexit
import os
import secrets
import shutil
from contextlib import ExitStack, closing
from datetime import datetime
from functools import cache
from pathlib import Path
from urllib.parse import quote

import psycopg

from coachroom.postgres_address import PostgresAddress
from coachroom.store.migrate import migrate
from coachroom.store.opening import open_store
from coachroom.store.store import Engine, Store
from tests.postgres_cluster import USER, running_cluster

ENGINE = Engine(os.environ.get("TEST_ENGINE", "duckdb"))
# Where the PostgreSQL of this run listens, for the processes that run tests beside the first.
SOCKET = "TEST_POSTGRES_SOCKET"
MEMORY = Path("/dev/shm")
MIN_FREE_BYTES = 2 * 1024**3
# Nothing of it outlives a crash; tests of crashes start a PostgreSQL of their own.
SHARED_CLUSTER = {
    "listen_addresses": "",
    "max_connections": "300",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}


def memory_folder() -> Path | None:
    """A folder that lies in memory; None where there is too little of it."""
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= MIN_FREE_BYTES
    return MEMORY if roomy else None


@cache
def postgres_socket() -> Path:
    """The folder of the socket of the one PostgreSQL of this run, which ends with the process that began it."""
    if SOCKET in os.environ:
        return Path(os.environ[SOCKET])
    open_until_exit = ExitStack()
    folder = open_until_exit.enter_context(running_cluster(SHARED_CLUSTER, memory_folder()))
    # Only now: what was asked for last is done first, and the folder would be gone before the server.
    atexit.register(open_until_exit.close)
    return folder


def postgres_url(database: str = "postgres", **parts: str) -> str:
    """An address there, with further `parts` behind its question mark."""
    given = {"host": str(postgres_socket()), **parts}
    return f"postgresql://{USER}@/{database}?" + "&".join(f"{key}={quote(value)}" for key, value in given.items())


def database_in(folder: Path, name: str = "coachroom.duckdb") -> Path | PostgresAddress:
    """The database of a test's folder: a file, or where TEST_ENGINE is postgresql a database of the same life."""
    return postgres_in(folder / name) if ENGINE is Engine.POSTGRESQL else folder / name


def setting_of(database: Path | PostgresAddress) -> str:
    """What COACHROOM_DATABASE is for it."""
    if isinstance(database, Path):
        return str(database)
    return database.connection + (f"&schema={database.schema}" if database.schema else "")


# The names of databases by the path of the file that each stands for, and of those whose test is over.
_databases: dict[Path, str] = {}
_done_with: list[str] = []


def postgres_in(path: Path) -> PostgresAddress:
    """A database of its own for this path, at first with every table and no rows."""
    if path not in _databases:
        _databases[path] = f"test_{secrets.token_hex(6)}"
        template = _migrated_template()
        with psycopg.connect(postgres_url(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {_databases[path]} TEMPLATE {template} STRATEGY file_copy")
    return PostgresAddress.read(postgres_url(_databases[path]))


@cache
def _migrated_template() -> str:
    """The database that others are copied from, made once a process: a copy takes a fifth of what migrations do."""
    name = f"migrated_{secrets.token_hex(6)}"
    with psycopg.connect(postgres_url(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    with closing(open_store(PostgresAddress.read(postgres_url(name)))) as store:
        migrate(store, datetime(2026, 5, 1, 12))
    return name


def drop_databases_in(folder: Path) -> None:
    """Thousands would fill the memory. Each goes a test later, as the server waits for whoever has just left."""
    if _done_with:
        with psycopg.connect(postgres_url(), autocommit=True) as connection:
            while _done_with:
                connection.execute(f"DROP DATABASE {_done_with.pop()} WITH (FORCE)")
    for path in [path for path in _databases if path.is_relative_to(folder)]:
        _done_with.append(_databases.pop(path))


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
    "tests/metrics/test_subtraction.py": "numbers are computed by DuckDB on both, as the oracle finds them",
    "tests/notebooks": "notebooks read snapshots of DuckDB files",
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
    "tests/cli/test_migrate_to.py": "it begins with a DuckDB file and has both engines each time",
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
    "test_after_a_restart_nothing_is_known_but_what_is_on_disk": ALONE,
    "test_a_call_that_was_going_on_when_the_server_was_killed_is_asked_for_after_the_start": ALONE,
    "test_a_database_of_one_process_counts_no_versions": "of PostgreSQL there may be several",
    "test_a_backup_is_taken_while_the_app_runs_and_restored_beside_it": "backups are of DuckDB files",
    "test_a_client_is_erased_and_the_file_compacted_in_the_middle_of_a_conversation": "compacting is of DuckDB files",
    "test_a_scrape_scans_no_turns": "it watches what DuckDB is asked; PostgreSQL has a test of its own beside it",
    "test_while_it_runs_no_notebook_tells_it": "notebooks read snapshots of DuckDB files",
    "test_once_it_has_its_size_a_notebook_tells_it": "notebooks read snapshots of DuckDB files",
    "test_a_backup_from_before_brings_none_of_it_back": "backups are of DuckDB files",
    "test_the_export_has_it_no_more_and_compaction_is_due": "compacting is of DuckDB files",
    "test_whoever_a_restore_brings_back_is_due_for_compaction_again": "compacting is of DuckDB files",
    "test_a_second_process_is_refused_in_one_sentence": "of PostgreSQL there may be several",
    "test_a_client_is_erased_and_then_the_bytes_go": "compacting is of DuckDB files",
    "test_importing_takes_a_snapshot_back": "snapshots are of DuckDB files",
    "test_importing_the_seeds_tables": "the first version's tables are read into a DuckDB file",
    "test_a_database_that_was_cut_off_is_one_sentence": "it cuts the file",
    "test_nothing_is_held_back_where_there_is_no_database": "no file is made; PostgreSQL's database is there before",
    "test_without_a_database_there_is_nothing_to_export": "no file is made; PostgreSQL's database is there before",
    "test_what_was_stored_goes_as_it_is_taken_off_the_record": "compacting is of DuckDB files",
    "test_words_stay_until_they_are_old_enough_and_then_go_everywhere": "compacting is of DuckDB files",
}


def duckdb_only(test: str) -> str | None:
    """Why a test, by its id, is DuckDB's own; None where it is not."""
    if why := DUCKDB_ONLY_TESTS.get(test.rpartition("::")[2].partition("[")[0]):
        return why
    return next((why for place, why in DUCKDB_ONLY.items() if test.startswith((f"{place}/", f"{place}::"))), None)
