"""Writes the demo community's rows: first who talks when (plan.sql), then every table's rows (rows.sql)."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import datetime
from importlib import resources

from coachroom.metrics.facts import number_clients
from coachroom.store.statements import load_statements
from coachroom.store.store import Transaction

PLAN = load_statements("coachroom.demo", "plan.sql")
ROWS = load_statements("coachroom.demo", "rows.sql")

# Turns and facts go in by so many sessions at once: one statement for all would hold them all in memory.
SESSIONS_AT_ONCE = 50_000
_BY_PART = ("add_turns", "add_facts")
# A coach knows their own clients; so many are a full practice.
COACHED = 40


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
        **_columns("topics"),
        **_columns("lines"),
    }
    for sql in PLAN.values():
        transaction.execute(sql, values)
    for name, sql in ROWS.items():
        if name == "add_facts":
            number_clients(transaction)
        if name not in _BY_PART:
            transaction.execute(sql, values)
            continue
        for first in range(1, sessions + 1, SESSIONS_AT_ONCE):
            transaction.execute(sql, {**values, "first": first, "last": first + SESSIONS_AT_ONCE - 1})


def _columns(table: str) -> dict[str, list[str]]:
    """The columns of a CSV file by the names of their parameters: of topics.csv `topics_goal` and so on."""
    rows = _table(f"{table}.csv")
    return {f"{table}_{column}": [row[column] for row in rows] for column in rows[0]}


def _table(file: str) -> list[dict[str, str]]:
    text = resources.files("coachroom.demo").joinpath(file).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
