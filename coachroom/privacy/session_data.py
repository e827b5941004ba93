"""Which rows are one session's: each package says it of its own tables, and this asks them all."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

from coachroom.privacy.client_data import OWNERS
from coachroom.store.statements import load_statements
from coachroom.store.store import Transaction

SQL = load_statements("coachroom.privacy", "session_data.sql")

# The condition of each table, over $session and $calls.
SESSION_RULES: Mapping[str, str] = MappingProxyType(
    {
        table: condition
        for owner in OWNERS
        for table, condition in load_statements(f"coachroom.{owner}", "session_rows.sql").items()
    }
)


def calls_of(transaction: Transaction, session_id: str) -> list[str]:
    """The provider's ids of the session's calls."""
    return [str(call) for (call,) in transaction.execute(SQL["calls_of"], [session_id])]


def delete_session_rows(
    transaction: Transaction,
    session_id: str,
    calls: Collection[str],
    *,
    only: Collection[str] = tuple(SESSION_RULES),
    but: Collection[str] = (),
) -> dict[str, int]:
    """Within the caller's transaction: deletes the session's rows in these tables; how many there were, by table."""
    parameters = {"session": session_id, "calls": list(calls)}
    return {
        table: int(transaction.execute(f"DELETE FROM {table} WHERE {condition}", parameters)[0][0])  # noqa: S608 names are our own
        for table, condition in SESSION_RULES.items()
        if table in only and table not in but
    }
