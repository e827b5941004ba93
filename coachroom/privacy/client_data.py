"""Which rows are a client's: each package says it of its own tables, and this asks them all."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from coachroom.errors import CoachroomError
from coachroom.people.skool_export import shown
from coachroom.store.statements import load_statements
from coachroom.store.store import Store, Transaction

SQL = load_statements("coachroom.privacy", "client_data.sql")

# Whoever owns tables, from above to below, so that what is asked through another table is asked before it is gone.
OWNERS = (
    "caseload",
    "metrics",
    "agent",
    "budget",
    "live",
    "appointments",
    "reminders",
    "comparisons",
    "recording",
    "coaching",
    "rooms",
    "notifications",
    "people",
)
# The condition of each table, over $client, $sessions, $goals, $calls and $emails.
RULES: Mapping[str, str] = MappingProxyType(
    {
        table: condition
        for owner in OWNERS
        for table, condition in load_statements(f"coachroom.{owner}", "client_rows.sql").items()
    }
)


@dataclass(frozen=True)
class ClientIds:
    """Everything that names a client in our tables. `calls` are the provider's ids of their conversations."""

    client: str
    sessions: tuple[str, ...]
    goals: tuple[str, ...]
    calls: tuple[str, ...]
    emails: tuple[str, ...]

    def parameters(self) -> dict[str, Any]:
        """For the conditions in `RULES`."""
        lists = {name: list(getattr(self, name)) for name in ("sessions", "goals", "calls", "emails")}
        return {"client": self.client} | lists


def ids_of(source: Store | Transaction, client: str) -> ClientIds:
    """The ids of a client, named by their id or their e-mail. Raises CoachroomError where there is nobody."""
    by_email = source.execute(SQL["client_with_email"], [client.strip().lower()])
    client_id = str(by_email[0][0]) if by_email else client
    if not by_email and not source.execute(SQL["client"], [client_id]):
        raise CoachroomError(f"There is no client {shown(client)}: `members list` shows the members' e-mails.")
    found = {
        name: tuple(str(row[0]) for row in source.execute(SQL[name], [client_id]))
        for name in ("sessions", "goals", "calls", "emails")
    }
    return ClientIds(client_id, **found)


def count_rows(source: Store | Transaction, ids: ClientIds) -> dict[str, int]:
    """How many rows of each table are the client's."""
    return {
        table: int(source.execute(f"SELECT count(*) FROM {table} WHERE {condition}", ids.parameters())[0][0])  # noqa: S608 names are our own
        for table, condition in RULES.items()
    }


def rows_of(source: Store | Transaction, ids: ClientIds) -> Iterator[tuple[str, list[Any]]]:
    """Each table with the client's rows, each row as the document that JSON makes of it."""
    for table, condition in RULES.items():
        chosen = f"SELECT * FROM {table} WHERE {condition}"  # noqa: S608 names are our own
        rows = source.execute(f"SELECT CAST(to_json(r) AS VARCHAR) FROM ({chosen}) AS r", ids.parameters())  # noqa: S608
        yield table, sorted((json.loads(row) for (row,) in rows), key=_in_order_of_columns)


def _in_order_of_columns(document: Mapping[str, Any]) -> list[tuple[bool, bool, Any]]:
    """Numbers and times in their order, what is unknown last, and JSON by its text."""
    return [
        (value is None, not isinstance(value, int | float), value if isinstance(value, int | float) else str(value))
        for value in document.values()
    ]


def delete_rows(transaction: Transaction, ids: ClientIds) -> dict[str, int]:
    """Deletes the client's rows in every table; how many there were, by table."""
    return {
        table: int(transaction.execute(f"DELETE FROM {table} WHERE {condition}", ids.parameters())[0][0])  # noqa: S608 names are our own
        for table, condition in RULES.items()
    }
