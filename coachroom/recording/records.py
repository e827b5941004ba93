"""After a call: stores the provider's record, by webhook or by fetching, until it is settled.

Both ways end in `receive`. A record is stored first, joined with an earlier one of the same call; the session is
rebuilt from what is stored. So records may arrive twice, late, or in any order.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from coachroom.clock import Clock
from coachroom.elevenlabs.call_record import CallRecord, from_json
from coachroom.elevenlabs.client import NO_ANSWER_CAUSE, ElevenLabs
from coachroom.errors import AgentUnavailableError, StoreClosedError, StoreError
from coachroom.recording.calls import begin_call
from coachroom.recording.rebuild import Rebuilder, RebuiltSession
from coachroom.rooms.rooms import Rooms
from coachroom.store.duck import DuckStore, Row, Transaction
from coachroom.store.statements import load_statements
from coachroom.store.writer import Writer

log = logging.getLogger(__name__)

SQL = load_statements("coachroom.recording", "records.sql")

FIRST_WAIT = timedelta(seconds=2)
MAX_WAIT = timedelta(minutes=15)
MAX_TRIES = 30
# A record that no session names is kept so long, and no more than so many of them.
UNKNOWN_FOR = timedelta(days=7)
MAX_UNKNOWN = 1_000
PUT_OFF = timedelta(minutes=1)
AT_ONCE = 16
ANALYSIS_KEPT = timedelta(hours=1)
MAX_YIELD_SECONDS = 0.5
# An answer is not late before this.
SOON = timedelta(minutes=1)


class RecordState(StrEnum):
    """How much of a session's calls has reached us: all, not yet all, or less than was said for good."""

    COMPLETE = "complete"
    PENDING = "pending"
    MISSING = "missing"


class _Arriving:
    """How many records are being taken `now`."""

    def __init__(self) -> None:
        self.now = 0
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        with self._lock:
            self.now += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self.now -= 1


