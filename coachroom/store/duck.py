"""The DuckDB adapter: one file, one process, a cursor for each query."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from coachroom.errors import (
    StatementError,
    StoreClosedError,
    StoreError,
    StoreFileError,
    StoreLockedError,
)
from coachroom.store.duck_errors import holds_nothing, opening_error
from coachroom.store.store import Engine, Parameters, Row, Store, Transaction, storable_value

if TYPE_CHECKING:
    import pandas as pd

# A query that was interrupted is over within less.
INTERRUPTED_S = 5.0
# How long a new file waits for the queries under way to end, and later queries with it.
REPLACING_S = 2.0
# Parsed statements, some ten kilobytes each, are cached by their text: at most so many, and none that is longer.
MAX_CACHED_STATEMENTS, MAX_CACHED_CHARS = 1_000, 4_000
_CACHED_TYPES = frozenset(
    {
        duckdb.StatementType.SELECT,
        duckdb.StatementType.INSERT,
        duckdb.StatementType.UPDATE,
        duckdb.StatementType.DELETE,
    }
)
_STATEMENTS: dict[str, duckdb.Statement] = {}
_COLUMN_TYPES = "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = $1"


class DuckStore:
    """An open database file. Safe to use from many threads: every call takes its own cursor."""

    engine = Engine.DUCKDB
    software = f"DuckDB {duckdb.__version__}"
    # DuckDB lets one process write to a file.
    shared = False

    def __init__(self, path: Path | None, *, memory_limit: str = "2GB") -> None:
        """Opens `path` (None: in memory), making it and its folder where missing.

        Raises StoreLockedError, StoreDamagedError or StoreError with one sentence.
        """
        # DuckDB keeps its log beside the file that a link leads to, and a renamed file must not take a link's place.
        self.path = None if path is None else _followed(path)
        self.name = str(self.path or "the database in memory")
        # Why the database answers nothing any more until it is opened anew; None as long as it answers.
        self.failure: str | None = None
        self._guard = threading.Condition()
        self._replacing = False
        self._memory_limit = memory_limit
        self._cursors: set[duckdb.DuckDBPyConnection] = set()
        self._closing = False
        self._connection = _open(self.path, memory_limit)

    @property
    def file(self) -> Path:
        """Where the database is on disk. Raises StoreError for one in memory."""
        if self.path is None:
            raise StoreError("A database in memory has no file.")
        return self.path

    def execute(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """All rows of one query."""
        with self.cursor() as cursor:
            return _rows(cursor, sql, parameters)

    def frame(self, sql: str, parameters: Parameters = ()) -> pd.DataFrame:
        """The result of one query as a data frame."""
        with self.cursor() as cursor, _translated():
            return _execute(cursor, sql, parameters).df()

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor of the caller's own, for results too large to fetch at once."""
        cursor = self._cursor()
        try:
            with _translated():
                yield cursor
        except StatementError as error:
            if isinstance(error.__cause__, duckdb.FatalException):
                self.failure = self.failure or error.cause
            raise
        finally:
            cursor.close()
            self._cursors.discard(cursor)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """A transaction that commits when the block ends and rolls back when it raises."""
        with self.cursor() as cursor:
            cursor.begin()
            transaction = Transaction(lambda sql, parameters: _rows(cursor, sql, parameters))
            try:
                yield transaction
                cursor.commit()
            except BaseException:
                _roll_back(cursor)
                raise
            finally:
                transaction.over()

    def batches(self, table: str, columns: Sequence[str], size: int) -> Iterator[list[Row]]:
        """All rows of a table, `size` at a time, in no order."""
        with self.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(columns)} FROM {table}")  # noqa: S608 names are the database's own
            while rows := cursor.fetchmany(size):
                yield rows

    def fill(self, table: str, columns: Sequence[str], batches: Iterable[Sequence[Row]]) -> None:
        """Adds rows to a table, a transaction a batch."""
        kinds: dict[str, str] = dict(self.execute(_COLUMN_TYPES, [table]))
        lists = ", ".join(f"unnest(${place}::{kinds[column]}[])" for place, column in enumerate(columns, start=1))
        sql = f"INSERT INTO {table} ({', '.join(columns)}) SELECT {lists}"
        for rows in batches:
            with self.transaction() as transaction:
                transaction.execute(sql, [list(column) for column in zip(*rows, strict=True)])

    def close(self, patience_s: float = 5.0) -> None:
        """Writes the log into the file and lets go of it. May be called twice.

        No query begins any more; one that is not done after `patience_s` seconds is interrupted.
        """
        with self._guard:
            self._closing = True
        # While a query runs, DuckDB refuses to close, or waits for it without end.
        patient_until = time.monotonic() + patience_s
        # Whoever holds a cursor and runs nothing is not waited for.
        at_last = patient_until + INTERRUPTED_S
        while self._cursors and (now := time.monotonic()) < at_last:
            if now > patient_until:
                for cursor in tuple(self._cursors):
                    with suppress(duckdb.Error):
                        cursor.interrupt()
            time.sleep(0.01)
        self._connection.close()

    def replace_file(self, new: Path) -> None:
        """Puts the database in `new` in the place of this one, between queries; those that begin meanwhile wait.

        Raises StoreError, and keeps the present file, where queries go on for longer than REPLACING_S seconds.
        """
        path = self.file
        with self._guard:
            self._replacing = True
        try:
            patient_until = time.monotonic() + REPLACING_S
            while self._cursors:
                if time.monotonic() > patient_until:
                    raise StoreError("The database is busy with long queries and was left as it is: try again later.")
                time.sleep(0.005)
            self._connection.close()
            try:
                if path.with_name(path.name + ".wal").exists():
                    raise StoreError(f"The write-ahead log of {path} was not taken in: run `doctor`.")
                new.replace(path)
                sync_folder(path.parent)
            finally:
                self._open_again(path)
        finally:
            with self._guard:
                self._replacing = False
                self._guard.notify_all()

    def _open_again(self, path: Path) -> None:
        try:
            self._connection = _open(path, self._memory_limit)
        except StoreError as error:
            self.failure = str(error)
            raise

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        with self._guard:
            self._guard.wait_for(lambda: not self._replacing)
            if self._closing:
                raise StoreClosedError("The database is closed: coachroom is stopping.")
            cursor = self._connection.cursor()
            self._cursors.add(cursor)
            return cursor


