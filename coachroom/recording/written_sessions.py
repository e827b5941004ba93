"""Sessions in writing: the client goes through the four stages alone, where they do not talk with the agent."""

from __future__ import annotations

from datetime import date, datetime

from coachroom.clock import Clock, new_id
from coachroom.coaching.rows import NewRow
from coachroom.coaching.stages import Stage
from coachroom.coaching.written_steps import WrittenStep, put_step, steps_of
from coachroom.rooms.rooms import Rooms
from coachroom.rooms.states import Session
from coachroom.store.statements import load_statements
from coachroom.store.store import Store, Transaction
from coachroom.store.writer import Writer

SQL = load_statements("coachroom.recording", "written_sessions.sql")


class WrittenSessions:
    """Stores what is written. Returns once it is committed."""

    def __init__(self, store: Store, writer: Writer, rooms: Rooms, clock: Clock) -> None:
        self._store = store
        self._writer = writer
        self._rooms = rooms
        self._clock = clock

    def write(
        self, session: Session, stage: Stage, words: str, *, since: datetime, due_on: date | None = None
    ) -> None:
        """Keeps the words of this stage; a session in which nobody has talked begins `since` its client writes.

        Raises InvalidInputError, and RoomNotFoundError where the session is over.
        """
        now = self._clock()
        making = NewRow(new_id(now), session.client_id, session.id, now)

        def work(transaction: Transaction) -> None:
            self._rooms.begin_writing(transaction, session.id, since)
            put_step(transaction, making, stage, words, due_on=due_on)

        self._writer.submit(work).result()

    def steps_of(self, session_id: str) -> list[WrittenStep]:
        """What was written in the session, in the order of the stages."""
        return steps_of(self._store, session_id)


def was_in_writing(transaction: Transaction, session_id: str) -> bool:
    """Whether the client wrote in this session and said nothing to the coach."""
    if not steps_of(transaction, session_id):
        return False
    return not transaction.execute(SQL["client_turns"], [session_id])[0][0]
