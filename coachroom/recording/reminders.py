"""Reminders to the agent, during a call, to ask more and say less: when one is due, and which were given."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from coachroom.recording.talk_share import talks_too_much
from coachroom.recording.turn import Turn
from coachroom.store.statements import load_statements
from coachroom.store.store import Store, Transaction

SQL = load_statements("coachroom.recording", "reminders.sql")
REMINDED_EVERY = timedelta(minutes=5)
# The longest session has half as many.
MAX_REMINDERS_A_SESSION = 100


def reminder_due(store: Store, session_id: str, turns: Sequence[Turn], now: datetime) -> bool:
    """Whether the agent talks too much and was not reminded within the last minutes."""
    if not talks_too_much(turns):
        return False
    return not store.execute(SQL["reminded_since"], [session_id, now - REMINDED_EVERY])[0][0]


def add_reminder(transaction: Transaction, session_id: str, reminder_id: str, reminded_at: datetime) -> None:
    """Within the caller's transaction: the agent was reminded. The same one again changes nothing."""
    transaction.execute(SQL["add_reminder"], [session_id, reminder_id, reminded_at, MAX_REMINDERS_A_SESSION])
