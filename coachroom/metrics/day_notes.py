"""Notes on days: what happened that numbers may show, such as a new prompt or another voice."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from coachroom.clock import Clock, new_id
from coachroom.errors import CoachroomError
from coachroom.people.audit import write_audit
from coachroom.store.statements import load_statements
from coachroom.store.store import Store, Transaction
from coachroom.store.writer import Writer
from coachroom.text import on_one_line

SQL = load_statements("coachroom.metrics", "_day_notes.sql")
MAX_WORDS_CHARS = 80
MAX_NOTES = 200


class DayNoteError(CoachroomError):
    """A note on a day cannot be kept; the sentence says what to change."""


@dataclass(frozen=True)
class DayNote:
    """What happened on a day of the reporting time zone."""

    id: str
    day: date
    words: str


class DayNotes:
    """The notes of the whole community; who may write one is the caller's to decide. Changes are in the audit log."""

    def __init__(self, store: Store, writer: Writer, clock: Clock) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock
        self._lock = threading.Lock()
        self._known: tuple[DayNote, ...] | None = None

    def list(self) -> tuple[DayNote, ...]:
        """All notes, the earliest day first. Each chart of a page asks, so they are read once and kept."""
        with self._lock:
            if self._known is None:
                self._known = read_day_notes(self._store)
            return self._known

    def add(self, actor: str, day: date | None, words: str) -> DayNote:
        """Keeps a note. Raises DayNoteError without a day or words, for too many words, and for too many notes."""
        if day is None:
            raise DayNoteError("Choose the day that the note is about.")
        now = self._clock()
        note = DayNote(new_id(now), day, _fit(words))

        def work(transaction: Transaction) -> None:
            if transaction.execute(SQL["count"])[0][0] >= MAX_NOTES:
                raise DayNoteError(f"There are {MAX_NOTES} notes on days already: remove one first.")
            transaction.execute(SQL["add"], [note.id, note.day, note.words, actor, now])
            self._audit(transaction, actor, "day_note.add", note.day, note.words)

        self._write(work)
        return note

    def remove(self, actor: str, id: str) -> None:
        """Removes a note; one that is gone already stays so."""

        def work(transaction: Transaction) -> None:
            for day, words in transaction.execute(SQL["remove"], [id]):
                self._audit(transaction, actor, "day_note.remove", day, words)

        self._write(work)

    def _write(self, work: Callable[[Transaction], None]) -> None:
        self._writer.submit(work).result()
        with self._lock:
            self._known = None

    def _audit(self, transaction: Transaction, actor: str, action: str, day: date, words: str) -> None:
        detail = {"words": words}
        write_audit(
            transaction, actor=actor, action=action, subject=day.isoformat(), detail=detail, now=self._clock()
        )


def read_day_notes(store: Store) -> tuple[DayNote, ...]:
    """All notes, the earliest day first."""
    return tuple(DayNote(*row) for row in store.execute(SQL["all"]))


def notes_by_day(notes: Sequence[DayNote]) -> dict[date, str]:
    """What happened on each day, all of it in one text."""
    days: dict[date, list[str]] = {}
    for note in notes:
        days.setdefault(note.day, []).append(note.words)
    return {day: "; ".join(words) for day, words in days.items()}


def _fit(words: str) -> str:
    kept = on_one_line(words)
    if not kept:
        raise DayNoteError("Say in a few words what happened on that day.")
    if len(kept) > MAX_WORDS_CHARS:
        raise DayNoteError(f"A note takes up to {MAX_WORDS_CHARS} characters and this has {len(kept)}: shorten it.")
    return kept
