"""The room page's states: lobby, room, taken over, over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NoReturn

import streamlit as st

from coachroom.app.current import get_services
from coachroom.rooms.states import EndReason, Room, Session
from coachroom.settings import SelfView
from coachroom.ui import components
from coachroom.ui.agent_box import KEY as AGENT_BOX
from coachroom.ui.agent_box import agent_box
from coachroom.ui.approach import approach_in_lobby
from coachroom.ui.budget import nothing_left, what_is_left
from coachroom.ui.camera_box import camera_box, keep_in_browser
from coachroom.ui.human_coach_box import human_coach_box, open_join
from coachroom.ui.lobby import agree, device_check, off_record_choice
from coachroom.ui.tab_state import TabState, take_over
from coachroom.ui.written_session import end_of_writing, written_session

SESSION_PAGE = "pages/Session.py"
CONTROLS = "controls"


def lobby(room: Room, client_id: str) -> None:
    """Consent, device check, and in."""
    if not agree(client_id):
        return
    if nothing_left(client_id):
        _offer_writing(room, client_id, "You can go through your topic alone, in four short steps.")
        return
    held_before = get_services().coaching.profiles.get(client_id).hold_to_talk
    chosen = device_check(what_is_left(client_id), hold_to_talk=held_before)
    approach_in_lobby(client_id)
    off_record = off_record_choice()
    # What is written is kept: that is what it is for.
    if not off_record:
        _offer_writing(
            room, client_id, "Or leave the coach aside today, and go through your topic in four short steps."
        )
    if chosen is not None:
        chosen.off_record = off_record
        take_over(room.id, client_id, chosen)
        st.rerun()


def _offer_writing(room: Room, client_id: str, words: str) -> None:
    with st.container(key="reading_below"):
        st.write(words)
        pressed = st.button("Write instead", key="write_instead")
    if pressed:
        writing = TabState("", camera_on=False, microphone=False, writing_since=get_services().clock())
        take_over(room.id, client_id, writing)
        st.rerun()


def room(session: Session, tab: TabState) -> None:
    """You, the AI coach, the human coach, and the controls."""
    _act(session, tab)
    _comes_back()
    if tab.writing_since is not None:
        if written_session(session, tab):
            end_of_writing(session)
            leave_for_session_page(tab)
        return
    join = open_join(session, tab)
    with st.container(key="room_title"):
        st.title("Your room", anchor=False)
    with st.container(key="room"):
        with st.container(key="boxes"):
            with st.container(key="you", border=True):
                st.header("You", anchor=False)
                camera_busy = camera_box(tab)
            with st.container(key="agent_cell", border=True):
                agent_box(session, tab)
            with st.container(key="human_coach", border=True):
                human_coach_box(session, join)
        components.controls(_state(session, tab, camera_busy), key=CONTROLS)


@st.fragment(run_every=timedelta(days=1))
def _comes_back() -> None:
    """Nothing. Streamlit runs a page again whose connection is a new one only where something on it runs by itself.

    The new connection may be to another process, which must learn that the client is here.
    """


def _act(session: Session, tab: TabState) -> None:
    """Does what was pressed, before the camera's box is drawn: drawn twice, its frame would start two cameras."""
    pressed = components.pressed(CONTROLS)
    # An end that was sent twice must not end the next session.
    if pressed["end"] and pressed["end"]["session_id"] == session.id:
        get_services().sessions.end(session.id, EndReason.CLIENT)
        leave_for_session_page(tab)
    if pressed["camera"]:
        tab.camera_on = bool(pressed["camera"]["on"])
        get_services().rooms.note_camera(session.id, on=tab.camera_on)
    if components.wants_to_write(AGENT_BOX):
        tab.writing_since = get_services().clock()
    if pressed["hold_to_talk"]:
        tab.hold_to_talk = bool(pressed["hold_to_talk"]["on"])
        get_services().coaching.profiles.keep_hold_to_talk(session.client_id, tab.hold_to_talk)
    if pressed["no_webrtc"]:
        keep_in_browser(tab)


def _state(session: Session, tab: TabState, camera_busy: bool) -> dict[str, Any]:
    return {
        "session_id": session.id,
        "camera_on": tab.camera_on,
        "hold_to_talk": bool(tab.hold_to_talk),
        "camera_busy": camera_busy,
        "needs_webrtc": tab.self_view is SelfView.WEBRTC,
    }


def taken_over(room: Room, client_id: str) -> None:
    """Another tab has the room now."""
    with st.container(key="reading"):
        st.title("Your room is open in another window", anchor=False)
        st.write("The conversation goes on there. Here the microphone and the camera are off.")
        if st.button("Continue here instead", type="primary", key="take_back"):
            take_over(room.id, client_id, None)
            st.rerun()


def leave_for_session_page(tab: TabState) -> NoReturn:
    """The session is over: on to its page, where it can be rated and read. Arrived there, the tab has no tab."""
    st.switch_page(SESSION_PAGE, query_params={"session": tab.session_id})
