"""What a human coach writes to a client inside the app: read by the two of them, and by nobody else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from coachroom.caseload.caseload import ensure_coach_of
from coachroom.clock import Clock, new_id
from coachroom.coaching.validation import InvalidInputError, required_lines
from coachroom.people.people import Person
from coachroom.store.statements import load_statements
from coachroom.store.store import Store, Transaction
from coachroom.store.writer import Writer

SQL = load_statements("coachroom.caseload", "coach_messages.sql")

MAX_WORDS_CHARS = 2_000
# Of one coach to one client.
MAX_UNREAD = 10


@dataclass(frozen=True)
class CoachMessage:
    """One message; `sender` is the coach's name, `read_at` is there once the client has read it."""

    id: str
    sender: str
    words: str
    sent_at: datetime
    read_at: datetime | None


class CoachMessages:
    """Safe to use from many threads. Writes block until they are committed.

    `announce`: called in the transaction that keeps a message, with its id and its client's.
    """

    def __init__(
        self, store: Store, writer: Writer, clock: Clock, announce: Callable[[Transaction, str, str], None]
    ) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock
        self._announce = announce

    def send(self, client_id: str, coach: Person, words: str | None) -> None:
        """To one of this coach's own clients. Raises InvalidInputError, ClientNotFoundError."""
        kept = required_lines(words, "The message", MAX_WORDS_CHARS)
        now = self._clock()
        id = new_id(now)

        def work(transaction: Transaction) -> None:
            ensure_coach_of(transaction, coach.email, client_id)
            if transaction.execute(SQL["unread"], [client_id, coach.email])[0][0] >= MAX_UNREAD:
                raise InvalidInputError(f"{MAX_UNREAD} messages of yours wait to be read: write to them another way.")
            transaction.execute(SQL["add"], [id, client_id, coach.email, kept, now])
            self._announce(transaction, id, client_id)

        self._writer.submit(work).result()

    def to_client(self, client_id: str, *, most: int, sender: Person | None = None) -> list[CoachMessage]:
        """The latest messages to this client, the latest first: all, or those of one coach."""
        found = self._store.execute(SQL["to_client"], [client_id, sender.email if sender else None, most])
        return [CoachMessage(*row) for row in found]

    def waiting(self, client_id: str) -> list[CoachMessage]:
        """What this client has not read yet, the latest first: at most MAX_UNREAD of each coach."""
        return [CoachMessage(*row) for row in self._store.execute(SQL["waiting"], [client_id])]

    def mark_read(self, id: str, client_id: str) -> None:
        """The client has read it; a message that is somebody else's or gone stays as it is."""
        now = self._clock()
        self._writer.submit(lambda transaction: transaction.execute(SQL["read"], [id, client_id, now])).result()
