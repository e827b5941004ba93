"""The room: lobby, then the three boxes and the controls."""

from __future__ import annotations

import streamlit as st

from coachroom.app.current import get_services
from coachroom.errors import RoomNotFoundError
from coachroom.people.people import Role
from coachroom.people.refused_access import Refused
from coachroom.traces.context import about
from coachroom.ui import guard
from coachroom.ui.own_days import own_zone
from coachroom.ui.room import SESSION_PAGE, leave_for_session_page, lobby, room, taken_over
from coachroom.ui.tab_state import has_seat, state_of_ended_room, tab_state, take_over

person = guard.require(Role.CLIENT)
own_zone(str(person.client_id))
rooms, client_id = get_services().rooms, str(person.client_id)
room_id = str(st.query_params.get("room", ""))
taken = tab_state()
try:
    # Another run of this page may end the session meanwhile. It ends session and room in one transaction, and then
    # gives up the seat: read in the other order, none of the three is seen without what came before it.
    seated = taken is not None and has_seat(taken.session_id)
    session = rooms.open_session_in(room_id)
    here = rooms.find(room_id, client_id)
    if session is not None and (taken is None or taken.session_id != session.id):
        session, taken = take_over(here.id, client_id, None)
        seated = True
except RoomNotFoundError as error:
    ended = state_of_ended_room(room_id)
    if ended is not None:
        leave_for_session_page(ended)
    get_services().refused_access.note(Refused.ROOM, actor=person.email, subject="room")
    st.title("This room is not here", anchor=False)
    st.write(str(error))
    over = rooms.last_session_in(room_id, client_id)
    if over is not None:
        st.page_link(SESSION_PAGE, label="Go to the session you had in it", query_params={"session": over.id})
    st.page_link("pages/Start.py", label="Go to your home page")
    st.stop()

if session is None or taken is None:
    lobby(here, client_id)
elif seated:
    with about(session=session.id):
        room(session, taken)
else:
    taken_over(here, client_id)
