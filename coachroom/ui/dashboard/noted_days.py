"""Notes on days, for analysts and administrators: what every chart along time marks."""

from __future__ import annotations

from datetime import date

import streamlit as st

from coachroom.app.current import get_services
from coachroom.clock import short_date
from coachroom.errors import NotAllowedError
from coachroom.metrics.day_notes import MAX_WORDS_CHARS
from coachroom.people.people import Person, Role
from coachroom.ui.create_form import CreateForm
from coachroom.ui.dashboard.view import View
from coachroom.ui.flash import run_action, show_flash
from coachroom.ui.formatting import plain

NOTES = "day_notes"
MAY_NOTE = frozenset({Role.ANALYST, Role.ADMIN})


def noted_days(view: View) -> None:
    """The days that are noted, each with its way out, and a form for another one."""
    services = get_services()
    st.header("Notes on days", anchor=False)
    st.write(
        "A new prompt, a new voice: what you note here is marked in every chart along time, for everybody. A new "
        "version of the AI coach is marked by itself, on the day it was first met, once enough clients have met it."
    )
    show_flash(NOTES)
    for note in reversed(services.day_notes.list()):
        with st.container(horizontal=True, vertical_alignment="center", key=f"noted_{note.id}"):
            st.markdown(f"**{short_date(note.day)}** {plain(note.words)}", width="stretch")
            st.button(
                "Remove", key=f"remove_note_{note.id}", type="tertiary", on_click=_remove, args=(view.person, note.id)
            )
    form = CreateForm("day_note")
    with st.form(form.key("note_a_day"), border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        st.date_input("Day", view.local(services.clock()), key=form.key("noted_day"), width=150)
        st.text_input(
            "What happened", max_chars=MAX_WORDS_CHARS, key=form.key("noted_words"), placeholder="No names of people"
        )
        st.form_submit_button("Note this day", on_click=_add, args=(view.person, form))


def _add(person: Person, form: CreateForm) -> None:
    day, words = form.value("noted_day"), str(form.value("noted_words") or "")
    form.submit(NOTES, lambda: add(person, day, words), "Noted.", empty=not words.strip())


def add(person: Person, day: date | None, words: str) -> None:
    """Keeps the note. Raises NotAllowedError, and DayNoteError for a note that cannot be kept."""
    _require(person)
    get_services().day_notes.add(person.email, day, words)


def _remove(person: Person, id: str) -> None:
    run_action(NOTES, lambda: remove(person, id), "Removed.")


def remove(person: Person, id: str) -> None:
    """Removes the note. Raises NotAllowedError."""
    _require(person)
    get_services().day_notes.remove(person.email, id)


def _require(person: Person) -> None:
    # The page may be an old one: what they may do is asked again.
    now = get_services().people.find(person.email)
    if now is None or now.role not in MAY_NOTE:
        raise NotAllowedError("Only analysts and administrators note days.")
