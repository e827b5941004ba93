"""Which of a coach's clients are in a session now, and the question to join one."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from coachroom.app.current import get_services
from coachroom.app.live import ask_to_join
from coachroom.caseload.in_session import ClientInSession
from coachroom.charts.formatting import some
from coachroom.people.people import Person
from coachroom.ui.flash import FLASH, run_action
from coachroom.ui.formatting import plain
from coachroom.ui.visitor import visitor

PLACE = "ask_to_join"
# The join whose page is to be opened, and the session whose question was refused, with why.
TO_OPEN, REFUSED = "join_to_open", "join_refused"
JOIN_PAGE = "pages/Join.py"
REFRESH_SECONDS = 5
REASONS = (
    "We agreed that I look in",
    "I would like to listen for a few minutes",
    "You asked for help with your goal",
    "I have an idea for your next step",
)
NOBODY = "None of your clients is in a session right now. Whoever begins one appears here by itself."
WHAT_COMES = (
    "The client reads your name and why you ask, and has a minute to let you in. You hear and see nothing before. "
    "They see all the time that you are there, and can ask you to leave."
)


def in_session_now(person: Person) -> None:
    """The coach's clients who talk with the AI coach now. Where coaches can join."""
    st.header("In a session now", anchor=False)
    _refreshed(person)


@st.fragment(run_every=REFRESH_SECONDS)
def _refreshed(person: Person) -> None:
    if visitor().person != person:
        # The whole page asks them to sign in.
        st.rerun(scope="app")
    if to_open := st.session_state.pop(TO_OPEN, None):
        st.switch_page(JOIN_PAGE, query_params={"join": to_open})
    found = get_services().in_session.of_coach(person)
    if not found:
        st.caption(NOBODY)
        return
    for each in found:
        with st.container(border=True, gap="small", key=f"in_session_{each.session_id}"):
            _one(person, each)
    if any(each.join_id is None for each in found):
        st.caption(WHAT_COMES)


def _one(person: Person, each: ClientInSession) -> None:
    goal = f" · goal: “{plain(each.goal)}”" if each.goal else ""
    st.markdown(f"**{plain(each.name)}**, {since_when(get_services().clock() - each.since)}{goal}")
    if each.join_coach == person.email:
        st.page_link(
            JOIN_PAGE, label="Go to this session", query_params={"join": str(each.join_id)}, icon=":material/login:"
        )
        return
    if each.join_id is not None:
        st.caption("Another coach is in this session, or has asked to join it.")
        return
    reason = f"join_reason_{each.session_id}"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            f"Why you ask {plain(each.name)}",
            REASONS,
            index=None,
            accept_new_options=True,
            placeholder="Choose, or write your own",
            key=reason,
            width=360,
        )
        st.button("Ask to join", key=f"ask_{each.session_id}", on_click=_ask, args=(person, each.session_id, reason))
    refused = st.session_state.get(REFUSED)
    if refused and refused[0] == each.session_id:
        st.error(plain(refused[1]), icon=":material/error:")


def since_when(passed: timedelta) -> str:
    """Such as: for 12 minutes."""
    minutes = int(passed.total_seconds() // 60)
    if minutes < 1:
        return "for less than a minute"
    return f"for {some(minutes, 'minute')}"


def _ask(person: Person, session_id: str, reason: str) -> None:
    words = str(st.session_state.get(reason) or "")
    st.session_state.pop(REFUSED, None)
    run_action(
        PLACE,
        lambda: ask_to_join(get_services(), person, session_id, words),
        "Asked.",
        then=lambda join: st.session_state.update({TO_OPEN: join.id}),
    )
    # A page that draws itself anew every few seconds would show it no longer than that.
    flash = st.session_state.pop(FLASH, None)
    if flash is not None and not flash[1]:
        st.session_state[REFUSED] = (session_id, flash[2])
