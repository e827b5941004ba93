"""Which sessions were talked in: both the client and the AI coach said something, and more than a greeting."""

from __future__ import annotations

from collections.abc import Sequence

from coachroom.store.statements import load_statements
from coachroom.store.store import Transaction

SQL = load_statements("coachroom.recording", "talked_in.sql")

MIN_TURNS = 2


def talked_in(transaction: Transaction, session_ids: Sequence[str]) -> list[str]:
    """Within the caller's transaction: those of these sessions in which each of the two has MIN_TURNS turns."""
    return [str(id) for (id,) in transaction.execute(SQL["talked_in"], [list(session_ids), MIN_TURNS])]
