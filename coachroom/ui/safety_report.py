"""What was not safe in a session: where its client or their human coach reports it, and administrators read it."""

from __future__ import annotations

import streamlit as st

from coachroom.app.current import get_services
from coachroom.caseload.caseload import Client
from coachroom.people.people import Person
from coachroom.rooms.safety_reports import MAX_WORDS_CHARS, SafetyReport
from coachroom.rooms.states import Session
from coachroom.ui.create_form import CreateForm
from coachroom.ui.flash import run_action, show_flash
from coachroom.ui.formatting import day_and_time, plain
from coachroom.ui.help_now import open_help_after

PLACE = "safety_report"
BY_COACH = "safety_report_by_coach"
MAX_SHOWN = 20
TAKEN_BACK = "Taken back: nobody reads it any more. It may have been read before."


def report_safety(session: Session) -> None:
    """The form for the session's client, or what they reported and the way back."""
    reported = get_services().safety_reports.of_session(session.id)
    show_flash(PLACE)
    if reported is not None:
        with st.container(border=True, key="safety_reported"):
            st.write(f"On {day_and_time(reported.reported_at)} you reported that this session was not safe.")
            if reported.words:
                st.text(reported.words)
            st.button("Take the report back", key="take_report_back", on_click=_take_back, args=(session,))
        return
    with st.expander("Report that something was not safe", key="report_safety"):
        st.write(
            "Such as when the AI coach hurt you, pressed you, or gave you advice that can do harm. The "
            "administrators of your community read your e-mail address, when the session was, and what you write "
            "here; they read nothing that was said. They may read it only later: if you are in danger now, use Help "
            "now at the top."
        )
        st.text_area("What happened? (optional)", max_chars=MAX_WORDS_CHARS, key="not_safe", height=90)
        st.button("Report it", key="send_safety_report", on_click=_report, args=(session,))


def safety_reports() -> None:
    """For administrators: the latest reports; nothing where there is none."""
    services = get_services()
    reports = services.safety_reports.latest(MAX_SHOWN)
    if not reports:
        return
    st.header("Reports that a session was not safe", anchor=False)
    for number, report in enumerate(reports):
        with st.container(border=True, key=f"safety_report_{number}"):
            st.markdown(_who_reported(report))
            session = services.rooms.session(report.session_id)
            if session is not None:
                st.caption(f"The session of {day_and_time(session.start_time)}.")
            met = services.comparisons.met_in(report.session_id)
            if met:
                st.caption(f"Met in the comparison “{plain(met[0][0])}”.")
            st.text(report.words or "They left the words out.")
    st.caption("Write to them. A report about a version that is compared with another stops that comparison.")


def report_safety_as_coach(person: Person, client: Client) -> None:
    """The form for the client's own coach, and what they reported with the way back. Nothing without a session."""
    services = get_services()
    sessions = services.safety_reports.sessions_of(client.id)
    show_flash(BY_COACH)
    for report in services.safety_reports.of_coach(client.id, person):
        with st.container(border=True, key=f"safety_reported_{report.session_id}"):
            of_when = f"of {day_and_time(sessions[report.session_id])} " if report.session_id in sessions else ""
            st.write(f"On {day_and_time(report.reported_at)} you reported that the session {of_when}was not safe.")
            if report.words:
                st.text(report.words)
            args = (report.session_id, person)
            key = f"take_report_back_{report.session_id}"
            st.button("Take the report back", key=key, on_click=_take_back_as_coach, args=args)
    if not sessions:
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
            "Which session?", list(sessions), key=form.key("unsafe_session"),
            format_func=lambda id: day_and_time(sessions[id]),
        )  # fmt: skip
        st.text_area("What happened? (optional)", max_chars=MAX_WORDS_CHARS, key=form.key("unsafe_words"), height=90)
        st.form_submit_button("Report it", on_click=_report_as_coach, args=(person, client, form))


def _who_reported(report: SafetyReport) -> str:
    """Such as "**ana@example.com** reported it on 1 May 2026, 12:00", whoever it was."""
    of = plain(get_services().people.email_of(report.client_id) or "somebody who is no member")
    when = day_and_time(report.reported_at)
    if report.coach is None:
        return f"**{of}** reported it on {when}"
    return f"**{plain(report.coach)}** reported it on {when}, as the human coach of **{of}**"


def _report_as_coach(person: Person, client: Client, form: CreateForm) -> None:
    session, words = str(form.value("unsafe_session") or ""), str(form.value("unsafe_words") or "")
    form.submit(
        BY_COACH,
        lambda: get_services().safety_reports.report_as_coach(session, client.id, person, words),
        "The administrators of your community can read it now.",
        # A form that is drawn anew names a session of its own accord.
        empty=not words,
    )


def _take_back_as_coach(session_id: str, person: Person) -> None:
    run_action(BY_COACH, lambda: get_services().safety_reports.take_back_as_coach(session_id, person), TAKEN_BACK)


def _report(session: Session) -> None:
    words = str(st.session_state.get("not_safe") or "")
    open_help_after(words)
    run_action(
        PLACE,
        lambda: get_services().safety_reports.report(session, words),
        "The administrators of your community can read it now.",
    )


def _take_back(session: Session) -> None:
    run_action(PLACE, lambda: get_services().safety_reports.take_back(session), TAKEN_BACK)
