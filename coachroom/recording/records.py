"""Stores the provider's records of our calls, whether they arrive by webhook or are fetched, until they are settled.

Both ways end in `receive`. A record is stored first, joined with an earlier one of the same call; the session is then
rebuilt from what is stored. So records may arrive twice, late, or in any order.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from coachroom.clock import Clock, doubled
from coachroom.elevenlabs.call_record import CallRecord, from_json
from coachroom.elevenlabs.client import ElevenLabs
from coachroom.errors import NO_ANSWER_CAUSE, UNKNOWN_CALL_CAUSE, AgentUnavailableError, StoreError
from coachroom.recording.calls import begin_call, note_version, refuse_record
from coachroom.recording.erased_calls import ask_again, is_erased
from coachroom.recording.rebuild import Rebuilder
from coachroom.rooms.rooms import Rooms
from coachroom.rounds import round_is_over
from coachroom.store.statements import load_statements
from coachroom.store.store import Row, Store, Transaction
from coachroom.store.writer import Writer
from coachroom.traces.context import about
from coachroom.traces.spans import measured
from coachroom.traces.work import Work

log = logging.getLogger(__name__)

SQL = load_statements("coachroom.recording", "records.sql")

FIRST_WAIT = timedelta(seconds=2)
MAX_WAIT = timedelta(minutes=15)
MAX_TRIES = 30
MAX_A_ROUND = 20
# Clients for whose calls the provider gives no answer: one client's call must not end the round for the others.
MAX_UNANSWERED_A_ROUND = 3
# Limits for records that belong to no session of ours, so far.
MAX_UNCLAIMED_AGE = timedelta(days=7)
MAX_UNCLAIMED = 1_000
RETRY_AFTER = timedelta(minutes=1)
MAX_SESSIONS_A_TRANSACTION = 16
ANALYSIS_KEPT = timedelta(hours=1)
MAX_YIELD_SECONDS = 0.5
# A record is not late before this.
LATE_AFTER = timedelta(minutes=1)


class RecordState(StrEnum):
    """How much of a session's calls has reached us: all, not yet all, or for good less than was said."""

    COMPLETE = "complete"
    PENDING = "pending"
    MISSING = "missing"


class _Arriving:
    """Counts the records that are being received."""

    def __init__(self) -> None:
        self.count = 0
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        with self._lock:
            self.count += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self.count -= 1


@dataclass(frozen=True)
class _Known:
    """A call's record on disk, before a new one is joined with it."""

    record: CallRecord
    session_id: str | None
    received_at: datetime


