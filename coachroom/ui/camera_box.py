"""The "You" box: the person's own camera, through this server and back or inside the browser alone."""

from __future__ import annotations

import time
from typing import Any

import streamlit as st
from streamlit_webrtc import WebRtcMode, webrtc_streamer
from streamlit_webrtc.component import generate_frontend_component_key

from coachroom.app.current import get_services
from coachroom.settings import SelfView
from coachroom.ui import components
from coachroom.ui.tab_state import TabState

KEY = "self_view"
GIVE_UP_SECONDS = 12
WATCH_EVERY_SECONDS = 3
VIDEO = {"width": {"ideal": 480}, "height": {"ideal": 360}, "frameRate": {"ideal": 15, "max": 15}}
LOOKS = {
    "autoPlay": True,
    "muted": True,
    "playsInline": True,
    "controls": False,
    "style": {"width": "100%", "transform": "scaleX(-1)", "borderRadius": "0.6rem"},
}


def camera_box(seat: TabState) -> bool:
    """Shows the person to themselves while `seat.camera_on`; switched off, the camera is let go of.

    True while that is still under way.
    """
    if _mode(seat) is SelfView.LOCAL:
        _local(seat)
        return False
    return _through_server(seat)


def _mode(seat: TabState) -> SelfView:
    """Fixed for this tab's session: the setting, unless the server is full or WebRTC did not connect."""
    if seat.self_view is None:
        services = get_services()
        wanted = services.settings.self_view
        most = services.settings.max_webrtc_rooms if wanted is SelfView.WEBRTC else 0
        through_server = services.presence.claim_webrtc(seat.session_id, most=most)
        seat.self_view = SelfView.WEBRTC if through_server else SelfView.LOCAL
    return seat.self_view


def _local(seat: TabState) -> None:
    components.self_view({"on": seat.camera_on, "camera_id": seat.camera_id, "label": "You"}, key=f"{KEY}_local")


def _through_server(seat: TabState) -> bool:
    # Each time the camera goes on, and each time the person comes back to the room, it gets a new frame: one that is
    # asked to start again starts two cameras and stops only one, or connects with the answer to its last call.
    if not seat.camera_on and seat.released:
        st.write("Your camera is off.")
        return False
    if seat.camera_on and seat.released:
        seat.frame = st.session_state["self_view_frames"] = st.session_state.get("self_view_frames", 0) + 1
        seat.released = False
    key = f"{KEY}_{seat.frame}"
    # Playing may only be asked for once the frame has reported in: on the very first run it would ask for the
    # camera three times and then connect the wrong answer.
    armed = st.session_state.get(generate_frontend_component_key(key)) is not None
    wanted = seat.camera_on and armed
    ice: Any = {"iceServers": get_services().settings.ice_servers}
    context = webrtc_streamer(
        key=key,
        mode=WebRtcMode.SENDRECV,
        frontend_rtc_configuration=ice,
        # The server is reached at its own address; asking a STUN server of its own would only delay the answer.
        server_rtc_configuration={"iceServers": []},
        media_stream_constraints={"video": _video(seat), "audio": False},
        sendback_audio=False,
        desired_playing_state=wanted,
        media_toggle_controls=False,
        video_html_attrs=LOOKS,
    )
    if wanted and not context.state.playing:
        _watch(seat, context)
    else:
        st.session_state.pop("self_view_since", None)
    seat.released = not seat.camera_on and not context.state.playing and not context.state.signalling
    return not seat.camera_on and not seat.released


def _video(seat: TabState) -> dict[str, Any]:
    return VIDEO | ({"deviceId": {"exact": seat.camera_id}} if seat.camera_id else {})


@st.fragment(run_every=WATCH_EVERY_SECONDS)
def _watch(seat: TabState, context: Any) -> None:
    """Gives up on a connection that does not come, and shows the picture without the server instead."""
    since = st.session_state.setdefault("self_view_since", time.monotonic())
    if context.state.playing:
        st.session_state.pop("self_view_since", None)
    elif time.monotonic() - since > GIVE_UP_SECONDS:
        st.session_state.pop("self_view_since", None)
        get_services().presence.claim_webrtc(seat.session_id, most=0)
        seat.self_view = SelfView.LOCAL
        st.rerun(scope="app")
