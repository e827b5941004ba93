"""The room page's states: lobby, room, seat lost, over."""

from __future__ import annotations

from typing import NoReturn

import streamlit as st

from coachroom.app.current import get_services
from coachroom.rooms.states import EndReason, Room, Session
from coachroom.ui import components
from coachroom.ui.agent_box import agent_box
from coachroom.ui.camera_box import camera_box
from coachroom.ui.lobby import agree, device_check
from coachroom.ui.tab_state import TabState, take_over

SESSION_PAGE = "pages/Session.py"
CONTROLS = "controls"


def lobby(room: Room, client_id: str) -> None:
    """Consent, device check, and in."""
    if not agree(client_id):
        return
    chosen = device_check()
    if chosen is not None:
        take_over(room.id, client_id, chosen)
        st.rerun()


def room(session: Session, seat: TabState) -> None:
    """You, the AI coach, the human coach to come, and the controls."""
    pressed = components.pressed(CONTROLS)
    # An end that was sent twice must not end the next session.
    if pressed["end"] and pressed["end"]["session_id"] == session.id:
        get_services().sessions.end(session.id, EndReason.CLIENT)
        leave_for_session_page(seat)
    if pressed["camera"]:
        # Before the camera's box is drawn: drawn twice in a row, its frame would start two cameras.
        seat.camera_on = bool(pressed["camera"]["on"])
    with st.container(key="room"):
        grid = st.grid(3, min_column_width=280, key="boxes")
        with grid.cell(), st.container(key="you", border=True):
            st.subheader("You", anchor=False)
            camera_busy = camera_box(seat)
        with grid.cell(), st.container(key="agent_cell", border=True):
            agent_box(session, seat)
        with grid.cell(), st.container(key="human_coach", border=True):
            st.subheader("Human coach", anchor=False)
            st.write("Feature coming soon.")
            st.caption("One day a coach of your community can join you here. Today nobody else is in this room.")
        state = {"session_id": session.id, "camera_on": seat.camera_on, "camera_busy": camera_busy}
        components.controls(state, key=CONTROLS)


def taken_over(room: Room, client_id: str) -> None:
    """Another tab has the room now."""
    with st.container(key="reading"):
        st.title("Your room is open in another window")
        st.write("The conversation goes on there. Here the microphone and the camera are off.")
        if st.button("Continue here instead", type="primary", key="take_back"):
            take_over(room.id, client_id, None)
            st.rerun()


def leave_for_session_page(seat: TabState) -> NoReturn:
    """The session is over: on to its page, where it can be rated and read. Arrived there, the tab has no seat."""
    st.switch_page(SESSION_PAGE, query_params={"session": seat.session_id})
