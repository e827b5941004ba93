"""A copy of a few columns of PostgreSQL's tables in a DuckDB file of this process, for what scans them as a whole.

The source notes which rows a transaction touched (migrations/postgres/0002_mirror.sql). The mirror remembers the
snapshot up to which it has seen everything, and next asks for the rows of the transactions that were not in it: so it
misses none, in whatever order they commit. It is made from nothing at each start, after a lost connection, and soon
after rows that tell of people are gone, as DuckDB leaves the bytes of deleted rows in its file.
"""

from __future__ import annotations

import re
import shutil
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

import duckdb
import psycopg

from coachroom.clock import Clock
from coachroom.errors import NumbersNotReadyError, StoreClosedError, StoreError
from coachroom.store.duck import DuckStore
from coachroom.store.mirrored_table import MirroredTable
from coachroom.store.store import Parameters, Row
from coachroom.traces.spans import measured
from coachroom.traces.work import Work

if TYPE_CHECKING:
    import pandas as pd

    from coachroom.store.postgres import PostgresStore

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

MEMORY = "1GB"
# Of rows on their way, on disk at once.
CHUNK_BYTES = 64 * 1024 * 1024
# Whoever has not asked for so long may have missed changes that are noted no more.
KEPT_SECONDS = 3600.0
SWEPT_EVERY_SECONDS = 600.0
SWEPT_AT_ONCE = 10_000
FIRST_WAIT_SECONDS = 20.0
# A copy that was replaced stays open for queries under way.
LAST_QUERY_SECONDS = 60.0
# Making one takes at most a twentieth of the time.
LEAST_PAUSE_SECONDS, PAUSE_FACTOR = 30.0, 20.0
# Those of transactions that never were are of another server, whose backup was restored into this one.
_SWEEP = """
DELETE FROM mirror_changes WHERE ctid = ANY(
  ARRAY(
    SELECT ctid FROM mirror_changes
    WHERE changed_by < CAST(CAST($1 AS text) AS xid8) OR changed_by >= pg_snapshot_xmax(pg_current_snapshot())
    LIMIT $2
  )
)
"""
SourceConnection = psycopg.Connection[Row]
# 10:20:10,14,15 - the first transaction that was under way, the first that had not begun, and those under way.
_SNAPSHOT = re.compile(r"\d+:\d+:[\d,]*")


@dataclass(frozen=True)
class MirrorDifference:
    """A table in which mirror and source do not have the same rows."""

    table: str
    in_source: int
    in_mirror: int


