"""Home before the first session: what will happen, and one question."""

from __future__ import annotations

import streamlit as st

from coachroom.app.current import get_services
from coachroom.coaching.goals import NewGoal
from coachroom.coaching.validation import MAX_TITLE_CHARS
from coachroom.ui.components import post_button
from coachroom.ui.create_form import CreateForm
from coachroom.ui.flash import show_flash
from coachroom.ui.formatting import plain

NEWCOMER = "newcomer"
ANSWER = "answer"


def is_new(client_id: str) -> bool:
    """Whether the client has never been in a session, and nothing but an answer to our question is known of them."""
    services = get_services()
    return not services.rooms.sessions_of(client_id) and not services.coaching.actions.list_for(client_id)


def newcomer(client_id: str) -> None:
    """Says what a first session is like, and asks what it might be about."""
    services = get_services()
    joins = " A human coach can join only when you let them in." if services.settings.live_coach else ""
    st.write(f"Your room is private: a talk with an AI coach, for you alone.{joins} This is what happens:")
    st.markdown(
        "1. You check your camera and microphone. Both may stay off.\n"
        "2. The coach greets you and asks what you would like to work on. You talk, or you type.\n"
        f"3. You end it when you like; it lasts up to {services.settings.session_minutes:g} minutes. Then you can "
        "read what was said and noted, and forget any of it."
    )
    post_button("Open my room", "/room/create", key="create_room")
    show_flash(NEWCOMER)
    goals = services.coaching.goals.list_for(client_id)
    if goals:
        st.write(f"The coach knows that you want to reach this: “{plain(goals[0].title)}”.")
    else:
        _question(client_id)


def _question(client_id: str) -> None:
    form = CreateForm("first_goal")
    with st.form(form.key("first_goal"), border=True):
        st.text_input(
            "What would you like to be different in a few weeks? (optional)",
            max_chars=MAX_TITLE_CHARS,
            key=form.key(ANSWER),
            placeholder="Such as: I speak up in meetings",
        )
        st.form_submit_button("Tell the coach", on_click=_answer, args=(client_id, form))


def _answer(client_id: str, form: CreateForm) -> None:
    words, add = form.value(ANSWER), get_services().coaching.goals.add
    form.submit(NEWCOMER, lambda: add(client_id, NewGoal(words or "")), "The coach will know.", empty=not words)
