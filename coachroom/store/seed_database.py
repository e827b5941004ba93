"""The seed's tables in another database, as Prisma keeps them in PostgreSQL or SQLite."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Protocol

from coachroom.errors import ImportFileError
from coachroom.store.seed_postgres import PostgresSeed
from coachroom.store.seed_sqlite import SqliteSeed
from coachroom.store.seed_tables import TABLES, SeedTable, missing_columns, plain, view_query
from coachroom.store.store import Transaction

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_FORMS = "give postgresql://USER@HOST:PORT/DATABASE or sqlite:///PATH"


class SeedDatabase(Protocol):
    """Another database, open in one read-only transaction."""

    @property
    def name(self) -> str:
        """What messages call it; holds no password."""

    def tables(self) -> dict[str, list[str]]:
        """Its tables with the names of their columns."""

    def rows(self, table: str, columns: Sequence[str]) -> Iterator[list[tuple[str | None, ...]]]:
        """All rows as text, some at a time, in the order of the first column."""

    def reading(self, table: str) -> AbstractContextManager[None]:
        """Turns whatever goes wrong in reading `table` into one ImportFileError."""


@dataclass(frozen=True)
class DatabaseTable:
    """One of the seed's tables in another database."""

    name: str
    table: SeedTable
    database: SeedDatabase
    titles: tuple[str, ...]

    def query(self, transaction: Transaction) -> str:
        """Copies the table into one of our own and returns its query."""
        key = self.table.required[0]
        # The first is what rows are ordered by and named by.
        wanted = [key, *(column for column in self.table.columns if column != key)]
        titles = [title for column in wanted for title in self.titles if plain(title) == plain(column)]
        copy = f"copied_{self.table.name}"
        found = {title: f"c{place}" for place, title in enumerate(titles)}
        query = view_query(self.name, self.table, found, copy)
        columns = ", ".join(f"{name} VARCHAR" for name in found.values())
        transaction.execute(f"CREATE OR REPLACE TEMP TABLE {copy} ({columns})")
        values = ", ".join(f"unnest(${place}::text[])" for place in range(1, len(titles) + 1))
        insert = f"INSERT INTO {copy} SELECT {values}"
        for rows in self.database.rows(self.name, titles):
            transaction.execute(insert, [list(column) for column in zip(*rows, strict=True)])
        return query

    def reading(self) -> AbstractContextManager[None]:
        return self.database.reading(self.name)

    def places(self, transaction: Transaction, records: Collection[int]) -> dict[int, str]:
        """By record number, "id abc"; a row without an id by its place in the order of ids."""
        key = self.table.required[0]
        rows = transaction.execute(
            f"SELECT line, {key} FROM raw_{self.table.name} WHERE list_contains($1::bigint[], line)",  # noqa: S608
            [list(records)],
        )
        return {line: f"{key} {value[:60]!r}" if value else f"row {line}" for line, value in rows}


@contextmanager
def open_seed_database(address: str) -> Iterator[SeedDatabase]:
    """The database at `postgresql://…` or `sqlite:///…`, until the block ends.

    Raises ImportFileError, with one sentence that holds no password, where it cannot be reached.
    """
    scheme = _SCHEME.match(address)
    match scheme[1].lower() if scheme else "":
        case "postgresql" | "postgres":
            database: PostgresSeed | SqliteSeed = PostgresSeed(address)
        case "sqlite" | "file":
            database = SqliteSeed(address)
        case _:
            raise ImportFileError(f"The address after --from is of no database that can be read: {_FORMS}.")
    try:
        yield database
    finally:
        database.close()


def find_tables(database: SeedDatabase) -> tuple[dict[str, DatabaseTable], tuple[str, ...]]:
    """The seed's tables by our name, and the names of the others.

    Of two tables whose names say the same, the one with the columns counts. Raises ImportFileError if both have them,
    or if there is none at all.
    """
    there = database.tables()
    found: dict[str, DatabaseTable] = {}
    for table in TABLES:
        named = [name for name in there if plain(name).rstrip("s") == plain(table.name).rstrip("s")]
        whole = [name for name in named if not missing_columns(table, there[name])]
        if len(whole) > 1:
            raise ImportFileError(
                f"{' and '.join(whole)} in {database.name} both hold {table.name}: export the right one and "
                "the other tables as CSV into a folder, and import that."
            )
        # One that lacks columns is named as such when it is read.
        if name := next(iter(whole or named), None):
            found[table.name] = DatabaseTable(name, table, database, tuple(there[name]))
    if not found:
        names = ", ".join(table.name for table in TABLES)
        raise ImportFileError(
            f"{database.name} holds none of the tables {names}: give the database, and the schema, that does."
        )
    used = {table.name for table in found.values()}
    return found, tuple(sorted(name for name in there if name not in used and name != "_prisma_migrations"))
