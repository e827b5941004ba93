"""Stores the events that a room page delivers: idempotent, in order, acknowledged after COMMIT."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from coachroom.clock import Clock
from coachroom.elevenlabs.refusals import NO_FREE_LINE, CallEnding
from coachroom.recording.calls import begin_call, claim_record, end_call, refuse_record
from coachroom.recording.events import (
    AgentReminded,
    CallChanged,
    CallState,
    Delivery,
    Event,
    SilenceHeard,
    TroubleNoticed,
    TurnCorrected,
    TurnInterrupted,
    TurnMeasured,
    TurnReported,
    TurnTimed,
)
from coachroom.recording.failed_calls import store_refusal
from coachroom.recording.journal import Journal
from coachroom.recording.limits import RecordingLimits
from coachroom.recording.rebuild import Rebuilder
from coachroom.recording.reminders import add_reminder, reminder_due
from coachroom.recording.session_states import ReportedChange, SessionState, claimed, until_fresh
from coachroom.recording.silences import add_silence
from coachroom.recording.turn import (
    INSERT_TURNS,
    UPSERT_TURNS,
    Turn,
    load_said_turns,
    new_and_changed,
    turn_writes,
    write_turns,
)
from coachroom.rooms.rooms import Rooms
from coachroom.rooms.states import PauseCause, Sender, Session, SessionStatus
from coachroom.store.store import Row, Store, Transaction
from coachroom.store.writer import Writer

# Of one session. A page sends one after the other, and a beacon beside it.
MAX_DELIVERIES_AT_ONCE = 8
# What is done in the same transaction where a page reports a change of its call: session, change, server time.
AfterCallChange = Callable[[Transaction, str, CallChanged, datetime], None]
# Why a call failed that the budget did not let start: the coach was not asked.
BUDGET_SPENT = "budget"


@dataclass(frozen=True)
class Receipt:
    """Acknowledges event `ack` and all before it: they are on disk. `session` is as it is then.

    `reminder_due`: the agent talks too much, and its page should tell it so. `refused`: turns of the delivery are not
    stored, as the session is as long as it may be.
    """

    ack: int
    session: Session
    reminder_due: bool = False
    refused: bool = False

    @property
    def status(self) -> SessionStatus:
        return self.session.status


class Intake:
    """Takes deliveries from any thread, one at a time for each session."""

    def __init__(
        self,
        store: Store,
        writer: Writer,
        rooms: Rooms,
        clock: Clock,
        rebuilder: Rebuilder,
        *,
        agent_id: str,
        after_call_change: AfterCallChange,
    ) -> None:
        self._store = store
        self._writer = writer
        self._rooms = rooms
        self._clock = clock
        self._rebuilder = rebuilder
        self._agent_id = agent_id
        self._after_call_change = after_call_change

    @property
    def limits(self) -> RecordingLimits:
        """How much of a session is kept."""
        return self._rebuilder.states.limits

    def receive(self, session_id: str, delivery: Delivery) -> Receipt:
        """Stores what is new in the delivery and returns once it is committed.

        Raises RoomNotFoundError for a session that never was, SessionBusyError where many deliveries wait already.
        Turns that arrive after a session's end are stored too.
        """
        # A session that never was must not take memory.
        self._rebuilder.session(session_id)
        with self._rebuilder.states.hold(session_id, MAX_DELIVERIES_AT_ONCE) as state:
            refused = until_fresh(lambda: self._apply_and_store(session_id, state, delivery))
            session = self._rebuilder.session(session_id)
            reminds = self._reminder_due(session, state, delivery)
        ack = max((event.n for event in delivery.events), default=0)
        return Receipt(ack, session, reminds, refused)

    def forget(self, session_id: str) -> None:
        """Words of the session were deleted elsewhere: memory lets go of them, after a delivery under way."""
        self._rebuilder.states.forget(session_id)

    def forget_all(self) -> None:
        """As `forget`, of all sessions in memory."""
        for session_id in self._rebuilder.states.known():
            self._rebuilder.states.forget(session_id)

    def turns(self, session_id: str) -> tuple[Turn, ...]:
        """The session's turns on disk in which something was said, by `seq`."""
        return tuple(load_said_turns(self._store, session_id))

    def _reminder_due(self, session: Session, state: SessionState, delivery: Delivery) -> bool:
        """Asked only where the delivery brought a turn."""
        if session.status.over or not any(isinstance(event, TurnReported) for event in delivery.events):
            return False
        return reminder_due(self._store, session.id, state.on_disk, self._clock())

    def _apply_and_store(self, session_id: str, state: SessionState, delivery: Delivery) -> bool:
        """Whether a turn was refused. Raises StaleTurnsError where another process has stored turns meanwhile."""
        session = self._rebuilder.session(session_id)
        journal = self._rebuilder.states.journal(session, state)
        try:
            return self._store_events(session, state, journal, delivery)
        except BaseException:
            # Memory and disk may differ now: the disk is right.
            state.journal = None
            raise

    def _store_events(self, session: Session, state: SessionState, journal: Journal, delivery: Delivery) -> bool:
        """Stores the events; whether a turn among them was refused."""
        refused, before = False, journal.changes
        skew = self._clock() - delivery.sent_at if delivery.sent_at else timedelta()

        def server_time(page_time: datetime) -> datetime:
            # No event happens before its session begins.
            return max(session.start_time, self._server_time(page_time, skew))

        pending: list[Future[Any]] = []
        noted: list[Future[Any]] = []
        for event in delivery.events:
            if not session.keeps_words and not isinstance(event, CallChanged):
                # Acknowledged, and kept nowhere.
                continue
            if isinstance(event, CallChanged):
                at_time = _after_last_change(state, delivery.epoch, event, server_time(event.at_time))
                report = (f"{delivery.epoch}.{event.n}", event, at_time)
                # What was said off the record is not known: nothing that would count as said begins anew.
                begun = bool(journal.turns) or not session.keeps_words
                pending.append(self._call_changed(session, *report, begun=begun))
            elif isinstance(event, AgentReminded):
                reminder = (session.id, f"{delivery.epoch}.{event.n}", server_time(event.at_time))
                noted.append(self._reminded(*reminder))
            elif isinstance(event, SilenceHeard):
                noted.append(self._silence(session.id, delivery.epoch, event, server_time(event.at_time)))
            elif not journal.full:
                _apply(journal, delivery.epoch, self._believed(session.id, event, server_time), server_time)
            elif isinstance(event, TurnReported) and not journal.holds(delivery.epoch, event):
                refused = True
        _wait_for_all([*pending, *noted])
        if pending:
            # A record of this call may have arrived before the page reported the call.
            state.records = self._rebuilder.states.records(session.id)
        unpublished = any(not stored.published for stored in state.records)
        if journal.changes == before and not pending and not unpublished:
            return refused
        turns = self._rebuilder.states.composed(session.id, state, journal)
        session = self._rebuilder.session(session.id)
        if unpublished or (session.status.over and (pending or turns != state.on_disk)):
            self._rebuilder.store_session(session, state, turns)
        else:
            self._store_turns(session, state, turns)
        return refused

    def _believed(self, session_id: str, event: Event, server_time: Callable[[datetime], datetime]) -> Event:
        """A page cannot put words into the mouth of a coach whom the agent did not hear: they are its client's."""
        if not isinstance(event, TurnReported) or event.written is not None or event.sender is not Sender.COACH:
            return event
        heard = self._rebuilder.states.coach_may_be_heard(session_id, server_time(event.at_time))
        return event if heard and not event.typed else replace(event, sender=Sender.CLIENT)

    def _store_turns(self, session: Session, state: SessionState, turns: list[Turn]) -> None:
        """Stores the turns alone, unless the session ended meanwhile."""
        before = state.on_disk
        if turns == before:
            return
        if self._store.shared or len(turns) < len(before):
            writes = turn_writes(session.id, before, turns)

            def work(transaction: Transaction) -> int | None:
                version = self._rooms.claim_turns(transaction, session.id, state.version)
                if version is not None:
                    write_turns(transaction, writes)
                return version

            state.version = claimed(self._writer.submit(work).result())
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

    def _silence(self, session_id: str, epoch: str, event: SilenceHeard, at_time: datetime) -> Future[None]:
        return self._writer.submit(lambda transaction: add_silence(transaction, session_id, epoch, event, at_time))

    def _call_changed(
        self, session: Session, event_id: str, event: CallChanged, at_time: datetime, *, begun: bool
    ) -> Future[None]:
        """`begun`: whether something was said in the session."""
        session_id = session.id
        ending = CallEnding(event.reason, event.close_code, event.close_reason)

        def work(transaction: Transaction) -> None:
            call = event.conversation_id
            if not session.keeps_words and call and (session.status.over or event.state is CallState.DISCONNECTED):
                refuse_record(transaction, call, self._clock())
            if event.state is CallState.CONNECTED:
                if call and (session.keeps_words or not session.status.over):
                    self._begin_call(transaction, session_id, call, at_time)
                self._rooms.activate(transaction, session_id, at_time)
            elif event.state is CallState.QUEUED:
                self._rooms.stop_clock(transaction, session_id, at_time, begun=begun)
            elif event.state is CallState.DISCONNECTED:
                if call:
                    end_call(transaction, session_id, call, at_time=at_time, ending=ending)
                self._rooms.start_clock(transaction, session_id, at_time)
                if event.reason == NO_FREE_LINE:
                    self._rooms.note_trouble(transaction, session_id)
                if event.reason in set(PauseCause):
                    self._rooms.pause(transaction, session_id, event_id, PauseCause(event.reason), at_time)
            elif event.state is CallState.FAILED and event.reason != BUDGET_SPENT:
                self._rooms.note_trouble(transaction, session_id)
                if session.keeps_words:
                    store_refusal(transaction, session_id, event_id, ending, at_time)
            self._after_call_change(transaction, session_id, event, at_time)

        return self._writer.submit(work)

    def _begin_call(self, transaction: Transaction, session_id: str, call: str, at_time: datetime) -> None:
        now, agent_id = self._clock(), self._agent_id
        begin_call(transaction, self._rooms, session_id, call, started_at=at_time, now=now, agent_id=agent_id)
        claim_record(transaction, session_id, call)

    def _server_time(self, page_time: datetime, skew: timedelta) -> datetime:
        """The server's time of an event, from the page's time and `skew`, how far the page's clock is behind."""
        now = self._clock()
        try:
            return min(page_time + skew, now)
        except OverflowError:
            return now


def _rows(session_id: str, turns: Iterable[Turn]) -> list[Row]:
    return [turn.row(session_id) for turn in turns]


def _after_last_change(state: SessionState, epoch: str, event: CallChanged, at_time: datetime) -> datetime:
    """The time of a change, not before that of the page's changes before it; a wait takes a moment at least.

    Each delivery takes its own time, so the page's moments may come in another order by our clock.
    """
    last = state.last_change
    if last and last.epoch == epoch:
        if event.n <= last.n:
            return at_time
        at_time = max(at_time, last.at_time + timedelta(microseconds=last.queued))
    state.last_change = ReportedChange(epoch, event.n, at_time, event.state is CallState.QUEUED)
    return at_time


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
        case TurnMeasured():
            journal.measure_turn(epoch, event)
        case CallChanged() | AgentReminded() | SilenceHeard() | TroubleNoticed():
            return
