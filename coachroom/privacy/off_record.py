"""Sessions off the record: of them nothing is kept but when they were.

    on the record ──client's word, before or during the session──▶ off the record, for good

The mark stands in the session's row, so a restart loses nothing of it. Whoever stores something of a session asks for
the mark first; what was stored before it is deleted with it, and once more as the session ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from coachroom.clock import Clock
from coachroom.coaching.memory import AfterForget
from coachroom.coaching.session_notes import take_back_notes
from coachroom.errors import RoomNotFoundError
from coachroom.privacy.erasure_lines import WhatGoes
from coachroom.privacy.erasures import Erasures
from coachroom.privacy.session_data import calls_of, delete_session_rows
from coachroom.recording.erased_calls import add_calls_of_session
from coachroom.recording.session_states import SessionStates
from coachroom.rooms.rooms import Rooms, unname_call
from coachroom.rooms.states import Session
from coachroom.store.statements import load_statements
from coachroom.store.store import Transaction
from coachroom.store.writer import Writer

SQL = load_statements("coachroom.privacy", "off_record.sql")

# What is left of a session off the record: when it was, and how long it took without its pauses.
KEPT = frozenset({"sessions", "pauses", "rooms", "session_facts", "facts_due"})
# How a call ended decides how its session ends.
KEPT_WHILE_OPEN = KEPT | {"agent_conversations"}


class OffRecord:
    """Takes sessions off the record. Safe to use from many threads."""

    def __init__(
        self,
        writer: Writer,
        clock: Clock,
        *,
        rooms: Rooms,
        states: SessionStates,
        after_forget: AfterForget,
        erasures: Erasures,
    ) -> None:
        self._writer = writer
        self._rooms = rooms
        self._states = states
        self._after_forget = after_forget
        self._clock = clock
        self._erasures = erasures

    def take(self, session: Session) -> None:
        """Takes an open session off the record, with what was stored of it; does nothing where it is off already.

        Raises RoomNotFoundError where it is over.
        """
        now = self._clock()

        def work(transaction: Transaction) -> None:
            self._rooms.take_off_record(transaction, session.id, now)
            if not transaction.execute(SQL["is_open_off_record"], [session.id]):
                raise RoomNotFoundError
            # Before anything is deleted, so that a crash leaves nothing in the file unnoticed.
            self._erasures.add_session(transaction, session.id, WhatGoes.ALL_BUT_TIMES, now)
            delete_while_open(transaction, session.id, now, self._after_forget)

        # Deliveries wait: what they hold comes before the mark, and goes with it, or after it.
        with self._states.hold(session.id) as state:
            self._writer.submit(work).result()
            state.forget()


def delete_while_open(transaction: Transaction, session_id: str, now: datetime, after_forget: AfterForget) -> None:
    """Within the transaction that takes an open session off the record: what was stored of it goes."""
    take_back_notes(transaction, session_id, lambda: now, after_forget)
    add_calls_of_session(transaction, session_id, now, over=False)
    delete_session_rows(transaction, session_id, calls_of(transaction, session_id), but=KEPT_WHILE_OPEN)


def settle_off_record(transaction: Transaction, session_ids: Sequence[str], now: datetime) -> None:
    """Within the transaction that ends these sessions: of those off the record, only their times stay."""
    for (session_id,) in transaction.execute(SQL["off_record_of"], [list(session_ids)]):
        add_calls_of_session(transaction, session_id, now, over=True)
        delete_session_rows(transaction, session_id, calls_of(transaction, session_id), but=KEPT)
        unname_call(transaction, session_id)
