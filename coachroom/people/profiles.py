"""What a client says of themselves, beside the roster."""

from __future__ import annotations

from coachroom.store.duck import Transaction
from coachroom.store.statements import load_statements

SQL = load_statements("coachroom.people", "profiles.sql")


def put_words(transaction: Transaction, client_id: str, preferences: str | None, challenges: str | None) -> None:
    """Within the caller's transaction: the client's own words replace what stood there."""
    transaction.execute(SQL["put_words"], [client_id, preferences, challenges])
