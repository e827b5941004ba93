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


def camera_box(tab: TabState) -> bool:
    """Shows the person to themselves while `tab.camera_on`; switched off, the camera is let go of.

    True while that is still under way.
    """
    if _mode(tab) is SelfView.LOCAL:
        _local(tab)
        return False
    return _through_server(tab)


def _mode(tab: TabState) -> SelfView:
    """Fixed for this tab's session: the setting, unless the server is full or WebRTC is missing or fails."""
    if tab.self_view is None:
        services = get_services()
        wanted = services.settings.self_view if tab.webrtc else SelfView.LOCAL
        most = services.settings.max_webrtc_rooms if wanted is SelfView.WEBRTC else 0
        through_server = services.presence.claim_webrtc(tab.session_id, most=most)
        tab.self_view = SelfView.WEBRTC if through_server else SelfView.LOCAL
    return tab.self_view


def _local(tab: TabState) -> None:
    components.self_view({"on": tab.camera_on, "camera_id": tab.camera_id, "label": "You"}, key=f"{KEY}_local")


def _through_server(tab: TabState) -> bool:
    # Each time the camera goes on, and each time the person comes back to the room, it gets a new frame: one that is
    # asked to start again starts two cameras and stops only one, or connects with the answer to its last call.
    if not tab.camera_on and tab.released:
        st.write("Your camera is off.")
        return False
    if tab.camera_on and tab.released:
        tab.frame = st.session_state["self_view_frames"] = st.session_state.get("self_view_frames", 0) + 1
        tab.released = False
    key = f"{KEY}_{tab.frame}"
    # Playing may only be asked for once the frame has reported in: on the very first run it would ask for the
    # camera three times and then connect the wrong answer.
    armed = st.session_state.get(generate_frontend_component_key(key)) is not None
    wanted = tab.camera_on and armed
    ice: Any = {"iceServers": get_services().settings.ice_servers}
    context = webrtc_streamer(
        key=key,
        mode=WebRtcMode.SENDRECV,
        frontend_rtc_configuration=ice,
        # The server is reached at its own address; asking a STUN server of its own would only delay the answer.
        server_rtc_configuration={"iceServers": []},
        media_stream_constraints={"video": _video(tab), "audio": False},
        sendback_audio=False,
        desired_playing_state=wanted,
        media_toggle_controls=False,
        video_html_attrs=LOOKS,
    )
    if wanted and not context.state.playing:
        _watch(tab, context)
    else:
        st.session_state.pop("self_view_since", None)
    tab.released = not tab.camera_on and not context.state.playing and not context.state.signalling
    return not tab.camera_on and not tab.released


def _video(tab: TabState) -> dict[str, Any]:
    return VIDEO | ({"deviceId": {"exact": tab.camera_id}} if tab.camera_id else {})


@st.fragment(run_every=WATCH_EVERY_SECONDS)
def _watch(tab: TabState, context: Any) -> None:
    """Gives up on a connection that does not come, and shows the picture without the server instead."""
    since = st.session_state.setdefault("self_view_since", time.monotonic())
    if context.state.playing:
        st.session_state.pop("self_view_since", None)
    elif time.monotonic() - since > GIVE_UP_SECONDS:
        st.session_state.pop("self_view_since", None)
        keep_in_browser(tab)
        st.rerun(scope="app")


def keep_in_browser(tab: TabState) -> None:
    """From now on the picture of this tab stays in the browser."""
    get_services().presence.claim_webrtc(tab.session_id, most=0)
    tab.self_view = SelfView.LOCAL
