"""This browser tab's place in a room, remembered in its Streamlit session."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from coachroom.app.current import get_services
from coachroom.live.states import JoinStatus
from coachroom.rooms.states import Session
from coachroom.settings import SelfView
from coachroom.web.runtime import request_rerun

_KEY = "seat"
_LAST = "last_seat"


@dataclass
class TabState:
    """What the tab chose when it entered, and what became of it."""

    session_id: str
    camera_on: bool
    microphone: bool
    muted: bool = False
    chose_typing: bool = False
    # Whether the client holds a button to talk; None: as their profile says.
    hold_to_talk: bool | None = None
    # Whether the browser can send the self-view through the server; where it cannot, the page says so.
    webrtc: bool = True
    room_id: str = ""
    camera_id: str | None = None
    microphone_id: str | None = None
    # How the self-view works in this session; chosen when it is first drawn.
    self_view: SelfView | None = None
    # Which of this tab's frames shows the self-view through the server, and whether it has let go of the camera.
    frame: int = 0
    released: bool = True
    # What was said in the session before this tab entered it; read when the agent's box is first drawn.
    said_before: list[dict[str, str]] | None = None
    # Since when the client writes instead of talking; None while they do not.
    writing_since: datetime | None = None
    # Whether a session that begins is off the record.
    off_record: bool = False
    # True once, right after the Enter button: the browser still counts it as the person's own action.
    fresh: bool = False


def this_tab() -> str:
    """The Streamlit session this script runs for."""
    context = get_script_run_ctx()
    if context is None:
        raise RuntimeError("a page runs only inside Streamlit")
    return context.session_id


def tab_state() -> TabState | None:
    """This tab's place, if it took one."""
    taken: TabState | None = st.session_state.get(_KEY)
    return taken


def state_of_ended_room(room_id: str) -> TabState | None:
    """This tab's place, or the last one it had, if that was in this room.

    A request that was on its way while the session ended brings the tab back to the room for a moment, sometimes
    with the next page's address, which names no room.
    """
    taken: TabState | None = tab_state() or st.session_state.get(_LAST)
    return taken if taken is not None and room_id in (taken.room_id, "") else None


def take_over(room_id: str, client_id: str, chosen: TabState | None) -> tuple[Session, TabState]:
    """Enters the room, or takes the session over from another tab, which shows that at once."""
    services = get_services()
    off_record = chosen is not None and chosen.off_record
    session, other_tab = services.sessions.enter(room_id, client_id, this_tab(), off_record=off_record)
    if off_record and not session.off_record:
        # Another tab began it meanwhile.
        services.off_record.take(session)
    request_rerun(other_tab)
    # After a reload nobody has asked again: what worked before is assumed to work still.
    taken = chosen or TabState(session.id, camera_on=_camera_goes_on(session), microphone=True)
    if chosen is not None:
        services.rooms.note_camera(session.id, on=chosen.camera_on)
    taken.session_id, taken.room_id = session.id, room_id
    if chosen is None and services.written_sessions.steps_of(session.id):
        taken.writing_since = services.clock()
    profiles = services.coaching.profiles
    if taken.hold_to_talk is None:
        taken.hold_to_talk = profiles.get(client_id).hold_to_talk
    else:
        profiles.keep_hold_to_talk(client_id, taken.hold_to_talk)
    st.session_state[_KEY] = taken
    return session, taken


def _camera_goes_on(session: Session) -> bool:
    """Whether the camera of a tab that takes the session up is on by itself: not in a pause, nor where it was off."""
    if session.paused_at is not None:
        return False
    services = get_services()
    before = services.rooms.camera_on(session.id)
    if before is not None:
        return before
    # Where nobody knows, a human coach sees nothing that the client did not switch on.
    join = services.joins.open_in(session.id)
    return join is None or join.status is not JoinStatus.ADMITTED


def has_seat(session_id: str) -> bool:
    """Whether this tab, and no other, is in the session now."""
    taken = tab_state()
    return (
        taken is not None
        and taken.session_id == session_id
        and get_services().sessions.has_seat(session_id, this_tab())
    )


def leave_room() -> None:
    """The tab shows something else now. The session waits for the grace period."""
    taken = st.session_state.pop(_KEY, None)
    if taken is not None:
        st.session_state[_LAST] = taken
        services = get_services()
        services.presence.leave(this_tab(), services.clock())
