"""Two clients with a row in every table that may hold one; each text that may be anything holds the client's mark."""

from __future__ import annotations

from contextlib import closing
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from coachroom.store.duck import DuckStore
from coachroom.store.migrate import migrate
from coachroom.store.store import Store

NOW = datetime(2026, 5, 1, 12)
# What the tables' own rules ask for; elsewhere a column gets a value of its type.
CHOSEN = {
    ("actions", "status"): "open",
    ("agent_conversations", "record"): "complete",
    ("coach_notes", "kind"): "note",
    ("coach_questions", "status"): "asked",
    ("coaching_preferences", "tone"): "gentle",
    ("coaching_preferences", "pace"): "short",
    ("approach_choices", "field"): "tone",
    ("approach_choices", "source"): "profile",
    ("approach_choices", "state"): "kept",
    ("comparison_draws", "arm"): "candidate",
    ("comparisons", "state"): "draft",
    ("comparisons", "decision"): "standing",
    ("conversations", "sender"): "client",
    ("evaluations", "result"): "success",
    ("identities", "standing"): "known",
    ("members", "role"): "client",
    ("members", "status"): "active",
    ("members", "source"): "manual",
    ("memories", "kind"): "fact",
    ("memories", "source"): "client",
    ("memories", "status"): "active",
    ("proposals", "source"): "tool",
    ("proposals", "kind"): "goal",
    ("proposals", "status"): "open",
    ("rooms", "status"): "open",
    ("outbox", "channel"): "mail",
    ("outbox", "state"): "waiting",
    ("outbox", "kind"): "invitation",
    ("pauses", "cause"): "paused",
    ("written_steps", "stage"): "goal",
    ("step_answers", "answer"): "partly",
    ("silences", "broken_by"): "client",
    ("sessions", "status"): "completed",
    ("session_facts", "status"): "completed",
    ("session_questions", "question"): "heard",
    ("session_stages", "stage"): "goal",
}
COLUMNS = (
    "SELECT table_name, column_name, data_type FROM information_schema.columns ORDER BY table_name, ordinal_position"
)


class Somebody(NamedTuple):
    """A client, and the mark that no byte of anybody else holds."""

    mark: str

    @property
    def email(self) -> str:
        return f"{self.mark}@example.com".lower()

    def names(self) -> dict[str, str]:
        """The columns by which rows are theirs."""
        return {
            "client_id": f"{self.mark}-client",
            "session_id": f"{self.mark}-session",
            "goal_id": f"{self.mark}-goal",
            "conversation_id": f"{self.mark}-call",
            "agent_conversation_id": f"{self.mark}-call",
            "room_id": f"{self.mark}-room",
            "join_id": f"{self.mark}-live_joins",
            "appointment_id": f"{self.mark}-appointments",
            "coach_email": self.email,
            "email": self.email,
            "person": self.email,
            "subject": self.email,
            "issuer": f"https://{self.mark}.example.com",
        }

    def id_in(self, table: str) -> str:
        own = {
            "client_profiles": "client_id",
            "sessions": "session_id",
            "goals": "goal_id",
            "rooms": "room_id",
            "agent_conversations": "conversation_id",
        }
        return self.names().get(own.get(table, ""), f"{self.mark}-{table}")


def fill_every_table(store: Store, tables: list[str], *people: Somebody) -> None:
    for table in tables:
        for number, somebody in enumerate(people):
            row = {name: _value(table, name, kind, somebody, number) for name, kind in _columns()[table]}
            places = ", ".join(f"${place}" for place in range(1, len(row) + 1))
            store.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})", list(row.values()))


@cache
def _columns() -> dict[str, list[tuple[str, str]]]:
    """By table, names and types as DuckDB calls them, whatever engine the rows are for."""
    columns: dict[str, list[tuple[str, str]]] = {}
    with closing(DuckStore(None)) as store:
        migrate(store, NOW)
        for table, name, kind in store.execute(COLUMNS):
            columns.setdefault(table, []).append((name, kind))
    return columns


def _value(table: str, column: str, kind: str, somebody: Somebody, number: int) -> Any:
    if (table, column) in CHOSEN:
        return CHOSEN[table, column]
    if column == "id":
        return somebody.id_in(table)
    if column in somebody.names():
        return somebody.names()[column]
    values: dict[str, Any] = {
        "VARCHAR": f"{somebody.mark} wrote {column} of {table}",
        "JSON": f'{{"{column}": "{somebody.mark} in {table}"}}',
        "TIMESTAMP": NOW + timedelta(minutes=number),
        "DATE": date(2026, 5, 1),
        "BOOLEAN": True,
        "DOUBLE": 1.0,
        "INTEGER[]": [1],
        "VARCHAR[]": [somebody.names()["client_id"]],
        "DOUBLE[]": [1.0],
    }
    return values.get(kind, number + 1)
