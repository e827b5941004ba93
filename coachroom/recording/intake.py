"""Stores the events that a room page delivers: idempotent, in order, acknowledged after COMMIT."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from coachroom.clock import Clock
from coachroom.recording.calls import begin_call, claim_record, end_call
from coachroom.recording.events import (
    AgentReminded,
    CallChanged,
    CallState,
    Delivery,
    Event,
    TroubleNoticed,
    TurnCorrected,
    TurnInterrupted,
    TurnReported,
    TurnTimed,
)
from coachroom.recording.journal import Journal
from coachroom.recording.rebuild import Rebuilder
from coachroom.recording.reconcile import compose
from coachroom.recording.reminders import add_reminder, reminder_due
from coachroom.recording.session_states import SessionState
from coachroom.recording.turn import INSERT_TURNS, UPSERT_TURNS, Turn, load_said_turns, new_and_changed, write_turns
from coachroom.rooms.rooms import Rooms
from coachroom.rooms.states import Session, SessionStatus
from coachroom.store.duck import DuckStore, Row, Transaction
from coachroom.store.writer import Writer

# Why a call ended that waited in the provider's queue until its time was up.
NO_FREE_LINE = "queue"


@dataclass(frozen=True)
class Receipt:
    """Acknowledges event `ack` and all before it: they are on disk. `session` is as it is then.

    `reminder_due`: the agent talks too much, and its page should tell it so.
    """

    ack: int
    session: Session
    reminder_due: bool = False

    @property
    def status(self) -> SessionStatus:
        return self.session.status


class Intake:
    """Takes deliveries from any thread, one at a time for each session."""

    def __init__(
        self, store: DuckStore, writer: Writer, rooms: Rooms, clock: Clock, rebuilder: Rebuilder, *, agent_id: str
    ) -> None:
        self._store = store
        self._writer = writer
        self._rooms = rooms
        self._clock = clock
        self._rebuilder = rebuilder
        self._agent_id = agent_id

    def receive(self, session_id: str, delivery: Delivery) -> Receipt:
        """Stores what is new in the delivery and returns once it is committed.

        Raises RoomNotFoundError for a session that never was. Turns that arrive after a session's end are stored too.
        """
        # A session that never was must not take memory.
        self._rebuilder.session(session_id)
        with self._rebuilder.states.hold(session_id) as state:
            session = self._rebuilder.session(session_id)
            journal = self._rebuilder.states.journal(session_id, state)
            try:
                self._store_events(session, state, journal, delivery)
            except BaseException:
                # Memory and disk may differ now: the disk is right.
                state.journal = None
                raise
            session = self._rebuilder.session(session_id)
            reminds = self._reminder_due(session, state, delivery)
        ack = max((event.n for event in delivery.events), default=0)
        return Receipt(ack, session, reminds)

    def turns(self, session_id: str) -> tuple[Turn, ...]:
        """The session's turns on disk in which something was said, by `seq`."""
        return tuple(load_said_turns(self._store, session_id))

    def _reminder_due(self, session: Session, state: SessionState, delivery: Delivery) -> bool:
        """Asked only where the delivery brought a turn."""
        if session.status.over or not any(isinstance(event, TurnReported) for event in delivery.events):
            return False
        return reminder_due(self._store, session.id, state.on_disk, self._clock())

    def _store_events(self, session: Session, state: SessionState, journal: Journal, delivery: Delivery) -> None:
        skew = self._clock() - delivery.sent_at if delivery.sent_at else timedelta()

        def server_time(page_time: datetime) -> datetime:
            # No event happens before its session begins.
            return max(session.start_time, self._server_time(page_time, skew))

        pending: list[Future[Any]] = []
        reminders: list[Future[Any]] = []
        for event in delivery.events:
            if isinstance(event, CallChanged):
                begun = bool(journal.turns)
                pending.append(self._call_changed(session.id, event, server_time(event.at_time), begun=begun))
            elif isinstance(event, AgentReminded):
                reminder = (session.id, f"{delivery.epoch}.{event.n}", server_time(event.at_time))
                reminders.append(self._reminded(*reminder))
            else:
                _apply(journal, delivery.epoch, event, server_time)
        _wait_for_all([*pending, *reminders])
        if pending:
            # A record of this call may have arrived before the page reported the call.
            state.records = self._rebuilder.states.records(session.id)
        turns = compose(journal.turns, state.call_records)
        session = self._rebuilder.session(session.id)
        unpublished = any(not stored.published for stored in state.records)
        if unpublished or (session.status.over and (pending or turns != state.on_disk)):
            self._rebuilder.store_session(session, state, turns)
        else:
            self._store_turns(session, state, turns)

    def _store_turns(self, session: Session, state: SessionState, turns: list[Turn]) -> None:
        """Stores the turns alone, unless the session ended meanwhile."""
        before = state.on_disk
        if turns == before:
            return
        if len(turns) < len(before):
            self._writer.submit(lambda transaction: write_turns(transaction, session.id, before, turns)).result()
        else:
            new, changed = new_and_changed(before, turns)
            batches = ((INSERT_TURNS, _rows(session.id, new)), (UPSERT_TURNS, _rows(session.id, changed)))
            _wait_for_all([self._writer.append(bulk, rows) for bulk, rows in batches if rows])
        state.on_disk = turns
        session = self._rebuilder.session(session.id)
        if session.status.over:
            # The facts written at its end lack these turns.
            self._rebuilder.store_session(session, state, turns)

    def _reminded(self, session_id: str, reminder_id: str, at_time: datetime) -> Future[None]:
        return self._writer.submit(lambda transaction: add_reminder(transaction, session_id, reminder_id, at_time))

    def _call_changed(self, session_id: str, event: CallChanged, at_time: datetime, *, begun: bool) -> Future[None]:
        """`begun`: whether something was said in the session."""

        def work(transaction: Transaction) -> None:
            call = event.conversation_id
            if event.state is CallState.CONNECTED and call:
                now, agent_id = self._clock(), self._agent_id
                begin_call(transaction, self._rooms, session_id, call, started_at=at_time, now=now, agent_id=agent_id)
                claim_record(transaction, session_id, call)
                self._rooms.activate(transaction, session_id, at_time)
            elif event.state is CallState.QUEUED:
                self._rooms.stop_clock(transaction, session_id, at_time, begun=begun)
            elif event.state is CallState.DISCONNECTED and call:
                end_call(transaction, session_id, call, at_time=at_time, reason=event.reason)
                self._rooms.start_clock(transaction, session_id, at_time)
                if event.reason == NO_FREE_LINE:
                    self._rooms.note_trouble(transaction, session_id)
            elif event.state is CallState.FAILED:
                self._rooms.note_trouble(transaction, session_id)

        return self._writer.submit(work)

    def _server_time(self, page_time: datetime, skew: timedelta) -> datetime:
        """The server's time of an event, from the page's time and `skew`, how far the page's clock is behind."""
        now = self._clock()
        try:
            return min(page_time + skew, now)
        except OverflowError:
            return now


def _rows(session_id: str, turns: Iterable[Turn]) -> list[Row]:
    return [turn.row(session_id) for turn in turns]


def _wait_for_all(writes: Sequence[Future[Any]]) -> None:
    """Waits until every write is done, then raises the first failure: none is in flight when it is reported."""
    wait(writes)
    for write in writes:
        write.result()


def _apply(journal: Journal, epoch: str, event: Event, server_time: Callable[[datetime], datetime]) -> None:
    match event:
        case TurnReported():
            journal.add_turn(epoch, event, server_time(event.at_time))
        case TurnCorrected():
            journal.correct_turn(epoch, event)
        case TurnInterrupted():
            journal.interrupt_turn(epoch, event)
        case TurnTimed():
            journal.time_turn(epoch, event)
        case CallChanged() | AgentReminded() | TroubleNoticed():
            return
