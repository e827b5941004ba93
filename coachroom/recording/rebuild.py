"""Rebuilds a session's rows from the events of its page and the provider's records of its calls.

There are two phases. The first computes and stores the turns and what the records' analysis found in them. The second
publishes them: it writes what follows from them for sessions that are over (`after_end`) and marks the records as
published. Both are safe to repeat: the same events and records give the same rows.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from coachroom.clock import Clock
from coachroom.coaching.coaching import Coaching
from coachroom.coaching.sync import put_memories, put_proposals
from coachroom.errors import RoomNotFoundError, StoreClosedError
from coachroom.recording.analysis import SessionContext, SessionOutcomes, derive_outcomes
from coachroom.recording.confidence import put_confidence
from coachroom.recording.session_states import SessionState, SessionStates, StoredRecord, claimed, until_fresh
from coachroom.recording.turn import Turn, turn_writes, write_turns
from coachroom.rooms.rooms import Rooms
from coachroom.rooms.states import Session
from coachroom.store.statements import load_statements
from coachroom.store.store import Transaction
from coachroom.store.writer import Writer

log = logging.getLogger(__name__)

SQL = load_statements("coachroom.recording", "rebuild.sql")


@dataclass(frozen=True)
class RebuiltSession:
    """A session whose turns were rebuilt from these records."""

    session_id: str
    records: tuple[StoredRecord, ...]


class Rebuilder:
    """Rebuilds sessions from any thread, each session for one caller at a time."""

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

    def rebuild_all(self, session_ids: Iterable[str]) -> list[str]:
        """Both phases for many sessions, published in one transaction. Returns those that could not be rebuilt."""
        rebuilt: list[RebuiltSession] = []
        failed: list[str] = []
        for session_id in session_ids:
            try:
                rebuilt.append(self.rebuild_turns(session_id))
            except StoreClosedError:
                raise
            except Exception:
                # One unusable record must not block the sessions behind it.
                log.exception("session %s could not be rebuilt from its records", session_id)
                failed.append(session_id)
        if rebuilt:
            self.publish(rebuilt)
        return failed

    def rebuild_turns(self, session_id: str) -> RebuiltSession:
        """The first phase. Raises RoomNotFoundError for a session that never was."""
        with self.states.hold(session_id) as state:
            return until_fresh(lambda: self._rebuild_turns(session_id, state))

    def _rebuild_turns(self, session_id: str, state: SessionState) -> RebuiltSession:
        session = self.session(session_id)
        journal = self.states.journal(session, state)
        state.records = self.states.records(session_id)
        # The next caller reads from disk: memory differs from it if this fails.
        state.journal = None
        turns = self.states.composed(session_id, state, journal)
        self.store_session(session, state, turns, publish=False)
        return RebuiltSession(session_id, tuple(state.records))

    def publish(self, sessions: Sequence[RebuiltSession]) -> None:
        """The second phase, for many sessions in one transaction, which costs little more than one session's."""
        self._writer.submit(lambda transaction: self._publish(transaction, sessions)).result()

    def store_session(
        self, session: Session, state: SessionState, turns: list[Turn], *, publish: bool = True
    ) -> None:
        """Stores the turns and what was found in them, and with `publish` both phases, in one transaction.

        Raises StaleTurnsError where another process has written turns since `state` read them.
        """
        records, now = list(state.records), self._clock()
        writes = turn_writes(session.id, state.on_disk, turns)
        analysed = any(stored.record.analysis is not None for stored in records)
        outcomes = self._outcomes(session, turns, records) if analysed else None

        def work(transaction: Transaction) -> int | None:
            version = self._rooms.claim_turns(transaction, session.id, state.version)
            if version is None:
                return None
            write_turns(transaction, writes)
            if outcomes is not None:
                _write_outcomes(transaction, session.id, outcomes, now)
            if publish:
                self._publish(transaction, [RebuiltSession(session.id, tuple(records))])
            return version

        state.version = claimed(self._writer.submit(work).result())
        state.on_disk = turns
        state.records = [replace(stored, published=True) for stored in records] if publish else records

    def session(self, session_id: str) -> Session:
        """The session as it is now. Raises RoomNotFoundError for one that never was."""
        session = self._rooms.session(session_id)
        if session is None:
            raise RoomNotFoundError
        return session

    def _publish(self, transaction: Transaction, sessions: Sequence[RebuiltSession]) -> None:
        over = transaction.execute(SQL["sessions_over"], [[each.session_id for each in sessions]])
        if over:
            self._rooms.after_end(transaction, [session_id for (session_id,) in over])
        records = [stored for each in sessions for stored in each.records]
        if records:
            ids = [stored.record.conversation_id for stored in records]
            # A record that was replaced meanwhile stays unpublished, for the next round.
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
        put_confidence(transaction, session_id, outcomes.confidence, outcomes.at_time)
