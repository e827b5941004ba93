"""The only door for turns, whoever brings them. Idempotent, ordered, and silent until it is on disk."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from coachroom.agent.events import (
    CallChanged,
    CallState,
    Corrected,
    Delivery,
    Event,
    Interrupted,
    Noticed,
    Said,
    Timed,
)
from coachroom.agent.reconcile import ProviderRecord, merge
from coachroom.agent.turns import PUT_TURNS, SQL, Journal, Turn, load_turns
from coachroom.clock import Clock
from coachroom.errors import RoomNotFound
from coachroom.rooms.rooms import Rooms
from coachroom.rooms.states import SessionStatus
from coachroom.store.duck import DuckStore, Transaction
from coachroom.store.writer import Writer

IDLE_JOURNALS = 256


@dataclass(frozen=True)
class Receipt:
    """What is on disk now: event `ack` and, as pages always send all that is not acknowledged, those before it."""

    ack: int
    status: SessionStatus
    started_at: datetime


@dataclass
class _Desk:
    """One session's journal, used by one delivery at a time."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    users: int = 0
    journal: Journal | None = None


class Intake:
    """Takes deliveries from any thread; deliveries of one session wait for each other."""

    def __init__(self, store: DuckStore, writer: Writer, rooms: Rooms, clock: Clock, *, agent_id: str) -> None:
        self._store = store
        self._writer = writer
        self._rooms = rooms
        self._clock = clock
        self._agent_id = agent_id
        self._desks: OrderedDict[str, _Desk] = OrderedDict()
        self._lock = threading.Lock()

    def receive(self, session_id: str, delivery: Delivery) -> Receipt:
        """Stores what is new in the delivery and returns once it is committed.

        Raises RoomNotFound for a session that never was. Turns that come after a session's end are taken too.
        """
        with self._desk(session_id) as desk:
            journal = self._open(desk, session_id)
            _, entered = self._session_row(session_id)
            try:
                self._store_events(session_id, journal, delivery, entered)
            except BaseException:
                # What memory says and what the disk says may differ now: the disk is right.
                desk.journal = None
                raise
            ack = max((event.n for event in delivery.events), default=0)
            status, started_at = self._session_row(session_id)
            self._told_late(session_id, SessionStatus(status))
            return Receipt(ack, SessionStatus(status), started_at)

    def turns(self, session_id: str) -> tuple[Turn, ...]:
        """The session's turns as they are on disk."""
        return tuple(load_turns(self._store, session_id))

    def file(self, session_id: str, record: ProviderRecord) -> bool:
        """Brings the provider's transcript of one of the session's calls in; False if it had nothing new."""
        with self._desk(session_id) as desk:
            kept = load_turns(self._store, session_id)
            merged = merge(kept, record)
            if merged == kept:
                return False
            desk.journal = None
            self._writer.append(PUT_TURNS, [turn.row(session_id) for turn in merged]).result()
            self._told_late(session_id, SessionStatus(self._session_row(session_id)[0]))
            return True

    def _told_late(self, session_id: str, status: SessionStatus) -> None:
        """What is kept of a session that is over is made again when more is known of it."""
        if status.over:
            self._writer.submit(lambda transaction: self._rooms.after_end(transaction, [session_id])).result()

    def _store_events(self, session_id: str, journal: Journal, delivery: Delivery, entered: datetime) -> None:
        skew = self._clock() - delivery.sent_at if delivery.sent_at else timedelta()

        def when(page_time: datetime) -> datetime:
            # Nothing was said in a room before it was entered.
            return max(entered, self._when(page_time, skew))

        changed: dict[int, Turn] = {}
        pending: list[Future[Any]] = []
        for event in delivery.events:
            if isinstance(event, CallChanged):
                pending.append(self._call_changed(session_id, event, when(event.at_time)))
                continue
            turn = self._apply(journal, delivery.epoch, event, when)
            if turn is not None:
                changed[turn.seq] = turn
        if changed:
            rows = [turn.row(session_id) for turn in changed.values()]
            pending.append(self._writer.append(PUT_TURNS, rows))
        # All of them, so that none is still on its way when another one's failure is reported.
        wait(pending)
        for future in pending:
            future.result()

    def _apply(self, journal: Journal, epoch: str, event: Event, when: Callable[[datetime], datetime]) -> Turn | None:
        match event:
            case Said():
                return journal.said(epoch, event, when(event.at_time))
            case Corrected():
                return journal.corrected(epoch, event)
            case Interrupted():
                return journal.interrupted(epoch, event)
            case Timed():
                return journal.timed(epoch, event)
            case CallChanged() | Noticed():
                return None

    def _call_changed(self, session_id: str, event: CallChanged, at_time: datetime) -> Future[None]:
        def work(transaction: Transaction) -> None:
            if event.state is CallState.CONNECTED and event.conversation_id:
                call = [event.conversation_id, session_id, at_time, self._clock(), self._agent_id]
                transaction.rows(SQL["call_began"], call)
                transaction.rows(SQL["name_call"], [session_id])
                self._rooms.activate(transaction, session_id, at_time)
            elif event.state is CallState.DISCONNECTED and event.conversation_id:
                transaction.rows(SQL["call_ended"], [event.conversation_id, at_time, event.reason, session_id])
            elif event.state is CallState.FAILED:
                self._rooms.note_trouble(transaction, session_id)

        return self._writer.submit(work)

    def _when(self, page_time: datetime, skew: timedelta) -> datetime:
        """The server's time of something that a page, whose clock may be wrong, has stamped."""
        now = self._clock()
        try:
            return min(page_time + skew, now)
        except OverflowError:
            return now

    @contextmanager
    def _desk(self, session_id: str) -> Iterator[_Desk]:
        """The session's desk, for one user at a time. Desks that nobody uses are put away, oldest first."""
        with self._lock:
            desk = self._desks.setdefault(session_id, _Desk())
            desk.users += 1
        try:
            with desk.lock:
                yield desk
        finally:
            with self._lock:
                desk.users -= 1
                self._desks.move_to_end(session_id)
                idle = [key for key, each in self._desks.items() if not each.users]
                for key in idle[: max(0, len(idle) - IDLE_JOURNALS)]:
                    del self._desks[key]

    def _open(self, desk: _Desk, session_id: str) -> Journal:
        if desk.journal is None:
            self._session_row(session_id)
            desk.journal = Journal(load_turns(self._store, session_id))
        return desk.journal

    def _session_row(self, session_id: str) -> tuple[Any, ...]:
        found = self._store.rows(SQL["session_of"], [session_id])
        if not found:
            raise RoomNotFound
        return found[0]
