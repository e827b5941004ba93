"""Brings a session's rows up to date with what its page reported and what the provider's records say.

In two phases: *rebuild* computes and stores the turns and what the records' analysis found in them, *publish* writes
what follows from them for sessions that are over (`after_end`) and marks the records as published. Both are safe to
repeat: the same events and records give the same rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from coachroom.clock import Clock
from coachroom.coaching.coaching import Coaching
from coachroom.coaching.sync import put_memories, put_proposals
from coachroom.errors import RoomNotFoundError
from coachroom.recording.analysis import SessionContext, SessionOutcomes, derive_outcomes
from coachroom.recording.reconcile import compose
from coachroom.recording.session_states import SessionState, SessionStates, StoredRecord
from coachroom.recording.turn import Turn, write_turns
from coachroom.rooms.rooms import Rooms
from coachroom.rooms.states import Session
from coachroom.store.duck import Transaction
from coachroom.store.statements import load_statements
from coachroom.store.writer import Writer

SQL = load_statements("coachroom.recording", "rebuild.sql")


@dataclass(frozen=True)
class RebuiltSession:
    """A session whose turns were rebuilt from these records and are not published yet."""

    session_id: str
    records: tuple[StoredRecord, ...]


class Rebuilder:
    """Rebuilds sessions from any thread; work on one session waits for other work on it."""

    def __init__(
        self, writer: Writer, rooms: Rooms, clock: Clock, states: SessionStates, *, coaching: Coaching
    ) -> None:
        self._writer = writer
        self._rooms = rooms
        self._clock = clock
        self._coaching = coaching
        self.states = states

    def rebuild(self, session_id: str) -> None:
        """Both phases for one session. Raises RoomNotFoundError for a session that never was."""
        self.publish([self.rebuild_turns(session_id)])

    def rebuild_turns(self, session_id: str) -> RebuiltSession:
        """The first phase. Publishing many sessions at once costs little more than publishing one."""
        session = self.session(session_id)
        with self.states.hold(session_id) as state:
            journal = self.states.journal(session_id, state)
            state.records = self.states.records(session_id)
            # The next user reads from disk again.
            state.journal = None
            self.store(session, state, compose(journal.turns, state.call_records), publish=False)
            return RebuiltSession(session_id, tuple(state.records))

    def publish(self, sessions: Sequence[RebuiltSession]) -> None:
        """The second phase, for many sessions in one transaction."""
        self._writer.submit(lambda transaction: self._publish(transaction, sessions)).result()

    def store(self, session: Session, state: SessionState, turns: list[Turn], *, publish: bool = True) -> None:
        """Stores the turns and what was found in them, and with `publish` what follows, in one transaction."""
        before, records, now = list(state.on_disk), list(state.records), self._clock()
        analysed = any(stored.record.analysis is not None for stored in records)
        outcomes = self._outcomes(session, turns, records) if analysed else None

        def work(transaction: Transaction) -> None:
            write_turns(transaction, session.id, before, turns)
            if outcomes is not None:
                _write_outcomes(transaction, session.id, outcomes, now)
            if publish:
                self._publish(transaction, [RebuiltSession(session.id, tuple(records))])

        self._writer.submit(work).result()
        state.on_disk = turns
        state.records = [replace(stored, published=True) for stored in records] if publish else records

    def session(self, session_id: str) -> Session:
        """The session as it is now. Raises RoomNotFoundError for one that never was."""
        session = self._rooms.session(session_id)
        if session is None:
            raise RoomNotFoundError
        return session

    def _publish(self, transaction: Transaction, sessions: Sequence[RebuiltSession]) -> None:
        over = transaction.execute(SQL["over_among"], [[each.session_id for each in sessions]])
        if over:
            self._rooms.after_end(transaction, [row[0] for row in over])
        records = [stored for each in sessions for stored in each.records]
        if records:
            ids = [stored.record.conversation_id for stored in records]
            # A record that knows more may have arrived meanwhile; it is published by the next round.
            transaction.execute(SQL["mark_published"], [ids, [stored.received_at for stored in records]])
            settled = [stored.record.conversation_id for stored in records if stored.record.settled]
            transaction.execute(SQL["mark_complete"], [settled])

    def _outcomes(self, session: Session, turns: list[Turn], records: list[StoredRecord]) -> SessionOutcomes:
        context = SessionContext(
            session.id,
            session.client_id,
            goals=self._coaching.goals.list_for(session.client_id),
            actions=self._coaching.actions.list_for(session.client_id),
            noted=self._coaching.proposals.of_session(session.id),
        )
        return derive_outcomes(context, turns, [stored.record for stored in records])


def _write_outcomes(transaction: Transaction, session_id: str, outcomes: SessionOutcomes, now: datetime) -> None:
    put_memories(transaction, session_id, outcomes.memories, now)
    put_proposals(transaction, session_id, outcomes.proposals)
    if outcomes.evaluation is not None:
        transaction.execute(SQL["put_evaluation"], [session_id, outcomes.evaluation.result, outcomes.at_time])
    if outcomes.confidence is not None:
        scores = [outcomes.confidence.before, outcomes.confidence.after]
        transaction.execute(SQL["put_confidence"], [session_id, *scores, outcomes.at_time])
