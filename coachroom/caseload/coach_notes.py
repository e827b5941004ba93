"""What a human coach writes down about a client for themself: notes, that they were in touch, reminders.

The client does not see it. A coach reads and changes their own notes alone, and adds them for their own clients.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from coachroom.caseload.caseload import ensure_coach_of
from coachroom.clock import Clock, new_id
from coachroom.coaching.validation import InvalidInputError, required_lines, some_lines
from coachroom.people.people import Person
from coachroom.store.statements import load_statements
from coachroom.store.store import Row, Store, Transaction
from coachroom.store.writer import Writer

SQL = load_statements("coachroom.caseload", "coach_notes.sql")

MAX_WORDS_CHARS = 1_000
# About one client, by one coach.
MAX_NOTES = 500
# Whoever was contacted is not asked for again so long.
LEFT_ALONE = timedelta(days=7)
FURTHEST = timedelta(days=366)


class NoteKind(StrEnum):
    NOTE = "note"
    CONTACTED = "contacted"
    REMINDER = "reminder"


@dataclass(frozen=True)
class CoachNote:
    """One note; `due_on` is there for a reminder, `done_at` once it is done."""

    id: str
    client_id: str
    kind: NoteKind
    words: str | None
    due_on: date | None
    made_at: datetime
    done_at: datetime | None


@dataclass(frozen=True)
class NotesAhead:
    """What a coach's notes mean for today.

    `due`: reminders whose day has come, each with the client's name. `contacted`: clients whom
    the coach was in touch with lately. `later`: clients with a reminder for a later day.
    """

    due: tuple[tuple[CoachNote, str], ...] = ()
    contacted: frozenset[str] = frozenset()
    later: frozenset[str] = frozenset()

    @property
    def left_alone(self) -> frozenset[str]:
        """Clients whom the coach has in hand, so that nobody asks for them today."""
        return self.contacted | self.later


class CoachNotes:
    """Safe to use from many threads. Writes block until they are committed."""

    def __init__(self, store: Store, writer: Writer, clock: Clock) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock

    def about(self, client_id: str, coach: Person) -> list[CoachNote]:
        """This coach's own notes about the client, the latest first."""
        return [_note(row) for row in self._store.execute(SQL["about"], [client_id, coach.email])]

    def ahead(self, coach: Person, today: date) -> NotesAhead:
        """What this coach's notes about their clients mean for today."""
        found = self._store.execute(SQL["ahead"], [coach.email, self._clock() - LEFT_ALONE])
        notes = [(_note(row[:-1]), str(row[-1])) for row in found]
        reminders = [(note, name, note.due_on) for note, name in notes if note.due_on is not None]
        return NotesAhead(
            due=tuple((note, name) for note, name, day in reminders if day <= today),
            contacted=frozenset(note.client_id for note, _ in notes if note.kind is NoteKind.CONTACTED),
            later=frozenset(note.client_id for note, _, day in reminders if day > today),
        )

    def add(
        self, client_id: str, coach: Person, kind: NoteKind, words: str | None, *, due_on: date | None, today: date
    ) -> str:
        """Keeps a note about one of this coach's clients; its id. Raises InvalidInputError, ClientNotFoundError."""
        read = some_lines if kind is NoteKind.CONTACTED else required_lines
        kept = read(words, "The note", MAX_WORDS_CHARS)
        if kind is not NoteKind.REMINDER:
            due_on = None
        elif due_on is None or not today <= due_on <= today + FURTHEST:
            raise InvalidInputError("Choose a day from today on, within a year, to be reminded on.")
        now = self._clock()
        row = [new_id(now), client_id, coach.email, kind, kept, due_on, now]

        def work(transaction: Transaction) -> None:
            ensure_coach_of(transaction, coach.email, client_id)
            if transaction.execute(SQL["count"], [client_id, coach.email])[0][0] >= MAX_NOTES:
                raise InvalidInputError(f"There are {MAX_NOTES} notes about this client already: remove one first.")
            transaction.execute(SQL["add"], row)

        self._writer.submit(work).result()
        return str(row[0])

    def finish(self, id: str, coach: Person) -> None:
        """A reminder of this coach's is done; one that is done or gone stays so."""
        now = self._clock()
        self._writer.submit(lambda transaction: transaction.execute(SQL["done"], [id, coach.email, now])).result()

    def remove(self, id: str, coach: Person) -> None:
        """Removes a note of this coach's; one that is gone stays so."""
        self._writer.submit(lambda transaction: transaction.execute(SQL["delete"], [id, coach.email])).result()


def _note(row: Row) -> CoachNote:
    id, client_id, kind, words, due_on, made_at, done_at = row
    return CoachNote(id, client_id, NoteKind(kind), words, due_on, made_at, done_at)