class Records:
    """The provider's records of our calls. What is kept and what is due are tables, so restarts forget nothing."""

    def __init__(
        self,
        store: DuckStore,
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
        self._put_off: dict[str, datetime] = {}
        self._tidied_at: datetime | None = None

    def receive(self, record: CallRecord) -> str | None:
        """Stores a record and returns, once that is committed, the session it is about, if it is known already.

        The next `rebuild_waiting` rebuilds that session. A record with nothing new changes nothing.
        """
        with self._arriving:
            return self._writer.submit(lambda transaction: self._store_record(transaction, record)).result()

    def ask_for(self, session_id: str) -> None:
        """The session is over: its calls' transcripts are due soon. Without a provider ours stands alone."""
        state = "complete" if self._provider is None else "pending"
        row = [session_id, state, self._clock() + FIRST_WAIT]

        def work(transaction: Transaction) -> None:
            transaction.execute(SQL["ask_for_record"], row)
            # What came while it went on is looked at once more with all that was said.
            transaction.execute(SQL["publish_again"], [session_id])

        self._writer.submit(work).result()

    def recover(self) -> None:
        """At start: sessions that ended with the process before this one."""
        for (session_id,) in self._store.execute(SQL["unsettled_sessions"]):
            self.ask_for(session_id)

    def state_of(self, session_id: str) -> RecordState:
        """How much of the session's calls has reached us. What may still be on its way counts as there."""
        rows = self._store.execute(SQL["state_of_records"], [session_id])
        late = self._clock() - SOON
        if any(record == "pending" and (ended_at is None or ended_at < late) for record, ended_at in rows):
            return RecordState.PENDING
        return RecordState.MISSING if any(record == "missing" for record, _ in rows) else RecordState.COMPLETE

    def rebuild_waiting(self) -> int:
        """Rebuilds and publishes every session with an unpublished record; returns how many."""
        now = self._clock()
        waiting = [row[0] for row in self._store.execute(SQL["unpublished_sessions"])]
        waiting = [each for each in waiting if self._put_off.get(each, now) <= now]
        count = 0
        for begin in range(0, len(waiting), AT_ONCE):
            rebuilt = [each for session in waiting[begin : begin + AT_ONCE] if (each := self._rebuild_turns(session))]
            if rebuilt:
                self._rebuilder.publish(rebuilt)
            count += len(rebuilt)
        return count

    def _rebuild_turns(self, session_id: str) -> RebuiltSession | None:
        """None where the session cannot be rebuilt now."""
        self._let_others_write()
        try:
            rebuilt = self._rebuilder.rebuild_turns(session_id)
        except StoreClosedError:
            raise
        except Exception:
            # One record that cannot be used must not hold up those behind it.
            log.exception("session %s could not be rebuilt from its record; it is tried again", session_id)
            self._put_off[session_id] = self._clock() + PUT_OFF
            return None
        self._put_off.pop(session_id, None)
        return rebuilt

    def _let_others_write(self) -> None:
        """Deliveries and webhooks go first; rebuilding has time."""
        until = time.monotonic() + MAX_YIELD_SECONDS
        while (self._arriving.now or self._writer.waiting) and time.monotonic() < until:
            time.sleep(0.005)

    def fetch_due(self) -> int:
        """Tries every call that is due; returns how many were tried."""
        self._tidy()
        if self._provider is None:
            return 0
        due = self._store.execute(SQL["due_records"], [self._clock()])
        for tried, (conversation_id, _, client_id, tries) in enumerate(due, start=1):
            try:
                state = self._fetch(self._provider, conversation_id, client_id)
            except AgentUnavailableError as error:
                self._settle(conversation_id, "pending", tries + 1)
                if error.cause == NO_ANSWER_CAUSE:
                    # Nobody is there: the others wait for the next round rather than for a timeout each.
                    return tried
            else:
                self._settle(conversation_id, state, tries + 1)
        return len(due)

    def _fetch(self, provider: ElevenLabs, conversation_id: str, client_id: str) -> str:
        record = provider.record(conversation_id)
        if record.user_id not in (None, client_id):
            # A page names its own call; nobody else's call is stored on its word.
            log.warning("call %s belongs to another client and is not stored", conversation_id)
            return "missing"
        try:
            session_id = self.receive(record)
            if session_id is not None:
                self._rebuilder.rebuild(session_id)
        except StoreError:
            return "pending"
        except Exception:
            # One record that cannot be used must not hold up those behind it.
            log.exception("call %s: the session could not be rebuilt from its record", conversation_id)
        return "pending"

    def _store_record(self, transaction: Transaction, record: CallRecord) -> str | None:
        kept = transaction.execute(SQL["stored_record"], [record.conversation_id])
        known = from_json(kept[0][0], kept[0][1], struck=kept[0][2]) if kept else None
        best = known.joined(record) if known else record
        reported = transaction.execute(SQL["reported_call"], [record.conversation_id])
        session_id = (kept[0][3] if kept else None) or self._session_of(transaction, best, reported)
        if kept and best == known and session_id == kept[0][3]:
            return session_id
        if session_id is None and best.agent_id not in (None, self._agent_id):
            # The provider reports all agents of an account; other people's talks are none of ours.
            return None
        now = self._clock()
        received_at = max(now, kept[0][4] + timedelta(microseconds=1)) if kept else now
        texts = [best.to_json(), best.analysis_json()]
        row = [best.conversation_id, session_id, best.user_id, *texts, best.struck, best.settled, received_at]
        transaction.execute(SQL["upsert_record"], row)
        if session_id is None:
            self._forget_unknown(transaction)
        elif not reported:
            # The page may never come to report this call.
            call, started_at = best.conversation_id, best.started_at
            begin_call(
                transaction, self._rooms, session_id, call, started_at=started_at, now=now, agent_id=best.agent_id
            )
        return session_id

    def _session_of(self, transaction: Transaction, record: CallRecord, reported: Sequence[Row]) -> str | None:
        """The session that the call was told, if it is the same client's; else the one whose page reported it."""
        if record.session_id and record.user_id:
            told = transaction.execute(SQL["named_session"], [record.session_id, record.user_id])
            if told:
                return str(told[0][0])
        for session_id, client_id in reported:
            if record.user_id in (None, client_id):
                return str(session_id)
        return None

    def _settle(self, conversation_id: str, state: str, tries: int) -> None:
        if state == "pending" and tries >= MAX_TRIES:
            state = "missing"
        wait = min(FIRST_WAIT * 2 ** min(tries, 10), MAX_WAIT)
        row = [conversation_id, state, tries, self._clock() + wait]
        self._writer.submit(lambda transaction: transaction.execute(SQL["record_settled"], row)).result()

    def _tidy(self) -> None:
        """Once an hour: what nobody asked for, or what the client has forgotten since, is not kept for long."""
        now = self._clock()
        if self._tidied_at is None or now - self._tidied_at >= timedelta(hours=1):
            self._tidied_at = now
            self._writer.submit(self._forget_unknown).result()
            self._writer.submit(lambda transaction: delete_analysis(transaction, None, now)).result()

    def _forget_unknown(self, transaction: Transaction) -> None:
        transaction.execute(SQL["delete_unknown"], [self._clock() - UNKNOWN_FOR, MAX_UNKNOWN])


def delete_analysis(transaction: Transaction, session_ids: Sequence[str] | None, now: datetime) -> None:
    """Within the caller's transaction: where something was forgotten, what the provider made of the call goes too.

    In these sessions, or in all; of records older than ANALYSIS_KEPT, as until then more may become known.
    """
    transaction.execute(SQL["delete_analysis"], [session_ids, now - ANALYSIS_KEPT])
