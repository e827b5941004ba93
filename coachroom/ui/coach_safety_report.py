"""Where a human coach reports that a session of their client was not safe."""

from __future__ import annotations

from functools import partial

import streamlit as st

from coachroom.app.current import get_services
from coachroom.caseload.caseload import Client
from coachroom.errors import NotAllowedError
from coachroom.people.people import Person
from coachroom.rooms.safety_reports import MAX_WORDS_CHARS, SafetyReport
from coachroom.ui.create_form import CreateForm
from coachroom.ui.flash import run_action, show_flash
from coachroom.ui.formatting import day_and_time
from coachroom.ui.reported_words import CHANGED, REPORTED, TAKEN_BACK, reported_words

PLACE, FORM = "coach_safety_report", "coach_reported_safety"


def report_safety_as_coach(person: Person, client: Client) -> None:
    """The form for the client's own coach, and what they reported with the way back. Nothing without a session."""
    services = get_services()
    sessions = services.safety_reports.reportable_sessions(client.id)
    show_flash(PLACE)
    reported = services.safety_reports.of_coach(client.id, person)
    for report in reported:
        with st.container(border=True, key=f"safety_reported_{report.session_id}"):
            of_when = f"of {day_and_time(sessions[report.session_id])} " if report.session_id in sessions else ""
            st.write(f"On {day_and_time(report.reported_at)} you reported that the session {of_when}was not safe.")
            reported_words(report, PLACE, partial(_change_as_coach, person, report))
            args = (report.session_id, person)
            key = f"take_report_back_{report.session_id}"
            st.button("Take the report back", key=key, on_click=_take_back_as_coach, args=args)
    left = [id for id in sessions if id not in {report.session_id for report in reported}]
    if not left:
        show_flash(FORM)
        return
    form = CreateForm("coach_safety_report")
    with (
        st.expander("Report that something was not safe", key="coach_reports_safety"),
        st.form(form.key("coach_safety"), border=False),
    ):
        st.write(
            "Such as when the AI coach hurt your client, pressed them, or gave them advice that can do harm. The "
            "administrators of your community read your e-mail address, your client's, when the session was, and "
            "what you write here. Your client is not told, and finds it where they take their data away. In danger, "
            "do not wait for administrators."
        )
        st.selectbox(
            "Which session?", left, key=form.key("unsafe_session"), format_func=lambda id: day_and_time(sessions[id]),
            # Whoever reported one says which other one they mean: a stray press reports none.
            index=None if reported else 0, placeholder="Choose a session",
        )  # fmt: skip
        st.text_area("What happened? (optional)", max_chars=MAX_WORDS_CHARS, key=form.key("unsafe_words"), height=90)
        show_flash(FORM)
        st.form_submit_button("Report it", on_click=_report_as_coach, args=(person, client, form))


def _change_as_coach(person: Person, report: SafetyReport, words: str) -> None:
    reports = get_services().safety_reports
    run_action(PLACE, lambda: reports.report_as_coach(report.session_id, report.client_id, person, words), CHANGED)


def _report_as_coach(person: Person, client: Client, form: CreateForm) -> None:
    session, words = str(form.value("unsafe_session") or ""), str(form.value("unsafe_words") or "")

    def work() -> None:
        if not session:
            raise NotAllowedError("Choose which session it was. Nothing was reported yet.")
        get_services().safety_reports.report_as_coach(session, client.id, person, words)

    form.submit(
        FORM,
        work,
        REPORTED,
        # A form that is drawn anew names a session of its own accord.
        empty=not words,
    )


def _take_back_as_coach(session_id: str, person: Person) -> None:
    run_action(PLACE, lambda: get_services().safety_reports.take_back_as_coach(session_id, person), TAKEN_BACK)
