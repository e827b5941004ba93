"""The only door for turns, whoever brings them. Idempotent, ordered, and silent until it is on disk.

A session's rows follow from what its page reported and from the provider's records of its calls, and are made again
whenever one of the two knows more.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from coachroom.clock import Clock
from coachroom.coaching.coaching import Coaching
from coachroom.coaching.sync import put_memories, put_proposals
from coachroom.elevenlabs.call_record import CallRecord, from_json
from coachroom.errors import RoomNotFoundError
from coachroom.recording.analysis import SessionContext, SessionOutcomes, derive_outcomes
from coachroom.recording.events import (
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
from coachroom.recording.reconcile import compose
from coachroom.recording.turns import SQL, UPSERT_TURNS, Journal, Turn, live_turns, load_turns
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


@dataclass(frozen=True)
class StoredRecord:
    """A provider's record as it is on disk; `filed`: whether the session's rows were made from it."""

    record: CallRecord
    filed: bool
    received_at: datetime


@dataclass(frozen=True)
class RebuiltSession:
    """A session whose rows were made anew from these records."""

    session_id: str
    records: tuple[StoredRecord, ...]


@dataclass
class SessionState:
    """One session's work, for one visitor at a time: what its page reported, and its turns as they are on disk."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    users: int = 0
    journal: Journal | None = None
    on_disk: list[Turn] = field(default_factory=list)
    records: list[StoredRecord] = field(default_factory=list)


