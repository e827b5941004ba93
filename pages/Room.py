"""The room: lobby, then the three boxes and the controls."""

from __future__ import annotations

import streamlit as st

from coachroom.app.current import get_services
from coachroom.errors import RoomNotFoundError
from coachroom.people.people import Role
from coachroom.people.refused_access import Refused
from coachroom.ui import guard
from coachroom.ui.own_days import own_zone
from coachroom.ui.room import leave_for_session_page, lobby, room, taken_over
from coachroom.ui.tab_state import has_seat, state_of_ended_room, tab_state, take_over

person = guard.require(Role.CLIENT)
own_zone(str(person.client_id))
taken = tab_state()
room_id = str(st.query_params.get("room", ""))
try:
    here = get_services().rooms.find(room_id, str(person.client_id))
except RoomNotFoundError as error:
    ended = state_of_ended_room(room_id)
    if ended is not None:
        leave_for_session_page(ended)
    get_services().refused_access.note(Refused.ROOM, actor=person.email, subject="room")
    st.title("This room is not here", anchor=False)
    st.write(str(error))
    st.page_link("pages/Start.py", label="Go to your home page")
    st.stop()

session = get_services().rooms.open_session_in(here.id)
if session is None:
    lobby(here, str(person.client_id))
elif has_seat(session.id):
    room(session, taken)
elif taken is not None and taken.session_id == session.id:
    taken_over(here, str(person.client_id))
else:
    session, taken = take_over(here.id, str(person.client_id), None)
    room(session, taken)
