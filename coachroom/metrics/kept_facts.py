"""Facts that outlive the words they were made from: of sessions whose words have expired, and of nobody any more."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from coachroom.clock import new_secret_id
from coachroom.rooms.states import EndReason
from coachroom.store.statements import load_statements
from coachroom.store.store import Transaction

SQL = load_statements("coachroom.metrics", "kept_facts.sql")


def freeze_facts(transaction: Transaction, session_ids: Sequence[str]) -> None:
    """Within the caller's transaction: these sessions' facts stay as they are, whatever becomes of the turns."""
    transaction.execute(SQL["freeze"], [list(session_ids)])


def keep_facts_of_nobody(transaction: Transaction, session_ids: Sequence[str], zone: ZoneInfo) -> None:
    """Within the caller's transaction: copies the facts of these sessions, all of one client, as nobody's.

    They have random ids, no agent, and of their time the day alone, as it is in `zone`. Who deletes the client's own
    rows afterwards leaves nothing that says whose the copies were.
    """
    nobody, ids = new_secret_id(), list(session_ids)
    transaction.execute(SQL["number"], [nobody, ids])
    transaction.execute(SQL["keep"], [ids, [new_secret_id() for _ in ids], nobody, zone.key, list(EndReason)])
