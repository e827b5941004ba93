"""Session facts: one row an ended session, made from its turns, so that no metric reads a turn.

They hold nothing that could not be made again from `sessions`, `conversations` and `agent_conversations`, but for
those that are frozen: see kept_facts.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from coachroom.store.statements import load_statements
from coachroom.store.store import Row, Store, Transaction

SQL = load_statements("coachroom.metrics", "facts.sql")
_OF_SOME = f"{SQL['some']}\n{SQL['computed']}"
_OF_ALL = f"{SQL['every']}\n{SQL['computed']}"
_INSERT = f"INSERT INTO session_facts ({SQL['columns']})"


@dataclass(frozen=True)
class Disagreements:
    """Ids of sessions whose facts are missing, differ from their turns, or belong to no ended session."""

    missing: tuple[str, ...]
    stale: tuple[str, ...]
    orphaned: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.missing) + len(self.stale) + len(self.orphaned)


def compute_facts(store: Store | Transaction, session_ids: Sequence[str]) -> list[Row]:
    """The facts of those of these sessions that have ended, for `put_facts`. Needs no transaction."""
    return store.execute(f"{_OF_SOME}\nSELECT {SQL['columns']} FROM computed", [list(session_ids)])


def put_facts(transaction: Transaction, rows: Sequence[Row]) -> None:
    """Writes computed facts within the caller's transaction."""
    values = ", ".join(f"${place}" for place, _ in enumerate(SQL["columns"].split(","), start=1))
    for row in rows:
        transaction.execute(f"{_INSERT}\nVALUES ({values})\n{SQL['put']}", row)


def number_clients_of(transaction: Transaction, session_ids: Sequence[str]) -> None:
    """Gives each client of these sessions a number, within the caller's transaction; who has one keeps it."""
    transaction.execute(_without_with(SQL["number_clients"], SQL["some"]), [list(session_ids)])


def number_clients(transaction: Transaction) -> None:
    """Gives each client with a session a number, within the caller's transaction; who has one keeps it."""
    transaction.execute(_without_with(SQL["number_clients"], SQL["every"]))


def rebuild_facts(transaction: Transaction) -> int:
    """Recomputes all facts within the caller's transaction, and returns how many there are."""
    transaction.execute(SQL["clear"])
    number_clients(transaction)
    # In the order that they come about: the engine leaves out blocks of rows that lie before a range.
    transaction.execute(f"{_INSERT}\n{_OF_ALL}\nSELECT {SQL['columns']} FROM computed ORDER BY start_time")
    return int(transaction.execute(SQL["count"])[0][0])


def ended_sessions(store: Store) -> list[str]:
    """The sessions that have facts, in the order they began."""
    return [str(session_id) for (session_id,) in store.execute(SQL["ended"])]


def delete_orphaned_facts(transaction: Transaction) -> int:
    """Deletes facts that belong to no ended session, within the caller's transaction; how many are left."""
    transaction.execute(SQL["delete_orphaned"])
    return int(transaction.execute(SQL["count"])[0][0])


def disagreements(store: Store) -> Disagreements:
    """Where facts and turns differ, unless facts are due. Reads every turn there is: for `doctor`, not for a page."""
    names = [name.strip() for name in SQL["columns"].split(",")]
    computed, stored = (", ".join(f"{table}.{name}" for name in names) for table in ("c", "f"))
    rows = store.execute(
        f"{_OF_ALL}\nSELECT c.session_id, f.session_id FROM computed c"
        " FULL JOIN session_facts f ON f.session_id = c.session_id"
        f" WHERE ROW({computed}) IS DISTINCT FROM ROW({stored}) AND {SQL['not_due']} ORDER BY 1, 2"
    )
    return Disagreements(
        missing=tuple(str(c) for c, f in rows if f is None),
        stale=tuple(str(c) for c, f in rows if c is not None and f is not None),
        orphaned=tuple(str(f) for c, f in rows if c is None),
    )


def _without_with(statement: str, wanted: str) -> str:
    """`statement` with the common table expression `wanted` in front of its SELECT."""
    head, _, select = statement.partition("\n")
    return f"{head}\n{wanted.rstrip().removesuffix(',')}\n{select}"


def earlier_sessions(store: Store, session_id: str, client_id: str) -> tuple[datetime | None, int, datetime | None]:
    """When the session began, how many others the client said something in, and when the latest of these began."""
    began_at, count, latest = store.execute(SQL["earlier_sessions"], [session_id, client_id])[0]
    return began_at, count, latest
