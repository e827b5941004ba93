"""What somebody chose to look at, kept under a name of their own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from coachroom.clock import Clock
from coachroom.errors import CoachroomError
from coachroom.store.statements import load_statements
from coachroom.store.store import Store, Transaction
from coachroom.store.writer import Writer
from coachroom.text import on_one_line

SQL = load_statements("coachroom.metrics", "_saved_views.sql")
MAX_NAME_CHARS = 60
MAX_VIEWS = 50
MAX_CHOICE_CHARS = 200


class SavedViewError(CoachroomError):
    """A view cannot be saved; the sentence says what to change."""


@dataclass(frozen=True)
class SavedView:
    """A name, and what was chosen: the query of the address that shows it, in pairs.

    What is missing has its usual value.
    """

    name: str
    choices: tuple[tuple[str, str], ...] = ()


class SavedViews:
    """Each person's own views, by their e-mail."""

    def __init__(self, store: Store, writer: Writer, clock: Clock) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock

    def list_for(self, email: str) -> tuple[SavedView, ...]:
        """This person's views by name."""
        rows = self._store.execute(SQL["of_person"], [email])
        return tuple(
            SavedView(name, tuple((key, value) for key, value in json.loads(choices))) for name, choices in rows
        )

    def save(self, email: str, name: str, choices: Sequence[tuple[str, str]]) -> SavedView:
        """Keeps the choices; a view of the same name is replaced. Raises SavedViewError."""
        view = SavedView(_fit(name), tuple((key, value[:MAX_CHOICE_CHARS]) for key, value in choices))
        now = self._clock()

        def work(transaction: Transaction) -> None:
            if transaction.execute(SQL["others"], [email, view.name])[0][0] >= MAX_VIEWS:
                raise SavedViewError(f"You have saved {MAX_VIEWS} views already: delete one first.")
            transaction.execute(SQL["put"], [email, view.name, json.dumps(view.choices), now])

        self._writer.submit(work).result()
        return view

    def delete(self, email: str, name: str) -> None:
        """Deletes this person's view; one that is gone already stays so."""
        self._writer.submit(lambda transaction: transaction.execute(SQL["delete"], [email, name])).result()


def _fit(name: str) -> str:
    kept = on_one_line(name)
    if not any(sign.isalnum() for sign in kept):
        raise SavedViewError("Give the view a name with a letter or a digit in it.")
    if len(kept) > MAX_NAME_CHARS:
        raise SavedViewError(f"A name takes up to {MAX_NAME_CHARS} characters and this has {len(kept)}: shorten it.")
    return kept
