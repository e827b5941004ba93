"""The PostgreSQL adapter: a pool of connections, and one writer at a time among all processes."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.types.numeric import FloatLoader
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout

from coachroom.errors import (
    LostCommitError,
    NotBegunError,
    StatementError,
    StoreClosedError,
    StoreError,
    UnfitDatabaseError,
)
from coachroom.postgres_address import PostgresAddress
from coachroom.store.migrate import MOVED_AWAY, MovedAwayError, moved_away, moved_sentence
from coachroom.store.postgres_errors import cause_of, first_line_of
from coachroom.store.replica_link import ALONE_LOCK
from coachroom.store.store import Engine, Parameters, Row, Store, Transaction, storable_value

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

OLDEST_VERSION = 14
MAX_CONNECTIONS = 10
CONNECT_SECONDS = 10
# Longest read of a page; what is done in a transaction may take longer.
READ_MS = 30_000
# How long another transaction's lock is waited for, the writers' own among them.
LOCK_WAIT_MS = 10_000
# A process that stands still within a transaction keeps all others from writing no longer than this.
IDLE_IN_TRANSACTION_MS = 5_000
# A peer that answers nothing, as after a cable was pulled, is given up after so long.
PEER_MS = 5_000
# A pool that cannot connect waits twice as long each time; after so many seconds whoever asks next begins anew.
RECONNECT_S = 1.0
FAILS_AT_ONCE_S = 0.5
# A server that was killed takes its time until it can say what it has stored.
OUTCOME_SECONDS = 20.0
# Advisory locks have two numbers: the first is ours, the second that of the schema.
WRITERS_LOCK = 1_131_307_110
MOVERS_LOCK = 1_131_307_114
# What a connection is for, as the server's list of connections shows it.
RUNNING, MOVING = "coachroom", "coachroom migrate-to"

_BEGIN = f"""
BEGIN;
SELECT set_config('statement_timeout', '0', true), pg_advisory_xact_lock({WRITERS_LOCK}, hashtext(current_schema()))
"""
# Asked once it is this one's turn: the database may have been moved away while it waited.
_BEGUN = """
SELECT CAST(pg_current_xact_id() AS text), EXISTS (
  SELECT 1 FROM pg_class WHERE relname = $1 AND relnamespace = CAST(quote_ident(current_schema()) AS regnamespace)
)
"""
_OUTCOME = "SELECT pg_xact_status(CAST(CAST($1 AS text) AS xid8))"
_SETTINGS = """
SELECT set_config('TimeZone', 'UTC', false), set_config('DateStyle', 'ISO, YMD', false),
  set_config('statement_timeout', $2, false), set_config('lock_timeout', $3, false),
  set_config('idle_in_transaction_session_timeout', $4, false),
  set_config('search_path', coalesce(nullif($1, ''), current_setting('search_path')), false)
"""
_ONE_MOMENT = """
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;
SET LOCAL statement_timeout = 0;
SET LOCAL idle_in_transaction_session_timeout = 0
"""
_APPS = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1"
# Every app has it for as long as it runs, and shares it with other apps alone.
_NO_APP = f"SELECT pg_advisory_lock({ALONE_LOCK}, hashtext(current_schema()))"
_ALIVE: dict[str, Any] = {
    "connect_timeout": CONNECT_SECONDS,
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": PEER_MS,
}
# A text, a name in quotes, a comment, a text in dollars, or a parameter.
_TOKEN = re.compile(
    r"""'(?:[^']|'')*' | "(?:[^"]|"")*" | --[^\n]* | /\*.*?\*/ | (\$\w*\$).*?\1 | \$(?P<name>[A-Za-z_]\w*)""",
    re.VERBOSE | re.DOTALL,
)
_CHANGES = ("INSERT", "UPDATE", "DELETE", "MERGE", "SELECT")

Connection = psycopg.Connection[Row]
T = TypeVar("T")


class _Text(Loader):
    """JSON as the text that it is, as DuckDB gives it."""

    def load(self, data: Buffer) -> str:
        return bytes(data).decode()


