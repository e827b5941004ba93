"""Another app's PostgreSQL database, read only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from coachroom.errors import ImportFileError
from coachroom.postgres_address import FORM, INSTALL_DRIVER, PostgresAddress
from coachroom.store.postgres_errors import cause_of
from coachroom.store.seed_tables import MAX_FIELD_BYTES

if TYPE_CHECKING:
    import psycopg

ROWS_AT_ONCE = 200
CONNECT_SECONDS = "10"
# What Prisma writes behind the question mark and PostgreSQL's own library does not know.
_PRISMAS = frozenset(
    {
        "connection_limit",
        "pool_timeout",
        "socket_timeout",
        "statement_cache_size",
        "pgbouncer",
        "sslaccept",
        "sslidentity",
    }
)
_NO_ADDRESS = f"The address after --from is not of the form {FORM}."
# How long somebody else's lock is waited for.
LOCK_WAIT = "10s"
# No row is hidden without a word, and times come in UTC.
_SETTINGS = "SET LOCAL row_security = off; SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO, YMD'"
_TABLES = """
SELECT c.relname, a.attname, t.typcategory = 'A'
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition AND n.nspname = coalesce($1, current_schema())
ORDER BY c.relname, a.attnum
"""


class PostgresSeed:
    """A connection in one read-only, repeatable transaction: all tables are as of one moment."""

    def __init__(self, address: str) -> None:
        """Connects. Raises ImportFileError with one sentence, which holds no password."""
        try:
            import psycopg  # noqa: PLC0415 - an extra: only whoever imports from PostgreSQL needs it
        except ImportError:
            raise ImportFileError(f"Reading PostgreSQL needs psycopg: {INSTALL_DRIVER}") from None
        self._psycopg = psycopg
        try:
            there = PostgresAddress.read(address, ignored=_PRISMAS)
            parts = psycopg.conninfo.conninfo_to_dict(there.connection)
        except (ValueError, psycopg.Error):
            # Its own text may quote what stands where a password does.
            raise ImportFileError(_NO_ADDRESS) from None
        self._schema, self._password, self.name = there.schema, there.password, there.name
        self._user = str(parts.get("user") or "the account's own user")
        self._arrays: dict[str, set[str]] = {}
        try:
            self._connection = psycopg.connect(
                there.connection,
                **({} if parts.get("connect_timeout") else {"connect_timeout": CONNECT_SECONDS}),  # type: ignore[arg-type]
                client_encoding="UTF8",
                cursor_factory=psycopg.RawCursor,
                prepare_threshold=None,
            )
        except psycopg.Error as error:
            raise ImportFileError(self._unreachable(error)) from None
        self._connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        self._connection.read_only = True
        try:
            with self.reading(""):
                self._connection.execute(_SETTINGS)
                self._connection.execute("SELECT set_config('lock_timeout', $1, true)", [LOCK_WAIT])
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        self._connection.close()

    def tables(self) -> dict[str, list[str]]:
        """The tables and views of the schema with the names of their columns."""
        tables: dict[str, list[str]] = {}
        with self.reading(""):
            for table, column, is_array in self._connection.execute(_TABLES, [self._schema]):
                tables.setdefault(table, []).append(column)
                if is_array:
                    self._arrays.setdefault(table, set()).add(column)
        return tables

    def rows(self, table: str, columns: Sequence[str]) -> Iterator[list[tuple[str | None, ...]]]:
        """All rows as text, some at a time, in the order of the first column."""
        sql = self._psycopg.sql
        arrays = self._arrays.get(table, set())
        texts = sql.SQL(", ").join(
            sql.SQL("left(to_json({})::text, {})" if column in arrays else "left({}::text, {})").format(
                sql.Identifier(column), sql.Literal(MAX_FIELD_BYTES + 1)
            )
            for column in columns
        )
        place = sql.Identifier(self._schema, table) if self._schema else sql.Identifier(table)
        query = sql.SQL("SELECT {} FROM {} ORDER BY {}").format(texts, place, sql.Identifier(columns[0]))
        with self._connection.cursor(name="seed") as cursor:
            cursor.execute(query)
            while rows := cursor.fetchmany(ROWS_AT_ONCE):
                if any(value is not None and len(value) > MAX_FIELD_BYTES for row in rows for value in row):
                    raise ImportFileError(
                        f"{table} in {self.name} holds a text of over {MAX_FIELD_BYTES:,} characters: shorten it."
                    )
                yield rows

    @contextmanager
    def reading(self, table: str) -> Iterator[None]:
        """Turns whatever goes wrong in reading `table` into one sentence."""
        errors = self._psycopg.errors
        try:
            yield
        except errors.InsufficientPrivilege:
            raise ImportFileError(
                f"{self._user} may not read all rows of {table} in {self.name}: give an account that owns the tables."
            ) from None
        except errors.LockNotAvailable:
            raise ImportFileError(
                f"{table} in {self.name} is locked by another transaction: try again when it is over."
            ) from None
        except self._psycopg.Error as error:
            raise ImportFileError(
                f"{self.name} cannot be read ({cause_of(error, self._password)}): try again."
            ) from None
        except UnicodeDecodeError:
            raise ImportFileError(f"{table} in {self.name} holds text that is not UTF-8: correct it there.") from None

    def _unreachable(self, error: psycopg.Error) -> str:
        cause = cause_of(error, self._password)
        if "password" in cause and "supplied" in cause:
            return f"{self.name} asks for a password: write it into the address, PGPASSWORD or ~/.pgpass."
        if "authentication failed" in cause:
            return f"{self.name} does not let {self._user} in: check user and password in the address."
        if "does not exist" in cause:
            return f"{self.name} does not let us in ({cause}): check the address."
        return f"{self.name} cannot be reached ({cause}): check the address and that the server runs."
