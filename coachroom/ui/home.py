"""Home: one question a role. A client: what is my next step?"""

from __future__ import annotations

import streamlit as st

from coachroom.people.people import Person, Role
from coachroom.services import services
from coachroom.ui.components import post_button
from coachroom.ui.sign_in import sign_out_button
from coachroom.ui.words import day_and_time, length, outcome


def home(person: Person) -> None:
    """The page everybody starts from."""
    with st.container(key="reading"):
        _HOMES[person.role](person)
        st.divider()
        st.caption(f"Signed in as {person.email}")
        sign_out_button()


def _client_home(person: Person) -> None:
    house = services()
    sessions = house.rooms.sessions_of(str(person.client_id))
    st.title(f"Hello {person.name.split()[0] if person.name.split() else ''}".strip())
    going_on = next((session for session in sessions if not session.status.over), None)
    if going_on is not None:
        st.write("Your session is still open. Go back in, and the coach picks up where you were.")
        post_button("Go back to my room", "/room/create", key="create_room")
    else:
        st.write(
            "Your room is private. First you check your camera and microphone, then you enter and the coach greets "
            f"you. A session lasts up to {house.settings.session_minutes:g} minutes; you can end it at any time."
        )
        post_button("Open my room", "/room/create", key="create_room")
    past = [session for session in sessions if session.status.over]
    if past:
        st.subheader("Your past sessions")
        for session in past:
            span = length((session.end_time or session.start_time) - session.start_time)
            label = f"{day_and_time(session.start_time)} · {span} · {outcome(session)}"
            st.page_link("pages/Session.py", label=label, query_params={"session": session.id})


def _coach_home(person: Person) -> None:
    st.title("Your clients")
    clients = services().people.clients_of(person.email)
    if clients.empty:
        st.write("No client is assigned to you yet. An administrator assigns clients to coaches.")
        return
    st.dataframe(clients, hide_index=True, width="stretch")


def _analyst_home(_: Person) -> None:
    st.title("What is there to take away")
    st.write("The tables as they stand now. `python -m coachroom snapshot DIR` writes all of them as Parquet.")
    st.dataframe(services().people.inventory(), hide_index=True, width="content")


def _admin_home(_: Person) -> None:
    house = services()
    st.title("Is everything in order?")
    st.write(f"{len(house.presence)} rooms are occupied right now. The coach is: {house.settings.provider}.")
    st.write("`python -m coachroom doctor` checks the rest.")
    st.page_link("pages/Members.py", label="Members")


_HOMES = {
    Role.CLIENT: _client_home,
    Role.COACH: _coach_home,
    Role.ANALYST: _analyst_home,
    Role.ADMIN: _admin_home,
}
