"""Another app's SQLite file, read only."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, unquote

from coachroom.errors import ImportFileError
from coachroom.store.seed_tables import MAX_FIELD_BYTES
from coachroom.text import storable

ROWS_AT_ONCE = 1_000
# Of text, beyond which fewer rows are held at once: each may be as long as one text may be.
CHARS_AT_ONCE = 4 * 1024 * 1024
# How long somebody else's write is waited for.
PATIENCE_S = 5.0


class SqliteSeed:
    """An open SQLite file in one read transaction: all tables are as of one moment."""

    def __init__(self, address: str) -> None:
        """Opens `sqlite:///PATH` or Prisma's `file:PATH`. Raises ImportFileError with one sentence."""
        path = _path(address)
        self.name = str(path)
        if not path.is_file():
            raise ImportFileError(
                f"{path.absolute()} is no file: give sqlite:///PATH, with a fourth slash for a path from the root."
            )
        try:
            self._connection = sqlite3.connect(
                f"file:{quote(str(path.absolute()))}?mode=ro", uri=True, timeout=PATIENCE_S, isolation_level=None
            )
        except sqlite3.Error as error:
            raise ImportFileError(self._sentence(error)) from error
        try:
            with self.reading(""):
                self._connection.execute("BEGIN")
                # The transaction's moment is that of its first read.
                self._connection.execute("SELECT count(*) FROM sqlite_master")
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        self._connection.close()

    def tables(self) -> dict[str, list[str]]:
        """Its tables and views with the names of their columns."""
        with self.reading(""):
            names = [
                name
                for (name,) in self._connection.execute(
                    "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"
                )
                if not name.startswith("sqlite_")
            ]
            columns = "SELECT name FROM pragma_table_info(?)"
            return {name: [title for (title,) in self._connection.execute(columns, [name])] for name in names}

    def rows(self, table: str, columns: Sequence[str]) -> Iterator[list[tuple[str | None, ...]]]:
        """All rows as text, some at a time, in the order of the first column."""
        self._connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_FIELD_BYTES)
        names = ", ".join(map(_quoted, columns))
        cursor = self._connection.execute(f"SELECT {names} FROM {_quoted(table)} ORDER BY 1")  # noqa: S608 quoted
        rows: list[tuple[str | None, ...]] = []
        chars = 0
        for row in cursor:
            rows.append(tuple(map(_text, row)))
            chars += sum(map(len, filter(None, rows[-1])))
            if len(rows) == ROWS_AT_ONCE or chars > CHARS_AT_ONCE:
                yield rows
                rows, chars = [], 0
        if rows:
            yield rows

    @contextmanager
    def reading(self, table: str) -> Iterator[None]:
        """Turns whatever goes wrong in reading `table` into one sentence."""
        try:
            yield
        except sqlite3.Error as error:
            raise ImportFileError(self._sentence(error, table)) from error
        except UnicodeDecodeError as error:
            raise ImportFileError(
                f"{table} in {self.name} holds bytes that are no text: correct them there."
            ) from error

    def _sentence(self, error: sqlite3.Error, table: str = "") -> str:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return f"{self.name} is locked by another program: stop the app that writes to it, then try again."
        if code == sqlite3.SQLITE_NOTADB:
            return f"{self.name} is no SQLite database: give the file that Prisma's DATABASE_URL names."
        if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY):
            return f"{self.name} cannot be opened: check the permissions of the file and of its folder."
        if code == sqlite3.SQLITE_TOOBIG:
            return f"{table} in {self.name} holds a text of more than {MAX_FIELD_BYTES:,} bytes: shorten it there."
        if "decode" in str(error):
            return f"{table} in {self.name} holds text that is not UTF-8: correct it there."
        return f"{self.name} cannot be read ({error}): check it with `PRAGMA integrity_check`."


def _path(address: str) -> Path:
    """As SQLAlchemy reads it: three slashes before a path from here, four before one from the root."""
    scheme, _, rest = address.partition(":")
    if scheme.lower() == "sqlite":
        if not rest.startswith("///"):
            raise ImportFileError(f"{address} names no file: give sqlite:///PATH.")
        rest = rest[3:]
    # Prisma's own parameters, such as connection_limit, stand behind a question mark.
    return Path(unquote(rest.partition("?")[0]))


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value if value is None else storable(value)
    if isinstance(value, bytes):
        return storable(value.decode())
    # A whole number in a column of another affinity.
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
