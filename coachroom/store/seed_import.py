"""Takes over the tables of the app this one grew from: all that a folder holds, or nothing and a list of faults."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from coachroom.errors import ImportFileError, StoreError
from coachroom.store.duck import Row, Transaction
from coachroom.store.seed_files import TABLES, SeedFile, create_view, find_files, readable
from coachroom.store.statements import load_statements

SQL = load_statements("coachroom.store", "seed_import_duckdb.sql")

MAX_FAULTS_SHOWN = 20


@dataclass(frozen=True)
class SeedReport:
    """How many rows were new, by table. `read` are the tables that the folder held."""

    new: dict[str, int]
    read: tuple[str, ...]

    @property
    def nothing_new(self) -> bool:
        return not any(self.new.values())


def import_directory(transaction: Transaction, directory: Path, now: datetime) -> SeedReport:
    """Reads, checks and writes the seed's files of `directory` in the caller's transaction.

    Rows that are there already and identical are passed over. Raises ImportFileError, with the first faults one a
    line, if a file cannot be read or anything in it is wrong; StoreError if the database cannot take it.
    """
    files = find_files(directory)
    for macro in ("moment", "number", "whole"):
        transaction.execute(SQL[macro])
    for table in TABLES:
        file = files.get(table.name)
        create_view(transaction, table, file)
        if file is None:
            transaction.execute(SQL[f"stage_{table.name}"])
            continue
        with readable(file):
            transaction.execute(SQL[f"stage_{table.name}"])
    _add_written_goals(transaction)
    transaction.execute(SQL["end_sessions"])
    _refuse_faults(transaction, directory, files)
    try:
        new = _write(transaction, now)
    except duckdb.Error as error:
        cause = str(error).splitlines()[0]
        raise StoreError(f"The import could not be written ({cause}); nothing of it was kept.") from error
    return SeedReport(new, tuple(files))


def goal_titles(text: str) -> list[str]:
    """The goals a client profile lists: a JSON list, or one a line; list marks in front of a line are dropped."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = text.splitlines()
    titles = (_title(item) for item in (document if isinstance(document, list) else [document]))
    return [title for title in titles if title]


def _title(item: Any) -> str:
    if item is None:
        return ""
    if isinstance(item, Mapping):
        named = (item.get(key) for key in ("title", "name", "goal", "text"))
        item = next((value for value in named if isinstance(value, str)), json.dumps(item, ensure_ascii=False))
    # JSON may spell half of a surrogate pair, which no database takes.
    title = str(item).encode("utf-8", "replace").decode().strip()
    return re.sub(r"^[-*•]\s+", "", title)


def _add_written_goals(transaction: Transaction) -> None:
    rows = [
        (line, f"{client_id}:goal:{number}", client_id, title, created_at)
        for line, client_id, goals, created_at in transaction.execute(SQL["written_goals"])
        for number, title in enumerate(goal_titles(goals), start=1)
    ]
    if rows:
        transaction.execute(SQL["add_written_goals"], [list(column) for column in zip(*rows, strict=True)])


def _refuse_faults(transaction: Transaction, directory: Path, files: Mapping[str, SeedFile]) -> None:
    faults: list[Row] = []
    total = 0
    for table in TABLES:
        found = transaction.execute(SQL[f"faults_{table.name}"])
        total += found[0][4] if found else 0
        faults += found[: MAX_FAULTS_SHOWN - len(faults)]
    if not faults:
        return
    lines = [f"Nothing was imported from {directory}: correct this and import it again (faults: {total})."]
    places = {
        name: file.places({line for origin, line, *_ in faults if origin == name}) for name, file in files.items()
    }
    for origin, line, reason, value, _ in faults:
        lines.append(f"  {files[origin].path.name}, {places[origin][line]}: {reason.replace('{}', _shown(value))}")
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
