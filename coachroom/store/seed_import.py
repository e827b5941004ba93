"""Takes over the tables of the app this one grew from: all that is there, or nothing and a list of faults."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from coachroom.errors import ImportFileError, StatementError, StoreError
from coachroom.store.seed_database import SeedDatabase, find_tables
from coachroom.store.seed_files import find_files
from coachroom.store.seed_tables import TABLES, SeedSource, create_view
from coachroom.store.statements import load_statements
from coachroom.store.store import Row, Transaction

SQL = load_statements("coachroom.store", "seed_import_duckdb.sql")

MAX_FAULTS_SHOWN = 20
# One element of a PostgreSQL array: in quotes with backslashes, or plain.
_ELEMENT = re.compile(r'"((?:[^"\\]|\\.)*)"|([^",{}\\\s][^",{}\\]*)', re.DOTALL)
_ARRAY = re.compile(rf"\{{(?:\s*(?:{_ELEMENT.pattern})\s*(?:,\s*(?:{_ELEMENT.pattern})\s*)*)?\}}", re.DOTALL)


@dataclass(frozen=True)
class SeedReport:
    """How many rows were new, by table.

    `read` are the tables that were there, `passed_over` the names of files or tables beside them that are none.
    """

    new: dict[str, int]
    read: tuple[str, ...]
    passed_over: tuple[str, ...] = ()

    @property
    def nothing_new(self) -> bool:
        return not any(self.new.values())


def import_tables(
    transaction: Transaction,
    origin: str,
    sources: Mapping[str, SeedSource],
    now: datetime,
    passed_over: tuple[str, ...] = (),
) -> SeedReport:
    """Reads, checks and writes the seed's tables in the caller's transaction; `origin` names where they come from.

    Rows that are there already and identical are passed over. Raises ImportFileError, with the first faults one a
    line, if a source cannot be read or anything in it is wrong; StoreError if the database cannot take it.
    """
    for macro in ("moment", "number", "whole"):
        transaction.execute(SQL[macro])
    for table in TABLES:
        source = sources.get(table.name)
        create_view(transaction, table, source)
        with nullcontext() if source is None else source.reading():
            transaction.execute(SQL[f"stage_{table.name}"])
    unread_goals = _add_written_goals(transaction)
    transaction.execute(SQL["end_sessions"])
    _refuse_faults(transaction, origin, sources, unread_goals)
    try:
        new = _write(transaction, now)
    except StatementError as error:
        raise StoreError(f"The import could not be written ({error.cause}); nothing of it was kept.") from error
    return SeedReport(new, tuple(sources), passed_over)


def import_directory(transaction: Transaction, directory: Path, now: datetime) -> SeedReport:
    """Takes over the seed's files of `directory` as `import_tables` does."""
    files, passed_over = find_files(directory)
    return import_tables(transaction, str(directory), files, now, passed_over)


def import_database(transaction: Transaction, database: SeedDatabase, now: datetime) -> SeedReport:
    """Takes over the seed's tables of another database as `import_tables` does."""
    tables, passed_over = find_tables(database)
    return import_tables(transaction, database.name, tables, now, passed_over)


def goal_titles(text: str) -> list[str]:
    """The goals that a client profile lists. Raises ValueError where it cannot be told which they are.

    They are a JSON list, a JSON object of lists, an array as PostgreSQL writes it, or one a line; list marks in front
    of a line are dropped.
    """
    try:
        items = _items(json.loads(text))
    except json.JSONDecodeError:
        items = _postgres_array(text) if text.strip().startswith("{") else text.splitlines()
    except RecursionError:
        raise ValueError("too deep") from None
    return [title for title in map(_title, items) if title]


def _items(document: Any) -> list[Any]:
    """The goals in a JSON document: its list, the lists in its object's values, or the one that it is."""
    if isinstance(document, list):
        return document
    if not isinstance(document, Mapping) or _named(document) is not None:
        return [document]
    values = [value for value in document.values() if value is not None]
    if not all(isinstance(value, list) for value in values):
        raise ValueError("an object that is neither a goal nor lists of goals")
    return [item for value in values for item in value]


def _postgres_array(text: str) -> list[str]:
    """The elements of an array literal such as {Rest,"Say no, kindly"}."""
    body = text.strip()
    if not _ARRAY.fullmatch(body):
        raise ValueError("neither JSON nor an array")
    elements = (found.group(1, 2) for found in _ELEMENT.finditer(body[1:-1]))
    return [
        re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL) if quoted is not None else plain
        for quoted, plain in elements
        if quoted is not None or plain.upper() != "NULL"
    ]


def _named(item: Mapping[str, Any]) -> str | None:
    named = (item.get(key) for key in ("title", "name", "goal", "text"))
    return next((value for value in named if isinstance(value, str)), None)


def _title(item: Any) -> str:
    if item is None:
        return ""
    if isinstance(item, Mapping):
        item = _named(item)
    if not isinstance(item, str | int | float):
        raise ValueError("an element that is no text")
    # JSON may spell half of a surrogate pair, which no database takes.
    title = str(item).encode("utf-8", "replace").decode().strip()
    return re.sub(r"^[-*•]\s+", "", title)


def _add_written_goals(transaction: Transaction) -> list[Row]:
    """Stages the goals that profiles list; those whose goals cannot be read, as faults."""
    rows, faults = [], []
    for line, client_id, goals, created_at in transaction.execute(SQL["written_goals"]):
        try:
            titles = goal_titles(goals)
        except ValueError:
            faults.append((line, "the goals {} are no list", goals))
            continue
        rows += [(line, f"{client_id}:goal:{n}", client_id, title, created_at) for n, title in enumerate(titles, 1)]
    if rows:
        transaction.execute(SQL["add_written_goals"], [list(column) for column in zip(*rows, strict=True)])
    return [("client_profiles", *fault, len(faults)) for fault in faults]


def _refuse_faults(
    transaction: Transaction, origin: str, sources: Mapping[str, SeedSource], unread_goals: Sequence[Row]
) -> None:
    faults: list[Row] = list(unread_goals[:MAX_FAULTS_SHOWN])
    total = len(unread_goals)
    for table in TABLES:
        found = transaction.execute(SQL[f"faults_{table.name}"])
        total += found[0][4] if found else 0
        faults += found[: MAX_FAULTS_SHOWN - len(faults)]
    if not faults:
        return
    lines = [f"Nothing was imported from {origin}: correct this and import it again (faults: {total})."]
    places = {
        name: source.places(transaction, {line for table, line, *_ in faults if table == name})
        for name, source in sources.items()
    }
    for table_name, line, reason, value, _ in faults:
        place = f"{sources[table_name].name}, {places[table_name][line]}"
        lines.append(f"  {place}: {reason.replace('{}', _shown(value))}")
    if total > len(faults):
        lines.append(f"  … and {total - len(faults)} more")
    raise ImportFileError("\n".join(lines))


def _write(transaction: Transaction, now: datetime) -> dict[str, int]:
    new = {}
    for table in ("client_profiles", "rooms", "sessions", "conversations", "feedback", "goals", "goal_checkins"):
        parameters = [now] if table in {"client_profiles", "goals"} else []
        new[table] = int(transaction.execute(SQL[f"insert_{table}"], parameters)[0][0])
    return new


def _shown(value: str | None) -> str:
    return "(empty)" if value is None else repr(value if len(value) <= 60 else value[:60] + "…")