@contextmanager
def _translated() -> Iterator[None]:
    """What the engine says, in our own family of errors."""
    try:
        yield
    except duckdb.IOException as error:
        raise StoreFileError(_first_line(error)) from error
    except duckdb.Error as error:
        raise StatementError(_first_line(error)) from error


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _rows(cursor: duckdb.DuckDBPyConnection, sql: str, parameters: Parameters) -> list[Row]:
    with _translated():
        return _execute(cursor, sql, parameters).fetchall()


def _parsed(cursor: duckdb.DuckDBPyConnection, sql: str) -> duckdb.Statement | None:
    """The statement without its values, parsed once; None where the text holds several.

    Parsing is a fifth of what a page's small query costs. The driver copies what it is given and plans the copy.
    """
    if (cached := _STATEMENTS.get(sql)) is not None:
        return cached
    found = cursor.extract_statements(sql)
    if len(found) != 1:
        return None
    if len(sql) <= MAX_CACHED_CHARS and found[0].type in _CACHED_TYPES:
        if len(_STATEMENTS) >= MAX_CACHED_STATEMENTS:
            _STATEMENTS.clear()
        _STATEMENTS[sql] = found[0]
    return found[0]


def _execute(cursor: duckdb.DuckDBPyConnection, sql: str, parameters: Parameters) -> duckdb.DuckDBPyConnection:
    statement = _parsed(cursor, sql)
    if not isinstance(parameters, Mapping):
        return cursor.execute(statement or sql, [storable_value(value) for value in parameters])
    if statement is None:
        raise duckdb.InvalidInputException("Named parameters are for one statement.")
    # The driver refuses names that the statement does not use.
    used = {name: storable_value(value) for name, value in parameters.items() if name in statement.named_parameters}
    return cursor.execute(statement, used)


def _roll_back(cursor: duckdb.DuckDBPyConnection) -> None:
    try:
        cursor.rollback()
    except duckdb.Error:
        # A failed COMMIT has rolled back already.
        return


def _followed(path: Path) -> Path:
    try:
        return path.resolve() if path.is_symlink() else path
    except (OSError, RuntimeError) as error:
        # A link that leads to itself, a name that is too long.
        raise StoreError(f"{path} cannot be a database ({error}): set COACHROOM_DATABASE to another file.") from error


def _open(path: Path | None, memory_limit: str) -> duckdb.DuckDBPyConnection:
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory_limit,
        "autoinstall_known_extensions": "false",
        "TimeZone": "UTC",
    }
    if path is None:
        return duckdb.connect(":memory:", config=config)
    new = not path.exists()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return duckdb.connect(str(path), config=config)
    except OSError as error:
        raise StoreError(
            f"The database folder {path.parent} cannot be used ({error.strerror}): "
            "set COACHROOM_DATABASE to a file in a folder that may be written."
        ) from error
    except duckdb.Error as error:
        refusal = opening_error(path, str(error))
        if new and not isinstance(refusal, StoreLockedError) and holds_nothing(path):
            # The beginning of a file would be taken for a damaged one at the next start.
            path.unlink(missing_ok=True)
        raise refusal from error


def sync_folder(folder: Path) -> None:
    """A renamed file is only safe from a power cut when its folder is."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def require_duck(store: Store, instead: str) -> DuckStore:
    """The store where it is DuckDB's. Raises StoreError where it is not; `instead`: what to do there."""
    if not isinstance(store, DuckStore):
        raise StoreError(f"{store.name} is no DuckDB file: {instead}")
    return store
