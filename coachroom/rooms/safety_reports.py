"""A client reports that a session was not safe. Administrators read it, and it stops a comparison of versions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from coachroom.clock import Clock
from coachroom.errors import NotAllowedError
from coachroom.rooms.states import Session
from coachroom.store.statements import load_statements
from coachroom.store.store import Store, Transaction
from coachroom.store.writer import Writer

SQL = load_statements("coachroom.rooms", "safety_reports.sql")
MAX_WORDS_CHARS = 2_000


@dataclass(frozen=True)
class SafetyReport:
    """What a client reported of a session, at `reported_at` (naive UTC); None where they left the words out."""

    session_id: str
    client_id: str
    words: str | None
    reported_at: datetime


class SafetyReports:
    """Safe to use from many threads. Writes block until they are committed."""

    def __init__(self, store: Store, writer: Writer, clock: Clock) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock

    def of_session(self, session_id: str) -> SafetyReport | None:
        """What was reported of this session and not taken back."""
        rows = self._store.execute(SQL["of_session"], [session_id])
        return SafetyReport(*rows[0]) if rows else None

    def latest(self, most: int) -> list[SafetyReport]:
        """Those of everybody, the latest first."""
        return [SafetyReport(*row) for row in self._store.execute(SQL["latest"], [most])]

    def report(self, session: Session, words: str) -> None:
        """The client reports; again, with other words. Raises NotAllowedError for a session that is not on record."""
        said, now = words.strip()[:MAX_WORDS_CHARS] or None, self._clock()

        def work(transaction: Transaction) -> None:
            if not transaction.execute(SQL["put"], [session.id, session.client_id, said, now]):
                raise NotAllowedError("This session is not on record any more, so nothing was reported of it.")

        self._writer.submit(work).result()

    def take_back(self, session: Session) -> None:
        """Nobody reads the report any more. What was stopped because of it stays stopped."""
        self._writer.submit(
            lambda transaction: transaction.execute(SQL["take_back"], [session.id, session.client_id])
        ).result()
