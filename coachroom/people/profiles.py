"""What a client says of themselves, beside the roster, and where their clock is."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from coachroom.clock import zone_named
from coachroom.store.statements import load_statements
from coachroom.store.store import Store, Transaction

SQL = load_statements("coachroom.people", "profiles.sql")
UTC_ZONE = ZoneInfo("UTC")


def put_words(transaction: Transaction, client_id: str, preferences: str | None, challenges: str | None) -> None:
    """Within the caller's transaction: the client's own words replace what stood there."""
    transaction.execute(SQL["put_words"], [client_id, preferences, challenges])


def put_zone(transaction: Transaction, client_id: str, zone: ZoneInfo) -> None:
    """Within the caller's transaction: from now on this is the client's time zone."""
    transaction.execute(SQL["put_zone"], [client_id, zone.key])


def zone_of(store: Store | Transaction, client_id: str) -> ZoneInfo:
    """The client's time zone; UTC as long as it is not known."""
    found = store.execute(SQL["zone_of"], [client_id])
    return (zone_named(found[0][0]) if found else None) or UTC_ZONE