class Records:
    """The provider's records of our calls. What is stored and what is due are tables, so a restart loses nothing."""

    def __init__(
        self,
        store: Store,
        writer: Writer,
        rooms: Rooms,
        rebuilder: Rebuilder,
        clock: Clock,
        *,
        provider: ElevenLabs | None,
        agent_id: str | None = None,
    ) -> None:
        self._store = store
        self._writer = writer
        self._rooms = rooms
        self._rebuilder = rebuilder
        self._provider = provider
        self._clock = clock
        self._agent_id = agent_id
        self._arriving = _Arriving()
        self._retry_at: dict[str, datetime] = {}
        self._tidied_at: datetime | None = None

    def receive(self, record: CallRecord) -> str | None:
        """Stores a record and returns, after COMMIT, the session it belongs to, if that is known already.

        The next `rebuild_waiting` rebuilds that session. A record with nothing new changes nothing.
        """
        record = record.cut(self._rebuilder.states.limits.turn_chars)
        with about(call=record.conversation_id), measured(Work.FILING), self._arriving:
            return self._writer.submit(lambda transaction: self._store_record(transaction, record)).result()

    def ask_for(self, session_id: str) -> None:
        """After the session's end: its calls' records are due soon, or complete where there is no provider."""
        state = "complete" if self._provider is None else "pending"
        row = [session_id, state, self._clock() + FIRST_WAIT]

        def work(transaction: Transaction) -> None:
            transaction.execute(SQL["ask_for_record"], row)
            # Records that arrived earlier are analysed again with all turns.
            transaction.execute(SQL["publish_again"], [session_id])

        self._writer.submit(work).result()

    def recover(self) -> None:
        """At start: asks for the records of sessions that ended with an earlier process."""
        for (session_id,) in self._store.execute(SQL["unsettled_sessions"]):
            self.ask_for(session_id)

    def state_of(self, session_id: str) -> RecordState:
        """How much of the session's calls has reached us. A record that is not late yet counts as there."""
        rows = self._store.execute(SQL["state_of_records"], [session_id])
        late = self._clock() - LATE_AFTER
        if any(record == "pending" and (ended_at is None or ended_at < late) for record, ended_at in rows):
            return RecordState.PENDING
        return RecordState.MISSING if any(record == "missing" for record, _ in rows) else RecordState.COMPLETE

    def rebuild_waiting(self) -> int:
        """Rebuilds and publishes each session with an unpublished record, until the round is over; how many."""
        now = self._clock()
        waiting = [
            session_id
            for (session_id,) in self._store.execute(SQL["unpublished_sessions"])
            if self._retry_at.get(session_id, now) <= now
        ]
        count = 0
        for begin in range(0, len(waiting), MAX_SESSIONS_A_TRANSACTION):
            if round_is_over():
                break
            some = waiting[begin : begin + MAX_SESSIONS_A_TRANSACTION]
            failed = self._rebuilder.rebuild_all(self._one_by_one(some))
            for session_id in some:
                self._retry_at.pop(session_id, None)
            self._retry_at.update((session_id, self._clock() + RETRY_AFTER) for session_id in failed)
            count += len(some) - len(failed)
        return count

    def _one_by_one(self, session_ids: Iterable[str]) -> Iterator[str]:
        """The sessions, each once deliveries and webhooks have had their turn: rebuilding can wait."""
        for session_id in session_ids:
            until = time.monotonic() + MAX_YIELD_SECONDS
            while (self._arriving.count or self._writer.waiting) and time.monotonic() < until:
                time.sleep(0.005)
            yield session_id

    def fetch_due(self) -> int:
        """Tries the calls that are due, some of each client's, until the round is over; how many were tried."""
        self._tidy()
        if self._provider is None:
            return 0
        tried = 0
        unanswered: set[str] = set()
        for conversation_id, client_id, tries in self._store.execute(
            SQL["due_records"], [self._clock(), MAX_A_ROUND]
        ):
            if round_is_over():
                break
            if client_id in unanswered:
                continue
            tried += 1
            if not self._try(self._provider, conversation_id, client_id, tries):
                # The others wait for the next round rather than for a timeout each.
                unanswered.add(client_id)
                if len(unanswered) == MAX_UNANSWERED_A_ROUND:
                    break
        return tried

    def _try(self, provider: ElevenLabs, conversation_id: str, client_id: str, tries: int) -> bool:
        """Asks for one call's record; False where the provider gave no answer."""
        cause = None
        with about(call=conversation_id):
            try:
                state = self._fetch(provider, conversation_id, client_id)
            except AgentUnavailableError as error:
                cause = error.cause
                state = "missing" if cause == UNKNOWN_CALL_CAUSE else "pending"
        self._settle(conversation_id, state, tries + 1)
        return cause != NO_ANSWER_CAUSE

    def _fetch(self, provider: ElevenLabs, conversation_id: str, client_id: str) -> str:
        record = provider.record(conversation_id)
        if record.user_id not in (None, client_id):
            # A page must not claim another client's call.
            log.warning("call %s belongs to another client and is not stored", conversation_id)
            return "missing"
        try:
            session_id = self.receive(record)
            if session_id is not None:
                self._rebuilder.rebuild(session_id)
        except StoreError:
            return "pending"
        except Exception:
            # One unusable record must not block those behind it.
            log.exception("call %s: the session could not be rebuilt from its record", conversation_id)
        return "pending"

    def _store_record(self, transaction: Transaction, record: CallRecord) -> str | None:
        if is_erased(transaction, record.conversation_id):
            # It was deleted before the call was over there.
            ask_again(transaction, record.conversation_id, self._clock())
            return None
        known = _known(transaction, record.conversation_id)
        best = known.record.joined(record) if known else record
        reported = transaction.execute(SQL["reported_call"], [record.conversation_id])
        session_id = (known.session_id if known else None) or _session_of(transaction, best, reported)
        if self._is_refused(transaction, best, session_id):
            return None
        if known and best == known.record and session_id == known.session_id:
            return session_id
        now = self._clock()
        received_at = max(now, known.received_at + timedelta(microseconds=1)) if known else now
        texts = [best.to_json(), best.analysis_json()]
        row = [best.conversation_id, session_id, best.user_id, *texts, best.struck, best.settled, received_at]
        transaction.execute(SQL["upsert_record"], row)
        if session_id is None:
            self._delete_unclaimed(transaction)
        elif not reported:
            # The page may never report this call.
            call, started_at = best.conversation_id, best.started_at
            begin_call(
                transaction, self._rooms, session_id, call, started_at=started_at, now=now, agent_id=best.agent_id
            )
        note_version(transaction, best.conversation_id, best.version_id, best.branch_id)
        return session_id

    def _is_refused(self, transaction: Transaction, record: CallRecord, session_id: str | None) -> bool:
        """Whether nothing of the record is kept; where it is ours, the provider is asked to delete it too."""
        if session_id is not None:
            refused = transaction.execute(SQL["keeps_no_words"], [session_id])
        elif record.agent_id not in (None, self._agent_id):
            # The provider sends the records of all agents of an account; those of other agents are not ours.
            return True
        else:
            # Its page never reported the call.
            refused = transaction.execute(SQL["clients_off_record"], [record.user_id, record.started_at])
        if refused:
            refuse_record(transaction, record.conversation_id, self._clock())
            return True
        # One that it names and that is not here was deleted, or is of another installation with the same agent.
        named = None if session_id is not None else record.session_id
        return named is not None and not transaction.execute(SQL["is_session"], [named])

    def _settle(self, conversation_id: str, state: str, tries: int) -> None:
        if state == "pending" and tries >= MAX_TRIES:
            state = "missing"
        wait = doubled(FIRST_WAIT, tries, MAX_WAIT)
        row = [conversation_id, state, tries, self._clock() + wait]
        self._writer.submit(lambda transaction: transaction.execute(SQL["settle_record"], row)).result()

    def _tidy(self) -> None:
        """Once an hour: deletes old unclaimed records, and what the client has forgotten since."""
        now = self._clock()
        if self._tidied_at is None or now - self._tidied_at >= timedelta(hours=1):
            self._tidied_at = now
            self._writer.submit(self._delete_unclaimed).result()
            self._writer.submit(lambda transaction: delete_analysis(transaction, None, now)).result()

    def _delete_unclaimed(self, transaction: Transaction) -> None:
        transaction.execute(SQL["delete_unclaimed"], [self._clock() - MAX_UNCLAIMED_AGE, MAX_UNCLAIMED])


