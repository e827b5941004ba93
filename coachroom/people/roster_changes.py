"""What an import changed of each member, kept for a day, so that it can be undone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from coachroom.clock import new_id
from coachroom.people.member import Member
from coachroom.store.statements import load_statements
from coachroom.store.store import Store, Transaction

SQL = load_statements("coachroom.people", "roster_changes.sql")

UNDOABLE = timedelta(days=1)


@dataclass(frozen=True)
class RosterChange:
    """One member that an import changed: their e-mail afterwards. `before` is None for whom it added."""

    email: str
    before: Member | None


@dataclass(frozen=True)
class RosterImport:
    """An import that can still be undone. `imported_at` is naive UTC; `members` is how many it changed."""

    id: str
    imported_at: datetime
    actor: str
    members: int


def keep_changes(transaction: Transaction, changes: Sequence[RosterChange], actor: str, now: datetime) -> None:
    """Within the caller's transaction: keeps what an import changed, under a new id."""
    sweep_changes(transaction, now)
    emails = [each.email for each in changes]
    old_emails = [each.before.email if each.before else None for each in changes]
    before = [_as_json(each.before) for each in changes]
    transaction.execute(SQL["keep"], [new_id(now), emails, old_emails, now, actor, before])


def sweep_changes(transaction: Transaction, now: datetime) -> None:
    """Within the caller's transaction: deletes what can be undone no more."""
    transaction.execute(SQL["sweep"], [now - UNDOABLE])


def undoable_imports(source: Store | Transaction, now: datetime) -> list[RosterImport]:
    """The imports that can still be undone, the latest first."""
    return [RosterImport(*row) for row in source.execute(SQL["imports"], [now - UNDOABLE])]


def take_changes(transaction: Transaction, import_id: str) -> list[RosterChange]:
    """Within the caller's transaction: what an import changed, from then on kept no more."""
    rows = transaction.execute(SQL["of_import"], [import_id])
    transaction.execute(SQL["forget"], [import_id])
    return [RosterChange(email, _from_json(before) if before else None) for email, before in rows]


def _as_json(member: Member | None) -> str | None:
    if member is None:
        return None
    joined_at = member.joined_at.isoformat() if member.joined_at else None
    return json.dumps(asdict(member) | {"joined_at": joined_at}, ensure_ascii=False)


def _from_json(text: str) -> Member:
    values: dict[str, Any] = json.loads(text)
    joined_at = values["joined_at"]
    return Member(**values | {"joined_at": datetime.fromisoformat(joined_at) if joined_at else None})
