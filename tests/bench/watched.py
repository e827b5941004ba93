"""A store that remembers what it was asked, so that one can say which tables were read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb

from coachroom.store.duck import DuckStore

# Every turn anybody ever said. Pages of numbers live on one row a session.
TURNS = "conversations"
Values = Sequence[Any] | dict[str, Any]


class WatchedStore(DuckStore):
    """Like any store; `asked` holds each statement once, with the values it was first asked with."""

    def __init__(self, path: Path | None, *, memory_limit: str = "2GB") -> None:
        super().__init__(path, memory_limit=memory_limit)
        self.asked: dict[str, Values] = {}

    def reading_turns(self) -> list[str]:
        """Those of the statements asked so far whose plan scans the table of turns.

        How many rows a table has the engine knows without a scan.
        """
        return [sql for sql, values in self.asked.items() if TURNS in self._scanned(sql, values)]

    def _cursor(self) -> Any:
        return _WatchedCursor(super()._cursor(), self.asked)

    def _scanned(self, sql: str, values: Values) -> set[str]:
        cursor = super()._cursor()
        try:
            ((_, plan),) = cursor.execute(f"EXPLAIN (FORMAT json) {sql}", values).fetchall()
        finally:
            cursor.close()
        return {str(table).rpartition(".")[2].strip('"') for table in _tables(json.loads(plan))}


class _WatchedCursor:
    """What a store does with a cursor, and nothing else: a way past it would be an AttributeError."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, asked: dict[str, Values]) -> None:
        self._cursor = cursor
        self._asked = asked
        self.begin, self.commit, self.rollback, self.close, self.extract_statements = (
            cursor.begin, cursor.commit, cursor.rollback, cursor.close, cursor.extract_statements,
        )  # fmt: skip

    def execute(self, sql: str | duckdb.Statement, parameters: Values = ()) -> duckdb.DuckDBPyConnection:
        self._asked.setdefault(sql if isinstance(sql, str) else sql.query, parameters)
        return self._cursor.execute(sql, parameters)


def _tables(plan: Sequence[Any]) -> Iterator[str]:
    for node in plan:
        if "Table" in node["extra_info"]:
            yield node["extra_info"]["Table"]
        yield from _tables(node["children"])
