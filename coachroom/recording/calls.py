"""The calls of a session: when each began and ended, and which is the latest."""

from __future__ import annotations

from datetime import datetime

from coachroom.elevenlabs.refusals import CallEnding
from coachroom.recording.erased_calls import add_erased_calls
from coachroom.recording.failed_calls import log_once
from coachroom.rooms.rooms import Rooms
from coachroom.store.statements import load_statements
from coachroom.store.store import Transaction

SQL = load_statements("coachroom.recording", "calls.sql")
# More than anybody begins again in one session whose line breaks.
MAX_CALLS_A_SESSION = 20


def begin_call(
    transaction: Transaction,
    rooms: Rooms,
    session_id: str,
    conversation_id: str,
    *,
    started_at: datetime,
    now: datetime,
    agent_id: str | None,
) -> None:
    """Stores a call unless it is known; the record of one reported after its session's end is due at once.

    Beyond MAX_CALLS_A_SESSION nothing is stored: its turns are, as the page reports them.
    """
    row = [conversation_id, session_id, started_at, now, agent_id, MAX_CALLS_A_SESSION]
    transaction.execute(SQL["add_call"], row)
    for (latest_call,) in transaction.execute(SQL["latest_call"], [session_id]):
        rooms.name_call(transaction, session_id, latest_call)


def note_version(
    transaction: Transaction, conversation_id: str, version_id: str | None, branch_id: str | None
) -> None:
    """Stores which version of the agent a known call was with; None: nobody says."""
    if version_id or branch_id:
        transaction.execute(SQL["note_version"], [conversation_id, version_id, branch_id])


def claim_record(transaction: Transaction, session_id: str, conversation_id: str) -> None:
    """Gives a record that arrived before the page named its call to the session, if it is the same client's."""
    transaction.execute(SQL["claim_record"], [conversation_id, session_id])


def refuse_record(transaction: Transaction, conversation_id: str, now: datetime) -> None:
    """Within the caller's transaction: nothing of the call is kept, and the provider is asked to delete its copy."""
    transaction.execute(SQL["delete_record"], [conversation_id])
    add_erased_calls(transaction, [conversation_id], now)


def end_call(
    transaction: Transaction, session_id: str, conversation_id: str, *, at_time: datetime, ending: CallEnding
) -> None:
    """Stores how a call ended; the first report counts, and a failure is logged once."""
    given = [conversation_id, at_time, ending.why, session_id, ending.close_code, ending.close_reason]
    if transaction.execute(SQL["end_call"], given) and ending.failed:
        log_once(transaction, session_id, ending)


def agent_hung_up(transaction: Transaction, session_id: str) -> bool:
    """Whether the agent ended the session's latest call."""
    return any(hung_up for (hung_up,) in transaction.execute(SQL["agent_hung_up"], [session_id]))