class PostgresStore:
    """A PostgreSQL database. Safe to use from many threads.

    Transactions of all processes on one schema run one after the other, as on DuckDB: rules that span rows need that.
    """

    engine = Engine.POSTGRESQL
    shared = True
    # A connection that is lost is made anew; the database as a whole is never given up.
    failure: str | None = None

    def __init__(self, address: PostgresAddress, *, purpose: str = RUNNING) -> None:
        """Connects. Raises StoreError with one sentence, which holds no password."""
        self.address = address
        self._application = _application(purpose, address)
        self.name = str(address)
        self._closed = False
        self._guard = threading.Lock()
        self._at_work: set[Connection] = set()
        with self.connection() as first:
            _refuse_unfit(first, self.name)
            version = first.info.server_version
        self.software = f"PostgreSQL {version // 10_000}.{version % 10_000}"
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            address.connection,
            kwargs=self._arguments(),
            min_size=1,
            max_size=MAX_CONNECTIONS,
            timeout=CONNECT_SECONDS,
            reconnect_timeout=RECONNECT_S,
            configure=self._configure,
            name="store",
            open=True,
        )

    @property
    def path(self) -> Path | None:
        """None: it lies in no file of ours."""
        return None

    @property
    def file(self) -> Path:
        """Raises StoreError."""
        raise StoreError(f"{self.name} is no file: this is done with PostgreSQL's own tools.")

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A connection of the caller's own beside the pool, that commits each statement. Raises StoreError."""
        try:
            connection = psycopg.Connection[Row].connect(self.address.connection, **self._arguments())
        except psycopg.Error as error:
            raise StoreError(_unreachable(self.address, error)) from None
        try:
            self._configure(connection)
            yield connection
        finally:
            connection.close()

    def execute(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """All rows of one query."""
        return self._read(lambda connection: _rows(connection, sql, parameters))

    def frame(self, sql: str, parameters: Parameters = ()) -> pd.DataFrame:
        """The result of one query as a data frame."""
        return self._read(lambda connection: _frame(connection, sql, parameters))

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """A transaction that commits when the block ends and rolls back when it raises.

        It begins once every other transaction on the schema is over; one that waits for too long is a StatementError.
        Raises LostCommitError where the line broke at its end and the server cannot be asked what became of it.
        """
        connection, number = self._begin()
        transaction = Transaction(lambda sql, parameters: _rows(connection, sql, parameters))
        try:
            yield transaction
            self._commit(connection, number)
        except BaseException:
            _roll_back(connection)
            raise
        finally:
            self._give_back(connection)
            transaction.over()

    def batches(self, table: str, columns: Sequence[str], size: int) -> Iterator[list[Row]]:
        """All rows of a table, `size` at a time, in no order."""
        with self.as_of_one_moment() as batches:
            yield from batches(table, columns, size)

    @contextmanager
    def as_of_one_moment(self) -> Iterator[Callable[[str, Sequence[str], int], Iterator[list[Row]]]]:
        """`batches` for several tables as they are together, while others go on writing."""
        with self.connection() as connection, _translated(), connection.transaction():
            connection.execute(_ONE_MOMENT)

            def batches(table: str, columns: Sequence[str], size: int) -> Iterator[list[Row]]:
                query: Any = f"SELECT {', '.join(columns)} FROM {table}"  # noqa: S608 names are the database's own
                with psycopg.RawServerCursor[Row](connection, "batches") as cursor:
                    cursor.execute(query)
                    while rows := cursor.fetchmany(size):
                        yield rows

            yield batches

    def fill(self, table: str, columns: Sequence[str], batches: Iterable[Sequence[Row]]) -> None:
        """Adds rows to a table, a transaction a batch."""
        command: Any = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
        with self.connection() as connection, connection.cursor() as cursor:
            for rows in batches:
                with _translated(), cursor.copy(command) as copy:
                    for row in rows:
                        copy.write_row([storable_value(value) for value in row])

    @contextmanager
    def kept_from_writing(self) -> Iterator[None]:
        """Until the block ends nobody begins a transaction. Raises StoreError where an app has it open."""
        with self._locks() as connection:
            if connection.execute(_APPS, [_application(RUNNING, self.address)]).fetchall():
                raise self._is_running()
            self._keep_apps_out(connection)
            with _translated():
                connection.execute(f"SELECT pg_advisory_lock({WRITERS_LOCK}, hashtext(current_schema()))")
            yield

    @contextmanager
    def only_mover(self) -> Iterator[None]:
        """Until the block ends this alone moves a database here, and no app opens it. Raises StoreError."""
        with self._locks() as connection:
            try:
                # The server takes a moment to notice that one was killed.
                connection.execute(f"SELECT pg_advisory_lock({MOVERS_LOCK}, hashtext(current_schema()))")
            except psycopg.errors.LockNotAvailable:
                raise StoreError(f"Another program moves a database to {self.name}: wait until it is done.") from None
            self._keep_apps_out(connection)
            yield

    @contextmanager
    def _locks(self) -> Iterator[Connection]:
        """A connection whose locks are gone with the block, before the server has noticed that it is closed."""
        with self.connection() as connection:
            try:
                yield connection
            finally:
                with suppress(psycopg.Error):
                    connection.execute("SELECT pg_advisory_unlock_all()")

    def _keep_apps_out(self, connection: Connection) -> None:
        try:
            connection.execute(_NO_APP)
        except psycopg.errors.LockNotAvailable:
            raise self._is_running() from None

    def _is_running(self) -> StoreError:
        return StoreError(f"coachroom is running on {self.name}: stop it everywhere, and try again.")

    def close(self, patience_s: float = 5.0) -> None:
        """Lets go of the database; a query that is not done after `patience_s` seconds is cancelled."""
        with self._guard:
            self._closed = True
        patient_until = time.monotonic() + patience_s
        while self._at_work and time.monotonic() < patient_until:
            time.sleep(0.01)
        for connection in tuple(self._at_work):
            connection.cancel_safe(timeout=1.0)
        self._pool.close(1.0)

    def _arguments(self) -> dict[str, Any]:
        return {
            **_ALIVE,
            "autocommit": True,
            "client_encoding": "UTF8",
            "application_name": self._application,
            "cursor_factory": psycopg.RawCursor[Row],
        }

    def _configure(self, connection: Connection) -> None:
        connection.adapters.register_loader("numeric", FloatLoader)
        connection.adapters.register_loader("json", _Text)
        connection.adapters.register_loader("jsonb", _Text)
        schema = psycopg.sql.Identifier(self.address.schema).as_string() if self.address.schema else ""
        times = [str(milliseconds) for milliseconds in (READ_MS, LOCK_WAIT_MS, IDLE_IN_TRANSACTION_MS)]
        connection.execute(_SETTINGS, [schema, *times])

    def _read(self, read: Callable[[Connection], T]) -> T:
        for last in (*(False,) * MAX_CONNECTIONS, True):
            connection = self._take()
            began = time.monotonic()
            try:
                return read(connection)
            except StatementError:
                if last or not _was_cut_before(connection, began):
                    raise
            finally:
                self._give_back(connection)
        raise AssertionError  # pragma: no cover - the last one returns or raises

    def _begin(self) -> tuple[Connection, str]:
        """A connection within a transaction that has the lock, and the transaction's number."""
        for last in (*(False,) * MAX_CONNECTIONS, True):
            connection = self._take()
            began = time.monotonic()
            try:
                _rows(connection, _BEGIN, ())
                ((number, may_be_moved),) = _rows(connection, _BEGUN, [MOVED_AWAY])
                if may_be_moved:
                    _refuse_moved(connection, self.name)
            except BaseException as error:
                cut_before = _was_cut_before(connection, began)
                _roll_back(connection)
                self._give_back(connection)
                if not isinstance(error, StatementError):
                    raise
                if last or not cut_before:
                    raise NotBegunError(error.cause) from error
            else:
                return connection, number
        raise AssertionError  # pragma: no cover - the last one returns or raises

    def _commit(self, connection: Connection, number: str) -> None:
        try:
            answer = _execute(connection, "COMMIT", ()).statusmessage
        except StatementError:
            # The server may have done it before the line broke: done again, it would be there twice.
            if not connection.broken or not self._was_committed(number):
                raise
            return
        if answer != "COMMIT":
            # A failed statement that nobody let through has undone the whole.
            raise StatementError("a statement of the transaction had failed")

    def _was_committed(self, number: str) -> bool:
        patient_until = time.monotonic() + OUTCOME_SECONDS
        while True:
            try:
                ((outcome,),) = self.execute(_OUTCOME, [number])
            except StoreError:
                outcome = None
            if outcome in ("committed", "aborted"):
                return bool(outcome == "committed")
            if self._closed or time.monotonic() > patient_until:
                raise LostCommitError("the line broke while a transaction was stored")
            time.sleep(0.1)

    def _take(self) -> Connection:
        if self._closed:
            raise StoreClosedError("The database is closed: coachroom is stopping.")
        try:
            connection = self._pool.getconn()
        except PoolClosed:
            raise StoreClosedError("The database is closed: coachroom is stopping.") from None
        except PoolTimeout as error:
            raise NotBegunError(f"no connection to {self.name} within {CONNECT_SECONDS} seconds") from error
        self._at_work.add(connection)
        return connection

    def _give_back(self, connection: Connection) -> None:
        self._at_work.discard(connection)
        self._pool.putconn(connection)


def _refuse_moved(connection: Connection, name: str) -> None:
    left = moved_away(Transaction(lambda sql, parameters: _rows(connection, sql, parameters)))
    if left is not None:
        raise MovedAwayError(moved_sentence(name, left))


def _was_cut_before(connection: Connection, began: float) -> bool:
    """Whether it was cut while nobody used it, as by a restart of the server: then it fails at once."""
    return connection.broken and time.monotonic() - began <= FAILS_AT_ONCE_S


def _application(purpose: str, address: PostgresAddress) -> str:
    # PostgreSQL keeps so many bytes of it.
    return f"{purpose} {address.schema or ''}".strip().encode()[:63].decode(errors="ignore")


def require_postgres(store: Store) -> PostgresStore:
    """The store where it is PostgreSQL's. Raises StoreError where it is not."""
    if not isinstance(store, PostgresStore):
        raise StoreError(f"{store.name} is no PostgreSQL database.")
    return store


def _rows(connection: Connection, sql: str, parameters: Parameters) -> list[Row]:
    cursor = _execute(connection, sql, parameters)
    if cursor.description is None:
        changed = (cursor.statusmessage or "").startswith(_CHANGES)
        return [(cursor.rowcount,)] if changed else []
    with _translated():
        return cursor.fetchall()


def _execute(connection: Connection, sql: str, parameters: Parameters) -> psycopg.Cursor[Row]:
    text: Any = sql
    values: Sequence[Any] | None
    if isinstance(parameters, Mapping):
        text, names = numbered(sql)
        if missing := [name for name in names if name not in parameters]:
            raise StatementError(f"parameters without a value: {', '.join(missing)}")
        values = [storable_value(parameters[name]) for name in names]
    else:
        values = [storable_value(value) for value in parameters]
    with _translated():
        # Without parameters it may be several statements; the last one's result counts.
        cursor = connection.execute(text, values or None)
        while cursor.nextset():
            pass
        return cursor


@lru_cache(maxsize=1_000)
def numbered(sql: str) -> tuple[str, tuple[str, ...]]:
    """A statement with `$name` parameters as one with `$1`, `$2`, …, and the names in that order."""
    names: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        name = found["name"]
        return found[0] if name is None else f"${names.setdefault(name, len(names) + 1)}"

    return _TOKEN.sub(number, sql), tuple(names)


def _frame(connection: Connection, sql: str, parameters: Parameters) -> pd.DataFrame:
    import pandas as pd  # noqa: PLC0415 - heavy, and the command line's small commands do without

    cursor = _execute(connection, sql, parameters)
    with _translated():
        rows = cursor.fetchall()
    columns = cursor.description or []
    frame = pd.DataFrame(rows, columns=range(len(columns)))
    for place, column in enumerate(columns):
        kind = _DTYPES.get(column.type_code)
        if kind is not None:
            # Whole numbers of which some are missing are of a type of their own, Int32 for int32.
            missing = kind.startswith("int") and frame[place].isna().any()
            frame[place] = frame[place].astype(kind.capitalize() if missing else kind)
    return frame.set_axis([column.name for column in columns], axis=1)


# PostgreSQL's numbers of its types, and what DuckDB makes of the same column.
_DTYPES = {
    21: "int16",
    23: "int32",
    20: "int64",
    700: "float32",
    701: "float64",
    1700: "float64",
    1082: "datetime64[us]",
    1114: "datetime64[us]",
}


@contextmanager
def _translated() -> Iterator[None]:
    """What the engine says, in our own family of errors, and without the values that it names in its details."""
    try:
        yield
    except psycopg.Error as error:
        raise StatementError(first_line_of(error)) from error


def _roll_back(connection: Connection) -> None:
    try:
        if not connection.closed:
            connection.execute("ROLLBACK")
    except psycopg.Error:
        # The server has rolled back what it lost the connection of.
        return


def _refuse_unfit(connection: Connection, name: str) -> None:
    version = connection.info.server_version
    if version < OLDEST_VERSION * 10_000:
        raise UnfitDatabaseError(
            f"{name} is version {version // 10_000}; coachroom needs PostgreSQL {OLDEST_VERSION} or newer: update it."
        )
    ((encoding, schema),) = _rows(connection, "SELECT current_setting('server_encoding'), current_schema()", ())
    if encoding != "UTF8":
        raise UnfitDatabaseError(f"{name} keeps text as {encoding}: make a database with ENCODING 'UTF8'.")
    if schema is None:
        raise UnfitDatabaseError(f"{name} has no such schema: make it with CREATE SCHEMA, or name another one.")


def _unreachable(address: PostgresAddress, error: psycopg.Error) -> str:
    cause = cause_of(error, address.password)
    if "password" in cause and "supplied" in cause:
        return f"{address.name} asks for a password: write it into PGPASSWORD or ~/.pgpass."
    if "authentication failed" in cause:
        return f"{address.name} does not let us in ({cause}): check user and password."
    if "does not exist" in cause:
        return f"{address.name} does not let us in ({cause}): check its address."
    return f"{address.name} cannot be reached ({cause}): check its address and that the server runs."