class Intake:
    """Takes deliveries from any thread; deliveries of one session wait for each other."""

    def __init__(
        self, store: DuckStore, writer: Writer, rooms: Rooms, clock: Clock, *, coaching: Coaching, agent_id: str
    ) -> None:
        self._store = store
        self._writer = writer
        self._rooms = rooms
        self._clock = clock
        self._agent_id = agent_id
        self._coaching = coaching
        self._desks: OrderedDict[str, SessionState] = OrderedDict()
        self._lock = threading.Lock()

    def receive(self, session_id: str, delivery: Delivery) -> Receipt:
        """Stores what is new in the delivery and returns once it is committed.

        Raises RoomNotFoundError for a session that never was. Turns that come after a session's end are taken too.
        """
        with self._desk(session_id) as desk:
            journal = self._open(desk, session_id)
            _, entered, _ = self._session_row(session_id)
            try:
                self._store_events(session_id, desk, journal, delivery, entered)
            except BaseException:
                # What memory says and what the disk says may differ now: the disk is right.
                desk.journal = None
                raise
            ack = max((event.n for event in delivery.events), default=0)
            status, started_at, _ = self._session_row(session_id)
            return Receipt(ack, SessionStatus(status), started_at)

    def turns(self, session_id: str) -> tuple[Turn, ...]:
        """The session's turns as they are on disk."""
        return tuple(load_turns(self._store, session_id))

    def file(self, session_id: str) -> None:
        """Makes the session's rows anew from what its page reported and what the provider's records say."""
        self.finish([self.prepare(session_id)])

    def prepare(self, session_id: str) -> RebuiltSession:
        """As `file`, but for what `finish` does: for many sessions at once that costs little more than for one."""
        with self._desk(session_id) as desk:
            journal = self._open(desk, session_id)
            desk.records = self._records_of(session_id)
            # Whoever comes next reads again what is on disk.
            desk.journal = None
            turns = compose(journal.turns, _records(desk))
            self._store_all(session_id, desk, turns, finish=False)
            return RebuiltSession(session_id, tuple(desk.records))

    def finish(self, filings: Sequence[RebuiltSession]) -> None:
        """What others keep of these sessions is made anew, and their records count as filed."""
        self._writer.submit(lambda transaction: self._finish(transaction, filings)).result()

    def _store_events(
        self, session_id: str, desk: SessionState, journal: Journal, delivery: Delivery, entered: datetime
    ) -> None:
        skew = self._clock() - delivery.sent_at if delivery.sent_at else timedelta()

        def when(page_time: datetime) -> datetime:
            # Nothing was said in a room before it was entered.
            return max(entered, self._when(page_time, skew))

        pending: list[Future[Any]] = []
        for event in delivery.events:
            if isinstance(event, CallChanged):
                pending.append(self._call_changed(session_id, event, when(event.at_time)))
            else:
                self._apply(journal, delivery.epoch, event, when)
        # All of them, so that none is still on its way when another one's failure is reported.
        wait(pending)
        for future in pending:
            future.result()
        if pending:
            # The call that was reported just now may be one of which a record came before.
            desk.records = self._records_of(session_id)
        turns = compose(journal.turns, _records(desk))
        over = SessionStatus(self._session_row(session_id)[0]).over
        if any(not kept.filed for kept in desk.records) or (over and (pending or turns != desk.on_disk)):
            self._store_all(session_id, desk, turns)
        else:
            self._store_turns(session_id, desk, turns)

    def _store_turns(self, session_id: str, desk: SessionState, turns: list[Turn]) -> None:
        """The turns alone: what there is to do for a session that goes on."""
        changed, fewer = _changed(desk.on_disk, turns), len(turns) < len(desk.on_disk)
        if fewer:
            self._writer.submit(
                lambda transaction: _put_turns(transaction, session_id, changed, turns, fewer=True)
            ).result()
        elif changed:
            self._writer.append(UPSERT_TURNS, [turn.row(session_id) for turn in changed]).result()
        desk.on_disk = turns
        # It may have ended meanwhile, with facts that do not know these turns.
        if (changed or fewer) and SessionStatus(self._session_row(session_id)[0]).over:
            self._store_all(session_id, desk, turns)

    def _store_all(self, session_id: str, desk: SessionState, turns: list[Turn], *, finish: bool = True) -> None:
        """Turns, what was heard in them, and what others keep of a session that is over, all in one transaction."""
        changed, records, now = _changed(desk.on_disk, turns), list(desk.records), self._clock()
        analysed = any(kept.record.analysis is not None for kept in records)
        found = self._heard(session_id, turns, records) if analysed else None

        def work(transaction: Transaction) -> None:
            _put_turns(transaction, session_id, changed, turns, fewer=len(turns) < len(desk.on_disk))
            if found is not None:
                _put_heard(transaction, session_id, found, now)
            if finish:
                self._finish(transaction, [RebuiltSession(session_id, tuple(records))])

        self._writer.submit(work).result()
        desk.on_disk = turns
        desk.records = [replace(kept, filed=True) for kept in records] if finish else records

    def _finish(self, transaction: Transaction, filings: Sequence[RebuiltSession]) -> None:
        over = transaction.execute(SQL["over_among"], [[filing.session_id for filing in filings]])
        if over:
            self._rooms.after_end(transaction, [row[0] for row in over])
        records = [kept for filing in filings for kept in filing.records]
        if records:
            ids = [kept.record.conversation_id for kept in records]
            # One that knows more may have come meanwhile: it waits for its own turn.
            transaction.execute(SQL["filed"], [ids, [kept.received_at for kept in records]])
            settled = [kept.record.conversation_id for kept in records if kept.record.settled]
            transaction.execute(SQL["calls_complete"], [settled])

    def _heard(self, session_id: str, turns: list[Turn], records: list[StoredRecord]) -> SessionOutcomes:
        client_id = self._session_row(session_id)[2]
        known = SessionContext(
            session_id,
            client_id,
            goals=self._coaching.goals.list_for(client_id),
            actions=self._coaching.actions.list_for(client_id),
            noted=self._coaching.proposals.of_session(session_id),
        )
        return derive_outcomes(known, turns, [kept.record for kept in records])

    def _records_of(self, session_id: str) -> list[StoredRecord]:
        rows = self._store.execute(SQL["records_of"], [session_id])
        return [
            StoredRecord(from_json(record, analysis, struck=struck), filed, received_at)
            for record, analysis, struck, filed, received_at in rows
        ]

    def _apply(self, journal: Journal, epoch: str, event: Event, when: Callable[[datetime], datetime]) -> Turn | None:
        match event:
            case TurnReported():
                return journal.said(epoch, event, when(event.at_time))
            case TurnCorrected():
                return journal.corrected(epoch, event)
            case TurnInterrupted():
                return journal.interrupted(epoch, event)
            case TurnTimed():
                return journal.timed(epoch, event)
            case CallChanged() | TroubleNoticed():
                return None

    def _call_changed(self, session_id: str, event: CallChanged, at_time: datetime) -> Future[None]:
        def work(transaction: Transaction) -> None:
            if event.state is CallState.CONNECTED and event.conversation_id:
                call = [event.conversation_id, session_id, at_time, self._clock(), self._agent_id]
                transaction.execute(SQL["call_began"], call)
                transaction.execute(SQL["claim_record"], [event.conversation_id, session_id])
                transaction.execute(SQL["name_call"], [session_id])
                self._rooms.activate(transaction, session_id, at_time)
            elif event.state is CallState.DISCONNECTED and event.conversation_id:
                transaction.execute(SQL["call_ended"], [event.conversation_id, at_time, event.reason, session_id])
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
    def _desk(self, session_id: str) -> Iterator[SessionState]:
        """The session's desk, for one user at a time. Desks that nobody uses are put away, oldest first."""
        with self._lock:
            desk = self._desks.setdefault(session_id, SessionState())
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

    def _open(self, desk: SessionState, session_id: str) -> Journal:
        if desk.journal is None:
            self._session_row(session_id)
            desk.on_disk = load_turns(self._store, session_id)
            desk.records = self._records_of(session_id)
            desk.journal = Journal(live_turns(desk.on_disk))
        return desk.journal

    def _session_row(self, session_id: str) -> tuple[Any, ...]:
        found = self._store.execute(SQL["session_of"], [session_id])
        if not found:
            raise RoomNotFoundError
        return found[0]


def _records(desk: SessionState) -> list[CallRecord]:
    return [kept.record for kept in desk.records]


def _changed(before: list[Turn], after: list[Turn]) -> list[Turn]:
    """Those of `after` that stand on disk otherwise or not at all."""
    return [turn for place, turn in enumerate(after) if place >= len(before) or before[place] != turn]


def _put_turns(
    transaction: Transaction, session_id: str, changed: list[Turn], turns: list[Turn], *, fewer: bool
) -> None:
    if changed:
        columns = zip(*(turn.row(session_id) for turn in changed), strict=True)
        transaction.execute(UPSERT_TURNS.sql, [list(column) for column in columns])
    if fewer:
        transaction.execute(SQL["drop_turns_after"], [session_id, len(turns)])


def _put_heard(transaction: Transaction, session_id: str, found: SessionOutcomes, now: datetime) -> None:
    put_memories(transaction, session_id, found.memories, now)
    put_proposals(transaction, session_id, found.proposals)
    if found.evaluation is not None:
        transaction.execute(SQL["put_evaluation"], [session_id, found.evaluation.result, found.at_time])
    if found.confidence is not None:
        scores = [found.confidence.before, found.confidence.after]
        transaction.execute(SQL["put_confidence"], [session_id, *scores, found.at_time])
