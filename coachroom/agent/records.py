"""After a call: fetches the provider's transcript until it is settled, and files it through the intake."""

from __future__ import annotations

import logging
from datetime import timedelta

from coachroom.agent.intake import Intake
from coachroom.agent.provider import NO_ANSWER_CAUSE, Provider
from coachroom.agent.turns import SQL
from coachroom.clock import Clock
from coachroom.errors import AgentUnavailable, StoreError
from coachroom.store.duck import DuckStore
from coachroom.store.writer import Writer

log = logging.getLogger(__name__)

FIRST_WAIT = timedelta(seconds=2)
LONGEST_WAIT = timedelta(minutes=15)
MOST_TRIES = 30


class Records:
    """The calls whose transcript is still to be compared with the provider's. Survives restarts: it is a table."""

    def __init__(
        self, store: DuckStore, writer: Writer, intake: Intake, provider: Provider | None, clock: Clock
    ) -> None:
        self._store = store
        self._writer = writer
        self._intake = intake
        self._provider = provider
        self._clock = clock

    def ask_for(self, session_id: str) -> None:
        """The session is over: its calls' transcripts are due soon. Without a provider ours stands alone."""
        state = "complete" if self._provider is None else "pending"
        row = [session_id, state, self._clock() + FIRST_WAIT]
        self._writer.submit(lambda transaction: transaction.rows(SQL["ask_for_record"], row)).result()

    def recover(self) -> None:
        """At start: sessions that ended with the process before this one."""
        for (session_id,) in self._store.rows(SQL["unsettled_sessions"]):
            self.ask_for(session_id)

    def fetch_due(self) -> int:
        """Tries every call that is due; returns how many were tried."""
        if self._provider is None:
            return 0
        due = self._store.rows(SQL["due_records"], [self._clock()])
        for tried, (conversation_id, session_id, client_id, tries) in enumerate(due, start=1):
            try:
                state = self._fetch(self._provider, conversation_id, session_id, client_id)
            except AgentUnavailable as error:
                self._settle(conversation_id, "pending", tries + 1)
                if error.cause == NO_ANSWER_CAUSE:
                    # Nobody is there: the others wait for the next round rather than for a timeout each.
                    return tried
            else:
                self._settle(conversation_id, state, tries + 1)
        return len(due)

    def _fetch(self, provider: Provider, conversation_id: str, session_id: str, client_id: str) -> str:
        try:
            record = provider.record(conversation_id)
            if record.user_id not in (None, client_id):
                # A page names its own call; what somebody else said is never filed on its word.
                log.warning("call %s belongs to another client and is not filed", conversation_id)
                return "missing"
            if self._intake.file(session_id, record):
                log.info("call %s: the provider's transcript had turns that ours lacked", conversation_id)
        except AgentUnavailable:
            raise
        except StoreError:
            return "pending"
        except Exception:
            # One record that cannot be filed must not hold up those behind it.
            log.exception("call %s: the provider's transcript could not be filed", conversation_id)
            return "pending"
        return "complete" if record.settled else "pending"

    def _settle(self, conversation_id: str, state: str, tries: int) -> None:
        if state == "pending" and tries >= MOST_TRIES:
            state = "missing"
        wait = min(FIRST_WAIT * 2 ** min(tries, 10), LONGEST_WAIT)
        row = [conversation_id, state, tries, self._clock() + wait]
        self._writer.submit(lambda transaction: transaction.rows(SQL["record_settled"], row)).result()
