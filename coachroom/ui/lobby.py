"""Before the room: what to know and agree to, then the device check and the Enter button."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from coachroom.app.current import get_services
from coachroom.clock import long_date
from coachroom.privacy.circumstances import AT_PROVIDER, PROCESSORS
from coachroom.rooms import consent
from coachroom.ui import components
from coachroom.ui.tab_state import TabState

OFF_RECORD = "Off the record: keep nothing of this session"
WHAT_IT_MEANS = (
    "Nothing of it is stored here but when it was and how long it took: no transcript, no notes, no ratings. The "
    "coach knows nothing of it later, and if the line breaks, not what you said before. It cannot be put on the "
    "record afterwards. In the room there is a button for it too."
)


def agree(client_id: str) -> bool:
    """Asks for consent to the current notice, before anything starts; True once it is given."""
    services = get_services()
    if services.rooms.has_consent(client_id):
        return True
    notice = consent.notice(processor=PROCESSORS[services.settings.provider])
    with st.container(key="reading"):
        st.title("Before you begin", anchor=False)
        for paragraph in notice.paragraphs:
            st.write(paragraph)
        agreed = st.checkbox(notice.agreement, key="agreed")
        with st.container(horizontal=True):
            if st.button("I agree, go on", type="primary", disabled=not agreed, key="give_consent"):
                services.rooms.give_consent(client_id)
                st.rerun()
            if st.button("No, thank you", key="decline_consent"):
                st.switch_page("pages/Start.py")
        st.caption(
            f"Notice of {long_date(notice.dated)}. If you don't agree, nothing is recorded, and your other pages "
            "stay open to you. Next you check your camera and microphone."
        )
        st.page_link("pages/Privacy.py", label="Who sees what, and for how long")
    return False


def device_check(notice: str | None = None, *, hold_to_talk: bool = False) -> TabState | None:
    """Camera and microphone check, below a notice; what the person chose, once they press Enter."""
    with st.container(key="reading"):
        st.title("Ready when you are", anchor=False)
        st.write(
            "Check that you see yourself and that the bar moves when you speak. When you enter, the coach greets "
            "you. You can start muted or only type, and end at any time."
        )
        if notice:
            st.info(notice, icon=":material/schedule:")
    result = components.lobby({"hold_to_talk": hold_to_talk}, key="lobby")
    return tab_state(result) if result else None


def off_record_choice() -> bool:
    """Whether the session that begins shall be off the record."""
    settings = get_services().settings
    with st.container(key="off_record_choice"):
        chosen = st.checkbox(OFF_RECORD, key="off_record")
        if chosen:
            st.write(f"{WHAT_IT_MEANS} {AT_PROVIDER[settings.provider]}")
    return bool(chosen)


def tab_state(result: Mapping[str, Any]) -> TabState:
    """The state of a tab that enters a room. `result`: a LobbyResult of component_data.js."""
    return TabState(
        session_id="",
        camera_on=bool(result.get("camera")),
        microphone=bool(result.get("microphone")),
        muted=bool(result.get("muted")),
        chose_typing=bool(result.get("chose_typing")),
        hold_to_talk=bool(result.get("hold_to_talk")),
        webrtc=bool(result.get("webrtc", True)),
        camera_id=result.get("camera_id"),
        microphone_id=result.get("microphone_id"),
        fresh=True,
    )
