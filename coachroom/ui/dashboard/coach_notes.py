"""What a coach writes down about one client for themself, and what of it is due today."""

from __future__ import annotations

from datetime import date, timedelta

import streamlit as st

from coachroom.app.current import get_services
from coachroom.caseload.caseload import Client
from coachroom.caseload.coach_notes import MAX_WORDS_CHARS, CoachNote, NoteKind, NotesAhead
from coachroom.clock import day_there, short_date
from coachroom.people.people import Person
from coachroom.ui.create_form import CreateForm
from coachroom.ui.flash import run_action, show_flash
from coachroom.ui.formatting import plain, reader_zone

NOTES, KEPT_NOTE = "coach_notes", "kept_note"
KIND = "note_kind"
DUE = "due_reminders"
MAX_SHOWN = 20
IN_A_WEEK = timedelta(days=7)
LABELS = {NoteKind.NOTE: "Note", NoteKind.CONTACTED: "I was in touch", NoteKind.REMINDER: "Remind me"}
KEPT = {
    NoteKind.NOTE: "Kept.",
    NoteKind.CONTACTED: "Kept. This client is left out of your list for a week.",
    NoteKind.REMINDER: "Kept. Your Home reminds you on that day.",
}


def coach_notes(person: Person, client: Client) -> None:
    """The form, where the coach may write, and the latest notes. For the client's own coach."""
    show_flash(NOTES)
    if not client.coached_by_viewer:
        show_flash(KEPT_NOTE)
    notes = get_services().coach_notes.about(client.id, person)
    if not notes and not client.coached_by_viewer:
        return
    with st.container(border=True, key="coach_notes"):
        st.header("For yourself", anchor=False)
        st.write("Notes and reminders that nobody else sees, the client neither.")
        if client.coached_by_viewer:
            _form(person, client)
        for note in notes[:MAX_SHOWN]:
            _line(person, note)
        if len(notes) > MAX_SHOWN:
            st.caption(f"The latest {MAX_SHOWN} of {len(notes)}.")


def due_reminders(person: Person, ahead: NotesAhead) -> None:
    """The reminders whose day has come, each with its client; nothing where there is none."""
    show_flash(DUE)
    for note, name in ahead.due:
        with st.container(horizontal=True, vertical_alignment="center", key=f"due_{note.id}"):
            label = f"**{plain(name)}** {plain(note.words or '')}"
            st.page_link("pages/Clients.py", label=label, query_params={"client": note.client_id}, width="stretch")
            st.button("Done", key=f"finish_{note.id}", on_click=_finish, args=(person, note.id, DUE))


def notes_ahead(person: Person) -> NotesAhead:
    """What this coach's notes mean for today."""
    return get_services().coach_notes.ahead(person, _today())


def _today() -> date:
    return day_there(get_services().clock(), reader_zone())


def _form(person: Person, client: Client) -> None:
    form = CreateForm("coach_note")
    kind = st.segmented_control(
        "What it is",
        list(LABELS),
        default=NoteKind.NOTE,
        format_func=LABELS.__getitem__,
        required=True,
        key=KIND,
    )
    with st.form(form.key("add_note"), border=False):
        st.text_area("Words", max_chars=MAX_WORDS_CHARS, key=form.key("note_words"), height=90)
        if kind is NoteKind.REMINDER:
            today = _today()
            st.date_input("On", today + IN_A_WEEK, min_value=today, key=form.key("note_day"), width=180)
        show_flash(KEPT_NOTE)
        st.form_submit_button("Keep", on_click=_add, args=(person, client.id, form))


def _add(person: Person, client_id: str, form: CreateForm) -> None:
    kind: NoteKind = st.session_state.get(KIND, NoteKind.NOTE)
    words, day = str(form.value("note_words") or ""), form.value("note_day")

    def keep() -> str:
        return get_services().coach_notes.add(client_id, person, kind, words, due_on=day, today=_today())

    form.submit(KEPT_NOTE, keep, KEPT[kind], empty=not words.strip() and kind is not NoteKind.CONTACTED)


def _line(person: Person, note: CoachNote) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"note_{note.id}"):
        st.markdown(f"**{when(note)}** {plain(note.words or '')}", width="stretch")
        if note.kind is NoteKind.REMINDER and note.done_at is None:
            st.button("Done", key=f"finish_{note.id}", on_click=_finish, args=(person, note.id, NOTES))
        st.button("Remove", key=f"remove_{note.id}", type="tertiary", on_click=_remove, args=(person, note.id))


def when(note: CoachNote) -> str:
    """What a note begins with: its day, or the day of which it reminds."""
    made = short_date(day_there(note.made_at, reader_zone()))
    if note.kind is NoteKind.CONTACTED:
        return f"{made}, in touch."
    if note.due_on is not None:
        return f"For {short_date(note.due_on)}{', done' if note.done_at else ''}:"
    return f"{made}:"


def _finish(person: Person, id: str, place: str) -> None:
    run_action(place, lambda: get_services().coach_notes.finish(id, person), "Done.")


def _remove(person: Person, id: str) -> None:
    run_action(NOTES, lambda: get_services().coach_notes.remove(id, person), "Removed.")
