"""The seed's tables, wherever they are kept: their columns, and a view over each for DuckDB to read."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from coachroom.errors import ImportFileError
from coachroom.store.store import Transaction

# The longest text that is taken, in bytes.
MAX_FIELD_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True)
class SeedTable:
    """A table of the seed schema: our name for it and its columns (snake_case)."""

    name: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        return self.required + self.optional


# Parents before children: faults are reported and rows written in this order.
TABLES = (
    SeedTable(
        "client_profiles",
        ("id",),
        ("skool_user_id", "preferences", "goals", "history", "display_name", "challenges", "created_at"),
    ),
    SeedTable("sessions", ("id", "client_id", "start_time", "end_time", "status"), ("room_id",)),
    SeedTable("conversations", ("id", "session_id", "message", "sender", "timestamp"), ("context",)),
    SeedTable("feedback", ("session_id", "created_at"), ("rating", "nps", "comment")),
    SeedTable("goals", ("id", "client_id", "title", "created_at"), ("weight",)),
    SeedTable("goal_checkins", ("goal_id", "score", "created_at"), ("id",)),
)
# How files and databases write that there is no value, in any case.
_NULLS = ("", "null", "\\n", "(null)", "[null]", "<null>", "none", "nil", "undefined", "nan")
# In what was said such a word is a word.
_WORDS = frozenset({"message", "title"})


class SeedSource(Protocol):
    """Where one of the tables is read: a file, or a table of another database."""

    @property
    def name(self) -> str:
        """What messages call it."""

    @property
    def table(self) -> SeedTable:
        """Which table it holds."""

    def query(self, transaction: Transaction) -> str:
        """A query of `line`, the record's number from 1, and all the table's columns as text."""

    def reading(self) -> AbstractContextManager[None]:
        """Turns whatever goes wrong in reading it into one ImportFileError."""

    def places(self, transaction: Transaction, records: Collection[int]) -> dict[int, str]:
        """Where records are, for a message: by record number, as "line 12"."""


def create_view(transaction: Transaction, table: SeedTable, source: SeedSource | None) -> None:
    """Makes the view raw_<table>: `line` and all the table's columns as text, empty without a source."""
    if source is None:
        columns = ", ".join(f'CAST(NULL AS VARCHAR) AS "{column}"' for column in table.columns)
        query = f"SELECT CAST(NULL AS BIGINT) AS line, {columns} WHERE FALSE"
    else:
        with source.reading():
            query = source.query(transaction)
    transaction.execute(f"CREATE OR REPLACE TEMP VIEW raw_{table.name} AS {query}")


def view_query(name: str, table: SeedTable, found: Mapping[str, str], relation: str) -> str:
    """The query of a view on `relation`; `found` maps the titles of its columns to the SQL that reads them as text.

    Raises ImportFileError, which calls the source `name`, where a column is missing.
    """
    by_name: dict[str, str] = {}
    for title, sql in found.items():
        by_name.setdefault(plain(title), sql)
    missing = missing_columns(table, found)
    if missing:
        raise ImportFileError(
            f"{name} lacks the columns {', '.join(missing)}: {table.name} have {', '.join(table.columns)}."
        )
    columns = ", ".join(
        f'{_value(column, by_name.get(plain(column), "CAST(NULL AS VARCHAR)"))} AS "{column}"'
        for column in table.columns
    )
    return f"SELECT row_number() OVER () AS line, {columns} FROM {relation}"  # noqa: S608 names are our own


def missing_columns(table: SeedTable, titles: Collection[str]) -> list[str]:
    """The columns without which the table is not read, where columns of these titles are there."""
    there = set(map(plain, titles))
    return [column for column in table.required if plain(column) not in there]


def plain(name: str) -> str:
    """A name as it is compared: camelCase, snake_case and quotes make no difference."""
    return re.sub(r"[\W_]+", "", name).lower()


def _value(column: str, sql: str) -> str:
    """The SQL of a column's text, NULL however the source spells it."""
    if column in _WORDS:
        return sql
    nulls = ", ".join(f"'{null}'" for null in _NULLS)
    return f"CASE WHEN lower(trim({sql})) NOT IN ({nulls}) THEN {sql} END"
