"""What was not safe in a session: where its client or their human coach reports it, and administrators read it."""

from __future__ import annotations

import streamlit as st

from coachroom.app.current import get_services
from coachroom.people.people import Person
from coachroom.rooms.safety_reports import MAX_FIRST_OF_ONE, MAX_WORDS_CHARS, SafetyReport
from coachroom.rooms.states import Session
from coachroom.ui.flash import run_action, show_flash
from coachroom.ui.formatting import day_and_time, plain
from coachroom.ui.help_now import open_help_after
from coachroom.ui.presses import may_press_again
from coachroom.ui.reported_words import CHANGED, REPORTED, TAKEN_BACK, reported_words

PLACE, DEALT_WITH = "safety_report", "safety_report_dealt_with"
SHOWN_AT_ONCE = 20
SHOWN, READ_SINCE = "safety_reports_shown", "safety_reports_read_since"


def report_safety(session: Session) -> None:
    """The form for the session's client, or what they reported and the way back."""
    reported = get_services().safety_reports.of_session(session.id)
    show_flash(PLACE)
    if reported is not None:
        with st.container(border=True, key="safety_reported"):
            st.write(f"On {day_and_time(reported.reported_at)} you reported that this session was not safe.")
            reported_words(reported, PLACE, lambda words: _report(session, words, CHANGED))
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
        st.button("Report it", key="send_safety_report", on_click=_report_first, args=(session,))


def safety_reports(person: Person) -> None:
    """For administrators: the open reports, then the latest, the others on request; nothing where there is none."""
    services = get_services()
    counts = services.safety_reports.counts()
    if not counts.all:
        return
    most = int(st.session_state.get(SHOWN, SHOWN_AT_ONCE))
    # What is dealt with here keeps its place, so that no other one comes under the pointer, until all of it is.
    reports = services.safety_reports.latest(most, st.session_state.setdefault(READ_SINCE, services.clock()))
    if counts.open and all(report.dealt_with_at for report in reports):
        st.session_state[READ_SINCE] = services.clock()
        reports = services.safety_reports.latest(most, st.session_state[READ_SINCE])
    st.header("Reports that a session was not safe", anchor=False)
    show_flash(DEALT_WITH)
    others = counts.all - len(reports)
    st.write(f"{counts.open} of {counts.all} not dealt with yet." if counts.open else "All are dealt with.")
    if len(reports) > MAX_FIRST_OF_ONE:
        st.write(
            f"Shown: {len(reports)} of {counts.all}, those that are not dealt with first. Of each person the latest "
            f"{MAX_FIRST_OF_ONE} come first, and what else they reported behind those of all."
        )
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
            if services.people.email_of(report.client_id) is not None:
                st.page_link(
                    "pages/Clients.py",
                    label="The client's sessions and ratings",
                    query_params={"client": report.client_id},
                    icon=":material/person:",
                )
            _dealing(person, report)
    if others > 0:
        st.button(f"Show {min(others, SHOWN_AT_ONCE)} more", key="more_safety_reports", on_click=_show_more)
    st.caption(
        "Write to them at these addresses. A report about a version that is compared with another stops that "
        "comparison."
    )


def _who_reported(report: SafetyReport) -> str:
    """Such as "**ana@example.com** reported it on 1 May 2026, 12:00", whoever it was; and when they changed it."""
    of = plain(get_services().people.email_of(report.client_id) or "somebody who is no member")
    when = day_and_time(report.reported_at)
    if report.changed_at is not None:
        when += f" and changed it on {day_and_time(report.changed_at)}"
    if report.coach is None:
        return f"**{of}** reported it on {when}"
    return f"**{plain(report.coach)}** reported it on {when}, as the human coach of **{of}**"


def _dealing(person: Person, report: SafetyReport) -> None:
    of = f"{report.session_id}_{report.coach or ''}"
    if report.dealt_with_at is None:
        # Somebody may have opened it again.
        may_press_again(_once(report))
        args = (person, report)
        st.button("Mark as dealt with", key=f"deal_with_{of}", on_click=_deal_with, args=args)
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            f"{plain(report.dealt_with_by or '')} marked it as dealt with on {day_and_time(report.dealt_with_at)}."
        )
        st.button("Open it again", key=f"open_again_{of}", on_click=_open_again, args=(person, report))


def _deal_with(person: Person, report: SafetyReport) -> None:
    reports = get_services().safety_reports
    done = "Dealt with. Whoever reported it reads that."
    run_action(DEALT_WITH, lambda: reports.deal_with(report, person), done, once=_once(report))


def _open_again(person: Person, report: SafetyReport) -> None:
    reports = get_services().safety_reports
    run_action(DEALT_WITH, lambda: reports.open_again(report, person), "Open again.")


def _once(report: SafetyReport) -> str:
    return f"deal_with {report.session_id} {report.coach} {report.reported_at} {report.changed_at}"


def _show_more() -> None:
    st.session_state[SHOWN] = int(st.session_state.get(SHOWN, SHOWN_AT_ONCE)) + SHOWN_AT_ONCE


def _report_first(session: Session) -> None:
    _report(session, str(st.session_state.get("not_safe") or ""), REPORTED)


def _report(session: Session, words: str, done: str) -> None:
    open_help_after(words)
    run_action(PLACE, lambda: get_services().safety_reports.report(session, words), done)


def _take_back(session: Session) -> None:
    run_action(PLACE, lambda: get_services().safety_reports.take_back(session), TAKEN_BACK)
