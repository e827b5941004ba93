"""After a call: takes the provider's record of it, by webhook or by asking, until it is settled, and has it filed.

Both ways end in `receive`. A record is kept first, together with what an earlier one of the same call knew; the
session's rows are made from what is kept. So records may come twice, late, or in any order.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from coachroom.clock import Clock
from coachroom.coaching.memory import forget_in_records
from coachroom.elevenlabs.call_record import CallRecord, from_json
from coachroom.elevenlabs.client import NO_ANSWER_CAUSE, ElevenLabs
from coachroom.errors import AgentUnavailableError, StoreClosedError, StoreError
from coachroom.recording.intake import Intake, RebuiltSession
from coachroom.recording.turns import SQL
from coachroom.store.duck import DuckStore, Row, Transaction
from coachroom.store.writer import Writer

log = logging.getLogger(__name__)

FIRST_WAIT = timedelta(seconds=2)
MAX_WAIT = timedelta(minutes=15)
MAX_TRIES = 30
# A record that no session names is kept so long, and no more than so many of them.
UNKNOWN_FOR = timedelta(days=7)
MAX_UNKNOWN = 1_000
PUT_OFF = timedelta(minutes=1)
AT_ONCE = 16
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
        intake: Intake,
        provider: ElevenLabs | None,
        clock: Clock,
        *,
        agent_id: str | None = None,
    ) -> None:
        self._store = store
        self._writer = writer
        self._intake = intake
        self._provider = provider
        self._clock = clock
        self._agent_id = agent_id
        self._arriving = _Arriving()
        self._put_off: dict[str, datetime] = {}
        self._tidied_at: datetime | None = None

    def receive(self, record: CallRecord) -> str | None:
        """Keeps a record, and returns once that is committed. The session it is about, if it is known already.

        It is filed by the next `file_waiting`. Nothing happens to one that tells nothing new.
        """
        with self._arriving:
            return self._writer.submit(lambda transaction: self._keep(transaction, record)).result()

    def ask_for(self, session_id: str) -> None:
        """The session is over: its calls' transcripts are due soon. Without a provider ours stands alone."""
        state = "complete" if self._provider is None else "pending"
        row = [session_id, state, self._clock() + FIRST_WAIT]

        def work(transaction: Transaction) -> None:
            transaction.execute(SQL["ask_for_record"], row)
            # What came while it went on is looked at once more with all that was said.
            transaction.execute(SQL["file_again"], [session_id])

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

    def file_waiting(self) -> int:
        """Files all that was kept and not filed; returns how many sessions that were."""
        now = self._clock()
        waiting = [row[0] for row in self._store.execute(SQL["waiting_to_be_filed"])]
        waiting = [each for each in waiting if self._put_off.get(each, now) <= now]
        filed = 0
        for begin in range(0, len(waiting), AT_ONCE):
            prepared = [filing for each in waiting[begin : begin + AT_ONCE] if (filing := self._prepare(each))]
            if prepared:
                self._intake.finish(prepared)
            filed += len(prepared)
        return filed

    def _prepare(self, session_id: str) -> RebuiltSession | None:
        """None where it cannot be filed now."""
        self._let_others_write()
        try:
            filing = self._intake.prepare(session_id)
        except StoreClosedError:
            raise
        except Exception:
            # One record that cannot be filed must not hold up those behind it.
            log.exception("session %s: the provider's record could not be filed; it is tried again", session_id)
            self._put_off[session_id] = self._clock() + PUT_OFF
            return None
        self._put_off.pop(session_id, None)
        return filing

    def _let_others_write(self) -> None:
        """What rooms report and webhooks bring is taken before it; filing has time."""
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
            # A page names its own call; what somebody else said is never filed on its word.
            log.warning("call %s belongs to another client and is not filed", conversation_id)
            return "missing"
        try:
            session_id = self.receive(record)
            if session_id is not None:
                self._intake.file(session_id)
        except StoreError:
            return "pending"
        except Exception:
            # One record that cannot be filed must not hold up those behind it.
            log.exception("call %s: the provider's transcript could not be filed", conversation_id)
        return "pending"

    def _keep(self, transaction: Transaction, record: CallRecord) -> str | None:
        kept = transaction.execute(SQL["kept_record"], [record.conversation_id])
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
        transaction.execute(SQL["put_record"], row)
        if session_id is None:
            self._forget_unknown(transaction)
        elif not reported:
            # The page may never come to report this call.
            call = [best.conversation_id, session_id, best.started_at, now, best.agent_id]
            transaction.execute(SQL["call_began"], call)
            transaction.execute(SQL["name_call"], [session_id])
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
            self._writer.submit(lambda transaction: forget_in_records(transaction, None, now)).result()

    def _forget_unknown(self, transaction: Transaction) -> None:
        transaction.execute(SQL["forget_unknown"], [self._clock() - UNKNOWN_FOR, MAX_UNKNOWN])
