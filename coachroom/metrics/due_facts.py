"""Makes the facts of sessions that are over: soon after their end, and after a while when more of them arrives.

Facts are computed outside the writer, which the rooms wait for. Which sessions are due is a table, so a restart
loses nothing, and however often a session changes its facts are made at most once in MADE_EVERY.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime, timedelta

from coachroom.agent.followed import put_followed, read_followed
from coachroom.clock import Clock
from coachroom.metrics.facts import compute_facts, number_clients_of, put_facts
from coachroom.rounds import round_is_over
from coachroom.store.statements import load_statements
from coachroom.store.store import Store, Transaction
from coachroom.store.writer import Writer

SQL = load_statements("coachroom.metrics", "due_facts.sql")
MADE_EVERY = timedelta(seconds=5)
MAX_SESSIONS_AT_ONCE = 16


class DueFacts:
    """The sessions whose facts are to be made. Safe in threads."""

    def __init__(self, store: Store, writer: Writer, clock: Clock) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock
        # Facts that were computed earlier must not be written later.
        self._making = threading.Lock()

    def mark(self, transaction: Transaction, session_ids: Sequence[str]) -> None:
        """Within the caller's transaction: these sessions are over, or changed after that."""
        now = self._clock()
        number_clients_of(transaction, session_ids)
        transaction.execute(SQL["mark_due"], [list(session_ids), now, now + MADE_EVERY])

    def make_due(self) -> int:
        """Makes the facts that are due, until the round is over; returns of how many sessions."""
        return self._make_until(self._clock())

    def make_all(self) -> int:
        """Makes the facts of all sessions that were marked, due or not; returns of how many."""
        return self._make_until(datetime.max)

    def _make_until(self, moment: datetime) -> int:
        count = 0
        with self._making:
            while not round_is_over() and (
                due := self._store.execute(SQL["list_due"], [moment, MAX_SESSIONS_AT_ONCE])
            ):
                self._make([session_id for session_id, _ in due], [changes for _, changes in due])
                count += len(due)
                if len(due) < MAX_SESSIONS_AT_ONCE:
                    break
        return count

    def _make(self, session_ids: list[str], changes: list[int]) -> None:
        rows = compute_facts(self._store, session_ids)
        done = {session_id: read_followed(self._store, session_id) for session_id in session_ids}
        later = self._clock() + MADE_EVERY

        def work(transaction: Transaction) -> None:
            # A client may have been erased since the facts were computed.
            still = {session_id for (session_id,) in transaction.execute(SQL["still_due"], [session_ids])}
            put_facts(transaction, [row for row in rows if row[0] in still])
            for session_id, found in done.items():
                if found is not None and session_id in still:
                    put_followed(transaction, session_id, found)
            transaction.execute(SQL["delete_made"], [session_ids, changes])
            transaction.execute(SQL["defer_changed"], [session_ids, later])

        self._writer.submit(work).result()
