"""Writes the demo community's rows: first who talks when (plan.sql), then every table's rows (rows.sql)."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib import resources
from typing import Any

from coachroom.metrics.facts import number_clients
from coachroom.store.duck import Transaction
from coachroom.store.statements import load_statements

PLAN = load_statements("coachroom.demo", "plan.sql")
ROWS = load_statements("coachroom.demo", "rows.sql")

# Turns and facts go in by so many sessions at once: one statement for all would hold them all in memory.
SESSIONS_AT_ONCE = 50_000
_BY_PART = ("add_turns", "add_facts")
# A coach knows their own clients; so many are a full practice.
COACHED = 40

_NAMED = re.compile(r"\$([a-z_]+)")
_BY_POSITION = ("topics", "lines")


def fill(
    transaction: Transaction,
    *,
    clients: int,
    sessions: int,
    seed: int,
    until: datetime,
    known: Sequence[str],
    coach: str,
    consent_version: str,
) -> None:
    """Writes everything, session facts included.

    `known` are the ids of clients who are there already and get a history.
    """
    names = _table("names.csv")
    values = {
        "clients": clients,
        "sessions": sessions,
        "seed": seed,
        "until": until,
        "known": list(known)[:clients],
        "coach": coach,
        "coached": COACHED,
        "version": consent_version,
        "first_names": [row["name"] for row in names if row["part"] == "first"],
        "last_names": [row["name"] for row in names if row["part"] == "last"],
    }
    for name, sql in PLAN.items():
        if name in _BY_POSITION:
            transaction.execute(sql, _columns(f"{name}.csv"))
        else:
            _run(transaction, sql, values)
    for name, sql in ROWS.items():
        if name == "add_facts":
            number_clients(transaction)
        if name not in _BY_PART:
            _run(transaction, sql, values)
            continue
        for first in range(1, sessions + 1, SESSIONS_AT_ONCE):
            _run(transaction, sql, {**values, "first": first, "last": first + SESSIONS_AT_ONCE - 1})


def _run(transaction: Transaction, sql: str, values: Mapping[str, Any]) -> None:
    """Runs a statement whose `$names` become the `$1`, `$2`, … that the engine takes."""
    text = "\n".join(line for line in sql.splitlines() if not line.startswith("--"))
    used = list(dict.fromkeys(_NAMED.findall(text)))
    positional = _NAMED.sub(lambda found: f"${used.index(found[1]) + 1}", text)
    transaction.execute(positional, [values[name] for name in used])


def _columns(file: str) -> list[list[str]]:
    return [list(column) for column in zip(*(row.values() for row in _table(file)), strict=True)]


def _table(file: str) -> list[dict[str, str]]:
    text = resources.files("coachroom.demo").joinpath(file).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
