"""Deletes one session of a client's: its words and all that rests on them alone, here and at the provider."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from coachroom.agent.briefings import forget_in_briefings
from coachroom.budget.deleted_sessions import keep_what_was_taken
from coachroom.clock import Clock
from coachroom.coaching.session_notes import delete_notes, let_go_of
from coachroom.errors import NotAllowedError, RoomNotFoundError
from coachroom.metrics.kept_facts import keep_facts_of_nobody
from coachroom.people.audit import write_audit
from coachroom.privacy.erasure_lines import WhatGoes
from coachroom.privacy.erasures import Erasures
from coachroom.privacy.session_data import calls_of, delete_session_rows
from coachroom.recording.erased_calls import CALL_ENDS_WITHIN, add_erased_calls, add_unreported_calls
from coachroom.recording.session_states import SessionStates
from coachroom.rooms.rooms import Rooms
from coachroom.rooms.states import Session
from coachroom.store.store import Transaction
from coachroom.store.writer import Writer


def delete_all_of(
    transaction: Transaction, session: Session, what_goes: WhatGoes, now: datetime, facts_zone: ZoneInfo | None
) -> dict[str, int]:
    """Within the caller's transaction: deletes a session; how many rows it had, by table."""
    calls = calls_of(transaction, session.id)
    # Asked too early, the provider knows of no record, and keeps the one that it is about to make.
    add_unreported_calls(transaction, session.id, max(now, (session.end_time or now) + CALL_ENDS_WITHIN))
    add_erased_calls(transaction, calls, now)
    if what_goes is WhatGoes.SESSION_AND_NOTES:
        delete_notes(transaction, session.id)
    let_go_of(transaction, session.client_id, session.id, now, forget_in_briefings)
    if facts_zone is not None:
        keep_facts_of_nobody(transaction, [session.id], facts_zone)
    keep_what_was_taken(transaction, session.id, now)
    return delete_session_rows(transaction, session.id, calls)


class SessionDeletion:
    """Safe to use from many threads. `facts_zone`: where facts stay as nobody's, the time zone of their day."""

    def __init__(
        self,
        writer: Writer,
        clock: Clock,
        *,
        rooms: Rooms,
        states: SessionStates,
        erasures: Erasures,
        facts_zone: ZoneInfo | None,
    ) -> None:
        self._writer = writer
        self._clock = clock
        self._rooms = rooms
        self._states = states
        self._erasures = erasures
        self.facts_zone = facts_zone

    def delete(self, session: Session, actor: str, *, notes_too: bool = False) -> dict[str, int]:
        """Deletes a session that is over; how many rows there were, by table.

        `notes_too`: also the goals, next steps and check-ins that came from it.

        Raises NotAllowedError for one that goes on, RoomNotFoundError where it is gone already.
        """
        if not session.status.over:
            raise NotAllowedError("This session is still going on: end it first, then delete it.")
        now = self._clock()
        what_goes = WhatGoes.SESSION_AND_NOTES if notes_too else WhatGoes.SESSION

        def work(transaction: Transaction) -> dict[str, int]:
            # Before anything is deleted, so that a crash leaves nothing in the file unnoticed.
            self._erasures.add_session(transaction, session.id, what_goes, now)
            self._rooms.forget(transaction, [session.id])
            counts = delete_all_of(transaction, session, what_goes, now, self.facts_zone)
            if not counts["sessions"]:
                raise RoomNotFoundError
            # Where its facts stay as nobody's, the order in which sessions were deleted would say whose they are.
            who, whose = ("client", "client") if self.facts_zone is not None else (actor, session.client_id)
            detail = {"rows": sum(counts.values())}
            write_audit(transaction, actor=who, action="session.deleted", subject=whose, detail=detail, now=now)
            return counts

        with self._states.hold(session.id) as state:
            counts = self._writer.submit(work).result()
            state.forget()
        return counts
