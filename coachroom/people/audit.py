"""The audit log: who did what, when. Each entry is written in the transaction of the action itself."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from coachroom.clock import Clock, new_id
from coachroom.store.statements import load_statements
from coachroom.store.store import Store, Transaction
from coachroom.store.writer import Writer

SQL = load_statements("coachroom.people", "audit.sql")
_COUNT = f"{SQL['count']}\n{SQL['looked_for']}"
_PAGE = f"{SQL['page']}\n{SQL['looked_for']}\n{SQL['latest_first']}"


def write_audit(
    transaction: Transaction, *, actor: str, action: str, subject: str, detail: Mapping[str, Any], now: datetime
) -> None:
    """Adds a row: `actor` (an e-mail, or who else it was) did `action` to `subject`; `detail` becomes JSON."""
    transaction.execute(
        SQL["add"], [new_id(now), now, actor, action, subject, json.dumps(detail, ensure_ascii=False)]
    )


def write_audit_of_each(
    transaction: Transaction,
    *,
    actor: str,
    action: str,
    subjects: Sequence[str],
    detail: Mapping[str, Any],
    now: datetime,
) -> None:
    """Adds a row for each subject: so each person's own history is whole, and can be erased by itself."""
    ids = [new_id(now) for _ in subjects]
    values = [ids, now, actor, action, list(subjects), json.dumps(detail, ensure_ascii=False)]
    transaction.execute(SQL["add_of_each"], values)


@dataclass(frozen=True)
class AuditEntry:
    """One row: `actor` did `action` to `subject`; `logged_at` is naive UTC."""

    logged_at: datetime
    actor: str
    action: str
    subject: str
    detail: Mapping[str, Any]


@dataclass(frozen=True)
class AuditFilter:
    """What to look for; None and "" look for everything. `person`: a part of who did it, or to whom.

    `actions` are beginnings of an action; `since` and `before` are naive UTC.
    """

    person: str = ""
    actions: tuple[str, ...] = ()
    since: datetime | None = None
    before: datetime | None = None


class AuditLog:
    """Adds rows about what changes nothing else in the database, such as an export, and reads them all."""

    def __init__(self, store: Store, writer: Writer, clock: Clock) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock

    def add(self, actor: str, action: str, subject: str, detail: Mapping[str, Any]) -> None:
        """Adds a row as `write_audit` does; returns once it is on disk. Raises StoreError."""
        now = self._clock()
        self._writer.submit(
            lambda transaction: write_audit(
                transaction, actor=actor, action=action, subject=subject, detail=detail, now=now
            )
        ).result()

    def page(self, looked_for: AuditFilter, *, skip: int, most: int) -> tuple[list[AuditEntry], int]:
        """The rows that are looked for, the latest first: `most` after the first `skip`, and how many there are."""
        wanted = [
            looked_for.person.strip().lower(),
            list(looked_for.actions),
            looked_for.since,
            looked_for.before,
        ]
        ((total,),) = self._store.execute(_COUNT, wanted)
        rows = self._store.execute(_PAGE, [*wanted, most, skip])
        return [
            AuditEntry(logged_at, actor, action, subject, json.loads(detail or "{}"))
            for logged_at, actor, action, subject, detail in rows
        ], int(total)
