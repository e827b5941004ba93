"""What every database engine gives the rest of coachroom: rows, frames and transactions."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import pandas as pd

Row = tuple[Any, ...]
# `$1`, `$2`, … by position, or `$name` by name; a mapping may hold more names than the statement uses.
Parameters = Sequence[Any] | Mapping[str, Any]


# PostgreSQL keeps no text with a NUL and reads no JSON with one; nobody can read one anyway.
NUL, IN_PLACE_OF_NUL = "\x00", "\ufffd"
# In JSON; an even number of backslashes before it are backslashes that somebody wrote.
_NUL_IN_JSON = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


def storable_value(value: Any) -> Any:
    """A parameter as both engines take it: without NUL, and with lists for tuples. Both adapters ask it of each."""
    if isinstance(value, str):
        if value[:1] in {"{", "[", '"'} and "\\u0000" in value:
            value = _NUL_IN_JSON.sub(rf"\1{IN_PLACE_OF_NUL}", value)
        return value.replace(NUL, IN_PLACE_OF_NUL) if NUL in value else value
    if isinstance(value, list | tuple):
        return [storable_value(each) for each in value]
    return value


class Engine(StrEnum):
    DUCKDB = "duckdb"
    POSTGRESQL = "postgresql"


class Transaction:
    """One open transaction; reads within it see its own writes."""

    def __init__(self, execute: Callable[[str, Parameters], list[Row]]) -> None:
        self._execute = execute
        self._afterwards: list[Callable[[], None]] = []

    def afterwards(self, call: Callable[[], None]) -> None:
        """Calls this after COMMIT or ROLLBACK, before anybody learns of it. It must not raise."""
        self._afterwards.append(call)

    def over(self) -> None:
        """For the store, after COMMIT or ROLLBACK."""
        for call in self._afterwards:
            call()

    def execute(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """Runs one statement and fetches its rows (none for plain writes); without parameters it may be several."""
        return self._execute(sql, parameters)


class Reads(Protocol):
    """Rows and frames of whatever holds the tables that are asked for: a database, or a copy of some of it."""

    def execute(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """All rows of one query."""

    def frame(self, sql: str, parameters: Parameters = ()) -> pd.DataFrame:
        """The result of one query as a data frame."""


class Store(Protocol):
    """An open database. Safe to use from many threads.

    What an engine says against a statement is a StatementError; after `close` every call raises StoreClosedError.
    """

    engine: Engine
    # What to call the database in a sentence; it holds no password.
    name: str
    # The engine with its version.
    software: str
    # Whether other processes have it open as well.
    shared: bool
    # Why the database answers nothing any more until it is opened anew; None as long as it answers.
    failure: str | None

    @property
    def path(self) -> Path | None:
        """The file it lies in; None where it has none."""

    @property
    def file(self) -> Path:
        """The file it lies in. Raises StoreError where it has none."""

    def execute(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """All rows of one query."""

    def frame(self, sql: str, parameters: Parameters = ()) -> pd.DataFrame:
        """The result of one query as a data frame."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """A transaction that commits when the block ends and rolls back when it raises."""

    def close(self, patience_s: float = 5.0) -> None:
        """Lets go of the database once queries under way are done. May be called twice."""


def ping(source: Reads) -> None:
    """Asks for nothing. Raises StoreError where there is no answer."""
    source.execute("SELECT 1")
