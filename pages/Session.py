"""One past session of the client's own: how it went, a rating, and the words to read again."""

from __future__ import annotations

import streamlit as st

from coachroom.app.current import get_services
from coachroom.errors import RoomNotFoundError
from coachroom.people.people import Role
from coachroom.ui import guard
from coachroom.ui.delete_session import say_deleted
from coachroom.ui.session import session_page

person = guard.require(Role.CLIENT)
try:
    session = get_services().rooms.own_session(str(st.query_params.get("session", "")), str(person.client_id))
except RoomNotFoundError:
    if say_deleted():
        st.stop()
    st.title("We can't find this session", anchor=False)
    st.write("Your own sessions are on your home page.")
    st.page_link("pages/Start.py", label="Go to your home page")
    st.stop()
session_page(session, person)