class _Copy:
    """One file, and how many queries are under way in it."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.store = DuckStore(path, memory_limit=MEMORY)
        self.readers = 0

    def remove(self) -> None:
        self.store.close()
        if self.path is not None:
            for file in (self.path, self.path.with_name(self.path.name + ".wal")):
                file.unlink(missing_ok=True)


class Mirror:
    """Reads from any thread; one thread refreshes it. Before the first copy is made, reads wait for it a while."""

    def __init__(
        self,
        source: PostgresStore,
        tables: Sequence[MirroredTable],
        folder: Path,
        clock: Clock,
        *,
        least_pause: float = LEAST_PAUSE_SECONDS,
        pause_factor: float = PAUSE_FACTOR,
    ) -> None:
        """`folder`: where its files lie, each process's in one of its own; those of dead processes are removed.

        Between two copies there are at least `least_pause` seconds, and the time of making one times `pause_factor`.
        """
        self._source = source
        self._tables = tuple(tables)
        self._clock = clock
        self._least_pause = least_pause
        self._pause_factor = pause_factor
        self._folder, self._lock_file = _own_folder(folder)
        self._resources = ExitStack()
        self._connection: SourceConnection | None = None
        self._refreshing = threading.Lock()
        self._guard = threading.Condition()
        self._copy: _Copy | None = None
        self._closed = False
        self._snapshot = ""
        self._as_of: datetime | None = None
        self._seen_at = self._swept_at = 0.0
        # Before which transaction all were over, and when that was.
        self._over: deque[tuple[float, str]] = deque()
        self._made_at, self._making_took = 0.0, 0.0
        self._must_be_made = True
        self._number = 0

    @property
    def as_of(self) -> datetime | None:
        """The time (naive UTC) up to which everything is in it; None before the first copy is made."""
        return self._as_of

    def execute(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """All rows of one query. Raises NumbersNotReadyError where nothing was copied yet."""
        with self._reading() as store:
            return store.execute(sql, parameters)

    def frame(self, sql: str, parameters: Parameters = ()) -> pd.DataFrame:
        """The result of one query as a data frame. Raises NumbersNotReadyError where nothing was copied yet."""
        with self._reading() as store:
            return store.frame(sql, parameters)

    def refresh(self) -> None:
        """Takes over what changed in the source since the last time, or makes a new copy where one is due.

        Raises StoreError where the source does not answer; the next call tries again.
        """
        with self._refreshing, measured(Work.MIRROR):
            makes = self._is_due()
            # What was known of a server to which the line broke need not hold for the one that answers now.
            if self._closed or not (makes or self._snapshot):
                return
            now = self._clock()
            with self._in_snapshot() as (connection, snapshot):
                if makes:
                    self._make(connection)
                else:
                    self._follow(connection)
            self._snapshot, self._as_of = snapshot, now
            self._sweep()

    def differences(self) -> list[MirrorDifference]:
        """The tables that differ from the source, by a count and a checksum of each; refreshes before it looks."""
        with self._refreshing, self._in_snapshot() as (connection, snapshot):
            if self._copy is None or not self._snapshot:
                raise NumbersNotReadyError
            self._follow(connection)
            self._snapshot = snapshot
            fresh, found = _Copy(None), []
            try:
                for table in self._tables:
                    _fill(connection, fresh.store, table, self._folder)
                    source, mirror = _sums(fresh.store, table), _sums(self._copy.store, table)
                    if source != mirror:
                        found.append(MirrorDifference(table.name, source[0], mirror[0]))
            finally:
                fresh.remove()
        return found

    def close(self) -> None:
        """Removes its files. May be called twice."""
        self._closed = True
        with self._refreshing:
            self._hang_up()
            with self._guard:
                copy, self._copy = self._copy, None
                self._guard.notify_all()
            if copy is not None:
                self._retire(copy)
            if self._lock_file is not None:
                self._lock_file.close()
                self._lock_file = None
            shutil.rmtree(self._folder, ignore_errors=True)

    @contextmanager
    def _reading(self) -> Iterator[DuckStore]:
        with self._guard:
            self._guard.wait_for(lambda: self._copy is not None or self._closed, FIRST_WAIT_SECONDS)
            copy = self._copy
            if copy is None:
                raise NumbersNotReadyError
            copy.readers += 1
        try:
            yield copy.store
        finally:
            with self._guard:
                copy.readers -= 1
                self._guard.notify_all()

    @contextmanager
    def _in_snapshot(self) -> Iterator[tuple[SourceConnection, str]]:
        """A connection in one snapshot of the source, and which it is."""
        try:
            connection = self._connected()
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            # The copy of a large table takes its time, and so may DuckDB between two of them.
            row = connection.execute(
                "SELECT CAST(pg_current_snapshot() AS text), set_config('statement_timeout', '0', true), "
                "set_config('idle_in_transaction_session_timeout', '60s', true)"
            ).fetchone()
            yield connection, _checked(row)
            connection.execute("COMMIT")
        except (psycopg.Error, duckdb.Error) as error:
            self._hang_up()
            raise StoreError(
                f"The numbers cannot be copied from {self._source.name} ({type(error).__name__})."
            ) from error
        except BaseException:
            self._hang_up()
            raise

    def _connected(self) -> SourceConnection:
        if self._connection is None:
            self._connection = self._resources.enter_context(self._source.connection())
        return self._connection

    def _hang_up(self) -> None:
        """Whatever comes afterwards may be another server, or this one as it was earlier."""
        self._must_be_made, self._snapshot, self._connection = True, "", None
        with suppress(psycopg.Error):
            self._resources.close()

    def _is_due(self) -> bool:
        now = time.monotonic()
        if self._copy is None or now - self._seen_at > KEPT_SECONDS / 2:
            return True
        return self._must_be_made and now - self._made_at >= max(
            self._least_pause, self._pause_factor * self._making_took
        )

    def _make(self, connection: SourceConnection) -> None:
        began = time.monotonic()
        self._number += 1
        copy = _Copy(self._folder / f"numbers-{self._number}.duckdb")
        try:
            for table in self._tables:
                if self._closed:
                    raise StoreClosedError("The numbers are copied no further: coachroom is stopping.")
                _fill(connection, copy.store, table, self._folder)
            copy.store.execute("CHECKPOINT")
        except BaseException:
            copy.remove()
            raise
        with self._guard:
            before, self._copy = self._copy, copy
            self._guard.notify_all()
        self._must_be_made = False
        self._made_at = self._seen_at = time.monotonic()
        self._making_took = self._made_at - began
        if before is not None:
            self._retire(before)

    def _follow(self, connection: SourceConnection) -> None:
        if self._copy is None:
            raise NumbersNotReadyError
        since = f"changed_by >= CAST('{self._snapshot.partition(':')[0]}' AS xid8)"
        unseen = f"{since} AND NOT pg_visible_in_snapshot(changed_by, CAST('{self._snapshot}' AS pg_snapshot))"
        rows = connection.execute(f"SELECT DISTINCT table_name FROM mirror_changes WHERE {unseen}").fetchall()
        changed = {name for (name,) in rows}
        if changed:
            with self._copy.store.cursor() as cursor, _one_transaction(cursor):
                for table in self._tables:
                    if table.name in changed and _take_over(connection, cursor, table, unseen, self._folder):
                        self._must_be_made |= table.of_people
        self._seen_at = time.monotonic()

    def _sweep(self) -> None:
        """Changes of transactions that were over KEPT_SECONDS ago are noted no longer: everybody has seen them."""
        now = time.monotonic()
        if now - self._swept_at < SWEPT_EVERY_SECONDS:
            return
        self._swept_at = now
        self._over.append((now, self._snapshot.partition(":")[0]))
        seen = None
        while self._over and now - self._over[0][0] >= KEPT_SECONDS:
            _, seen = self._over.popleft()
        # Some at a time, as all others wait for a writer: after a move or a rebuild there are as many as rows.
        while not self._closed:
            with self._source.transaction() as transaction:
                ((gone,),) = transaction.execute(_SWEEP, [seen, SWEPT_AT_ONCE])
            if gone < SWEPT_AT_ONCE:
                break

    def _retire(self, copy: _Copy) -> None:
        with self._guard:
            self._guard.wait_for(lambda: copy.readers == 0, LAST_QUERY_SECONDS)
        copy.remove()


def _checked(row: Row | None) -> str:
    snapshot = str(row[0]) if row else ""
    if not _SNAPSHOT.fullmatch(snapshot):
        raise StoreError("The database does not say which transactions are in a snapshot: it is no PostgreSQL.")
    return snapshot


def _own_folder(folder: Path) -> tuple[Path, Any]:
    """A new folder in this one, with a file that is locked as long as this process lives; removes those of others
    that live no more."""
    folder.mkdir(parents=True, exist_ok=True)
    if fcntl is None:  # pragma: no cover - no Windows among the tests
        return Path(mkdtemp(prefix="process-", dir=folder)), None
    for earlier in folder.glob("process-*"):
        with suppress(OSError), (earlier / "lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(earlier, ignore_errors=True)
    own = Path(mkdtemp(prefix="new-", dir=folder))
    lock = (own / "lock").open("ab")
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    # Only a folder whose lock is held has a name that others look at.
    named = own.rename(own.with_name(own.name.replace("new-", "process-", 1)))
    return named, lock


def _types_of(connection: SourceConnection, table: MirroredTable) -> dict[str, str]:
    """Each column's type; DuckDB knows PostgreSQL's names."""
    rows = connection.execute(
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
        "WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped",
        [table.name],
    ).fetchall()
    types = {name: "text" if type.startswith("json") else type for name, type in rows}
    return {column: types[column] for column in table.columns}


def _read(types: dict[str, str]) -> str:
    """The columns as CSV gives them to DuckDB: an array in its kind of brackets."""
    return ", ".join(
        f"translate(CAST(t.{name} AS text), '{{}}', '[]')" if type.endswith("[]") else f"t.{name}"
        for name, type in types.items()
    )


def _fill(connection: SourceConnection, store: DuckStore, table: MirroredTable, folder: Path) -> None:
    types = _types_of(connection, table)
    columns = ", ".join(f"{name} {type}" for name, type in types.items())
    store.execute("CREATE SCHEMA IF NOT EXISTS mirrored")
    store.execute(f"CREATE TABLE mirrored.{table.name} (row_key text, {columns})")
    store.execute(f"CREATE VIEW {table.name} AS SELECT {', '.join(types)} FROM mirrored.{table.name}")
    query = f"SELECT CAST(ARRAY[{', '.join(table.key)}] AS text), {_read(types)} FROM {table.name} t"
    for file in _chunks(connection, query, folder):
        store.execute(f"INSERT INTO mirrored.{table.name} SELECT * FROM {_csv(file, {'row_key': 'text', **types})}")


def _take_over(
    connection: SourceConnection,
    cursor: duckdb.DuckDBPyConnection,
    table: MirroredTable,
    unseen: str,
    folder: Path,
) -> bool:
    """Replaces the rows that changed; whether one is gone."""
    types, own, gone = _types_of(connection, table), f"mirrored.{table.name}", False
    same = " AND ".join(f"{part} = c.key[{place}]" for place, part in enumerate(table.key, start=1))
    query = (
        f"SELECT CAST(c.key AS text), t.ctid IS NOT NULL, {_read(types)} FROM mirror_changes c "
        f"LEFT JOIN {table.name} t ON {same} WHERE c.table_name = '{table.name}' AND {unseen}"
    )
    kinds = {"row_key": "text", "is_there": "boolean", **types}
    for file in _chunks(connection, query, folder):
        cursor.execute(f"CREATE OR REPLACE TEMP TABLE incoming AS SELECT * FROM {_csv(file, kinds)}")
        lost = f"SELECT 1 FROM {own} WHERE row_key IN (SELECT row_key FROM incoming WHERE NOT is_there) LIMIT 1"
        gone |= cursor.execute(lost).fetchone() is not None
        cursor.execute(f"DELETE FROM {own} WHERE row_key IN (SELECT row_key FROM incoming)")
        cursor.execute(f"INSERT INTO {own} SELECT row_key, {', '.join(types)} FROM incoming WHERE is_there")
        cursor.execute("DROP TABLE incoming")
    return gone


def _chunks(connection: SourceConnection, query: str, folder: Path) -> Iterator[Path]:
    """The query's rows in CSV files, each there until the next one is asked for."""
    file = folder / "rows.csv"
    with connection.cursor().copy(f"COPY ({query}) TO STDOUT (FORMAT csv)") as rows:
        # The server sends each row by itself.
        blocks = iter(rows)
        for first in blocks:
            try:
                with file.open("wb") as out:
                    out.write(first)
                    for block in blocks:
                        if out.write(block) and out.tell() >= CHUNK_BYTES:
                            break
                yield file
            finally:
                file.unlink(missing_ok=True)


def _csv(file: Path, types: dict[str, str]) -> str:
    """What PostgreSQL wrote: a missing value is nothing, an empty text is two quotes."""
    columns = ", ".join(f"'{name}': '{type}'" for name, type in types.items())
    path = str(file).replace("'", "''")
    return (
        f"read_csv('{path}', header = false, auto_detect = false, columns = {{{columns}}}, nullstr = '', "
        "allow_quoted_nulls = false, quote = '\"', escape = '\"')"
    )


@contextmanager
def _one_transaction(cursor: duckdb.DuckDBPyConnection) -> Iterator[None]:
    cursor.begin()
    try:
        yield
        cursor.commit()
    except BaseException:
        with suppress(duckdb.Error):
            cursor.rollback()
        raise


def _sums(store: DuckStore, table: MirroredTable) -> tuple[int, int]:
    """How many rows there are, and the sum of their hashes, which no order of them changes."""
    ((rows, sums),) = store.execute(f"SELECT count(*), coalesce(sum(hash(t)), 0) FROM mirrored.{table.name} t")
    return int(rows), int(sums)
