"""Rows that point nowhere or contradict themselves, counted by name: there are no foreign keys."""

from __future__ import annotations

from typing import Any

from coachroom.store.statements import load_statements
from coachroom.store.store import Store

SQL = load_statements("coachroom.metrics", "_consistency.sql")


def count(store: Store, name: str, *parameters: Any) -> int:
    """How many rows the statement of this name in _consistency.sql finds."""
    return int(store.execute(SQL[name], parameters)[0][0])
