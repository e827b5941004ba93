"""The audit log: who did what, when. Each entry is written in the transaction of the action itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from coachroom.clock import Clock, new_id
from coachroom.store.duck import Transaction
from coachroom.store.statements import load_statements
from coachroom.store.writer import Writer

SQL = load_statements("coachroom.people", "audit.sql")


def write_audit(
    transaction: Transaction, *, actor: str, action: str, subject: str, detail: Mapping[str, Any], now: datetime
) -> None:
    """Adds a row: `actor` (an e-mail, or who else it was) did `action` to `subject`; `detail` becomes JSON."""
    transaction.execute(
        SQL["add"], [new_id(now), now, actor, action, subject, json.dumps(detail, ensure_ascii=False)]
    )


class AuditLog:
    """Adds rows about what changes nothing else in the database, such as an export."""

    def __init__(self, writer: Writer, clock: Clock) -> None:
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