def settle_records(transaction: Transaction, session_id: str) -> None:
    """Within the caller's transaction: no record of the session's calls is asked for any more."""
    transaction.execute(SQL["settle_all"], [session_id])


def delete_analysis(transaction: Transaction, session_ids: Sequence[str] | None, now: datetime) -> None:
    """Within the caller's transaction: where something was forgotten, what the provider made of the call goes too.

    In these sessions, or in all; of records older than ANALYSIS_KEPT, as until then more may become known.
    """
    transaction.execute(SQL["delete_analysis"], [session_ids, now - ANALYSIS_KEPT])


def _known(transaction: Transaction, conversation_id: str) -> _Known | None:
    found = transaction.execute(SQL["find_record"], [conversation_id])
    for record, analysis, struck, session_id, received_at in found:
        return _Known(from_json(record, analysis, struck=struck), session_id, received_at)
    return None


def _session_of(transaction: Transaction, record: CallRecord, reported: Sequence[Row]) -> str | None:
    """The session that the record names, if it is the same client's; else the one whose page reported the call."""
    named = [record.session_id, record.user_id]
    if all(named) and transaction.execute(SQL["clients_session"], named):
        return record.session_id
    for session_id, client_id in reported:
        if record.user_id in (None, client_id):
            return str(session_id)
    return None
