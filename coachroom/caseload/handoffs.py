"""A client hands one session to their human coach, with a comment: the coach sees what the client ticked, no more.

Nothing is copied: what the client forgets, deletes or takes back since then is gone here too.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from coachroom.clock import Clock
from coachroom.coaching.validation import InvalidInputError, some_lines
from coachroom.people.people import Person
from coachroom.store.statements import load_statements
from coachroom.store.store import Row, Store, Transaction
from coachroom.store.writer import Writer

SQL = load_statements("coachroom.caseload", "handoffs.sql")

MAX_COMMENT_CHARS = 1_000


@dataclass(frozen=True)
class HandedParts:
    """What the client ticked. `sentences`: ids of those of the summary, None where it is not handed over."""

    sentences: frozenset[str] | None = None
    rating: bool = False
    transcript: bool = False

    @property
    def any(self) -> bool:
        return self.sentences is not None or self.rating or self.transcript


@dataclass(frozen=True)
class Handoff:
    """One session that was handed over; `done_at` once the coach was done with it.

    `to_my_coach`: whether the coach to whom it was handed is the client's coach now; nobody else reads it.
    """

    session_id: str
    client_id: str
    client: str | None
    comment: str | None
    parts: HandedParts
    made_at: datetime
    done_at: datetime | None
    to_my_coach: bool


class Handoffs:
    """Safe to use from many threads. Writes block until they are committed."""

    def __init__(self, store: Store, writer: Writer, clock: Clock) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock

    def hand_over(self, client_id: str, session_id: str, comment: str | None, parts: HandedParts) -> None:
        """Hands a session of this client's that is over to the coach whom they have now. Raises InvalidInputError."""
        kept = some_lines(comment, "The comment", MAX_COMMENT_CHARS)
        if kept is None and not parts.any:
            raise InvalidInputError("Nothing is ticked and nothing is written: choose what your coach may see.")
        sentences = None if parts.sentences is None else json.dumps(sorted(parts.sentences))
        row = [session_id, client_id, kept, sentences, parts.rating, parts.transcript, self._clock()]

        def work(transaction: Transaction) -> None:
            if not transaction.execute(SQL["put"], row):
                raise InvalidInputError(
                    "This session is not over yet, it is gone, or you have no human coach: reload the page."
                )

        self._writer.submit(work).result()

    def take_back(self, client_id: str, session_id: str) -> None:
        """The coach sees nothing of it any more."""
        self._writer.submit(lambda transaction: transaction.execute(SQL["delete"], [session_id, client_id])).result()

    def of_session(self, client_id: str, session_id: str) -> Handoff | None:
        """What of the client's session was handed over, if it was."""
        return next(iter(_handoffs(self._store.execute(SQL["of_session"], [session_id, client_id]))), None)

    def to_coach(self, coach: Person, *, most: int, client_id: str | None = None) -> list[Handoff]:
        """What was handed to this very coach, by one client or all of theirs: first what they are not done with."""
        return _handoffs(self._store.execute(SQL["to_coach"], [coach.email, client_id, most]))

    def finish(self, session_id: str, coach: Person) -> None:
        """The coach is done with it; one that is done or gone stays so."""
        row = [session_id, coach.email, self._clock()]
        self._writer.submit(lambda transaction: transaction.execute(SQL["done"], row)).result()


def _handoffs(rows: Sequence[Row]) -> list[Handoff]:
    return [
        Handoff(
            session_id, client_id, client, comment,
            HandedParts(None if sentences is None else frozenset(json.loads(sentences)), rating, transcript),
            made_at, done_at, to_my_coach,
        )
        for (session_id, client_id, client, comment, sentences, rating, transcript, made_at, done_at,
             to_my_coach) in rows
    ]  # fmt: skip
