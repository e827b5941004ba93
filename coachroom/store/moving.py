"""Moves a database to the other engine: table by table, compared on both sides, to be gone on with after a kill."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from coachroom.errors import StoreError
from coachroom.store.duck import DuckStore
from coachroom.store.migrate import (
    HALF_MOVED,
    LEDGER,
    MOVED_AWAY,
    MovedAway,
    MovedAwayError,
    applied_migrations,
    known_migrations,
    migrate,
    moved_away,
    moved_sentence,
    tables_of,
)
from coachroom.store.postgres import PostgresStore
from coachroom.store.store import Row, storable_value

ROWS_AT_ONCE = 5_000
Movable = DuckStore | PostgresStore

_COLUMNS = "SELECT column_name FROM information_schema.columns WHERE table_name = $1 ORDER BY ordinal_position"
# What is there of a table once it is moved.
_CREATE_HALF_MOVED = f"""
CREATE TABLE {HALF_MOVED} (table_name TEXT PRIMARY KEY, row_count BIGINT NOT NULL, checksum TEXT NOT NULL)
"""
_CREATE_MOVED_AWAY = f"""
CREATE TABLE IF NOT EXISTS {MOVED_AWAY} (
  target TEXT PRIMARY KEY, moved_at TIMESTAMP NOT NULL, beside TEXT NOT NULL
)
"""


@dataclass(frozen=True)
class Content:
    """How many rows a table has, and a sum that is another one where any value is, in whatever order they come."""

    rows: int
    checksum: str


def move(
    source: Movable,
    target: Movable,
    now: datetime,
    tell: Callable[[str, int], None],
    *,
    at_end: Callable[[], None] = lambda: None,
    beside: Path | None = None,
) -> dict[str, int]:
    """Copies every table into an empty database, or goes on where a call before was killed; rows by table.

    `tell` is called with each table's name and rows once both sides hold the same, `at_end` after all of them.
    The source is only read, and is kept from being written meanwhile; at the end it is marked, with what the target's
    files lie `beside`, so that no app opens it. Until the end no app opens the target: at no moment can both be used.
    Raises StoreError with one sentence.
    """
    if source.engine is target.engine:
        raise StoreError(f"{source.name} and {target.name} are of one kind: copy the one with its own tools.")
    with ExitStack() as held:
        for store in (source, target):
            if isinstance(store, PostgresStore):
                held.enter_context(store.kept_from_writing() if store is source else store.only_mover())
        _refuse_other_version(source)
        if (left := moved_away(source)) is not None and HALF_MOVED not in tables_of(target):
            raise MovedAwayError(moved_sentence(source.name, left))
        _prepare(target, source, now)
        # What PostgreSQL alone has is made there anew.
        file = source if isinstance(source, DuckStore) else target
        tables = sorted(tables_of(file) - {LEDGER, HALF_MOVED, MOVED_AWAY})
        if HALF_MOVED not in tables_of(target):
            _begin(target, tables)
        moved = {}
        for table in tables:
            columns = [name for (name,) in file.execute(_COLUMNS, [table])]
            moved[table] = _move_table(source, target, table, columns)
            tell(table, moved[table])
        at_end()
        _mark(source, MovedAway(target.name, now, str(beside or "")))
        target.execute(f"DROP TABLE {HALF_MOVED}")
    return moved


def take_back(source: Movable) -> MovedAway:
    """Lets apps open a database again that was moved away; where it was moved to. Raises StoreError."""
    left = moved_away(source)
    if left is None:
        raise StoreError(f"{source.name} was not moved away: there is nothing to take back.")
    source.execute(f"DROP TABLE {MOVED_AWAY}")
    return left


def _mark(source: Movable, left: MovedAway) -> None:
    # Not in a transaction, which begins on a server only where nobody else keeps writers away.
    source.execute(_CREATE_MOVED_AWAY)
    source.execute(f"DELETE FROM {MOVED_AWAY}")  # noqa: S608 the name is ours
    values = [left.target, left.at_time, left.beside]
    source.execute(f"INSERT INTO {MOVED_AWAY} VALUES ($1, $2, $3)", values)  # noqa: S608 the name is ours


def _refuse_other_version(source: Movable) -> None:
    if HALF_MOVED in tables_of(source):
        raise StoreError(f"{source.name} is itself half moved: it is no database to begin with.")
    known = {migration.version: migration.sha256 for migration in known_migrations()}
    if applied_migrations(source) != known:
        raise StoreError(f"{source.name} has the tables of another version: start this coachroom with it once.")


def _prepare(target: Movable, source: Movable, now: datetime) -> None:
    if HALF_MOVED not in tables_of(target):
        migrate(target, now)
    elif applied_migrations(target) != applied_migrations(source):
        raise StoreError(f"{target.name} was half moved by another version: begin anew with an empty one.")


def _begin(target: Movable, tables: Sequence[str]) -> None:
    for table in tables:
        if target.execute(f"SELECT 1 FROM {table} LIMIT 1"):  # noqa: S608 names are the database's own
            raise StoreError(f"{target.name} holds data already: name an empty database or a new file.")
    target.execute(_CREATE_HALF_MOVED)


def _move_table(source: Movable, target: Movable, table: str, columns: Sequence[str]) -> int:
    known = target.execute(f"SELECT row_count, checksum FROM {HALF_MOVED} WHERE table_name = $1", [table])  # noqa: S608
    if known and content_of(source, table, columns) == Content(*known[0]):
        return int(known[0][0])
    with target.transaction() as transaction:
        # What a call that was killed has left of it.
        transaction.execute(f"DELETE FROM {HALF_MOVED} WHERE table_name = $1", [table])  # noqa: S608
        transaction.execute(f"DELETE FROM {table}")  # noqa: S608 names are the database's own
    summed = _Sum()
    target.fill(table, columns, summed.while_reading(source.batches(table, columns, ROWS_AT_ONCE)))
    there = content_of(target, table, columns)
    if there != summed.content():
        raise StoreError(
            f"{table} in {target.name} differs from the one in {source.name}, which is as it was: try again."
        )
    target.execute(f"INSERT INTO {HALF_MOVED} VALUES ($1, $2, $3)", [table, there.rows, there.checksum])  # noqa: S608
    return there.rows


def copy_into_file(source: PostgresStore, target: DuckStore, now: datetime) -> None:
    """Copies every table as of one moment into an empty file, while apps go on. Raises StoreError."""
    _refuse_other_version(source)
    migrate(target, now)
    with source.as_of_one_moment() as batches:
        for table in sorted(tables_of(target) - {LEDGER}):
            columns = [name for (name,) in target.execute(_COLUMNS, [table])]
            target.fill(table, columns, batches(table, columns, ROWS_AT_ONCE))


def content_of(store: Movable, table: str, columns: Sequence[str]) -> Content:
    """Reads every row of a table."""
    summed = _Sum()
    for _ in summed.while_reading(store.batches(table, columns, ROWS_AT_ONCE)):
        pass
    return summed.content()


class _Sum:
    def __init__(self) -> None:
        self._rows = 0
        self._sum = 0

    def while_reading(self, batches: Iterator[list[Row]]) -> Iterator[list[Row]]:
        for rows in batches:
            for row in rows:
                # As it is stored, not as it may have come in before NUL was refused.
                text = repr([storable_value(value) for value in row])
                self._sum += int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())
            self._rows += len(rows)
            yield rows

    def content(self) -> Content:
        return Content(self._rows, f"{self._sum % 2**64:016x}")
