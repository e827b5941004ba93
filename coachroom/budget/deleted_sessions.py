"""What deleted sessions and erased clients took of the budget: it stays taken, and nothing says of which session."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from coachroom.clock import new_secret_id
from coachroom.store.statements import load_statements
from coachroom.store.store import Transaction

SQL = load_statements("coachroom.budget", "deleted_sessions.sql")

# In whatever time zone the community is, a day before it is over there.
OVER_EVERYWHERE = timedelta(days=1)


# No budget looks back beyond the first of the month.
LONGEST_MONTH = timedelta(days=32)


def keep_what_nobody_took(transaction: Transaction, session_ids: Sequence[str], now: datetime) -> None:
    """Within the caller's transaction, before a client's rows go: their calls of this month count for the community.

    What is kept is the day and the length of each. Whose they were is not.
    """
    since = (now - LONGEST_MONTH).date()
    for session_id in session_ids:
        for _, day, seconds in transaction.execute(SQL["taken_in"], [session_id]):
            if day >= since:
                transaction.execute(SQL["keep"], [new_secret_id(), "", day, seconds])


def keep_what_was_taken(transaction: Transaction, session_id: str, now: datetime) -> None:
    """Within the caller's transaction, before the session goes: its calls count by their day and length alone.

    Whose they were is kept for the day of the client's own budget, and forgotten after it.
    """
    own_budget_since = (now - OVER_EVERYWHERE).date()
    for client_id, day, seconds in transaction.execute(SQL["taken_in"], [session_id]):
        whose = client_id if day >= own_budget_since else ""
        transaction.execute(SQL["keep"], [new_secret_id(), whose, day, seconds])
    transaction.execute(SQL["delete"], [session_id])
