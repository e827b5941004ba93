"""Deletes again what a restored backup or an import brought back of sessions that were deleted or off the record."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from coachroom.agent.briefings import forget_in_briefings
from coachroom.coaching.session_notes import take_back_notes
from coachroom.metrics.facts import compute_facts, number_clients_of, put_facts
from coachroom.privacy.delete_session import delete_all_of
from coachroom.privacy.erasure_lines import WhatGoes
from coachroom.privacy.erasures import Erasures
from coachroom.privacy.off_record import KEPT, delete_while_open
from coachroom.privacy.session_data import calls_of, delete_session_rows
from coachroom.recording.erased_calls import add_erased_calls
from coachroom.rooms.rooms import mark_off_record, read_sessions, take_open_off_record
from coachroom.rooms.states import Session
from coachroom.store.store import Transaction


def finish_deletions(transaction: Transaction, erasures: Erasures, now: datetime, facts_zone: ZoneInfo | None) -> int:
    """Within the caller's transaction; how many sessions they were.

    On PostgreSQL others may be served meanwhile, and open sessions go on.
    """
    listed = erasures.sessions(transaction)
    if not listed:
        return 0
    back = [
        session
        for session in read_sessions(transaction, list(listed))
        if not (listed[session.id] is WhatGoes.ALL_BUT_TIMES and session.off_record)
    ]
    if back:
        # Their bytes are in the file again.
        erasures.note_deletion(now)
    for session in back:
        if listed[session.id] is WhatGoes.ALL_BUT_TIMES:
            _leave_the_times(transaction, session, now)
        else:
            delete_all_of(transaction, session, listed[session.id], now, facts_zone)
        erasures.tell(transaction, session.id)
    return len(back)


def _leave_the_times(transaction: Transaction, session: Session, now: datetime) -> None:
    session_id = session.id
    if not session.status.over:
        # A crash came between the list and the rows. It goes on; the rest goes as it ends.
        take_open_off_record(transaction, session_id, now)
        delete_while_open(transaction, session_id, now, forget_in_briefings)
        return
    mark_off_record(transaction, session_id, now)
    calls = calls_of(transaction, session_id)
    add_erased_calls(transaction, calls, now)
    take_back_notes(transaction, session_id, lambda: now, forget_in_briefings)
    delete_session_rows(transaction, session_id, calls, but=KEPT - {"session_facts", "facts_due"})
    number_clients_of(transaction, [session_id])
    put_facts(transaction, compute_facts(transaction, [session_id]))
