"""Before the room: what to know and agree to, then the device check and the Enter button."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from coachroom.app.current import get_services
from coachroom.rooms import consent
from coachroom.settings import AgentProvider
from coachroom.ui import components
from coachroom.ui.tab_state import TabState

PROCESSORS = {
    AgentProvider.PRACTICE: "a practice coach on this computer; nothing leaves it",
    AgentProvider.ELEVENLABS: "ElevenLabs, a company that provides the voice and the AI behind it",
}


def agree(client_id: str) -> bool:
    """Asks for consent to the current notice, before anything starts; True once it is given."""
    services = get_services()
    if services.rooms.has_consent(client_id):
        return True
    notice = consent.notice(processor=PROCESSORS[services.settings.provider])
    with st.container(key="reading"):
        st.title("Before you begin")
        for paragraph in notice.paragraphs:
            st.write(paragraph)
        agreed = st.checkbox(notice.agreement, key="agreed")
        if st.button("I agree, go on", type="primary", disabled=not agreed, key="give_consent"):
            services.rooms.give_consent(client_id)
            st.rerun()
        st.caption(
            f"Notice of {notice.version}. If you don't agree, nothing is recorded: simply close this page. "
            "Next you check your camera and microphone."
        )
    return False


def device_check() -> TabState | None:
    """Camera and microphone check; what the person chose, once they press Enter."""
    with st.container(key="reading"):
        st.title("Ready when you are")
        st.write(
            "Check that you see yourself and that the bar moves when you speak. When you enter, the coach greets "
            "you. You can type instead of talking, and end at any time."
        )
    result = components.lobby(key="lobby")
    return tab_state(result) if result else None


def tab_state(result: Mapping[str, Any]) -> TabState:
    """The state of a tab that enters a room. `result`: a LobbyResult of component_data.js."""
    return TabState(
        session_id="",
        camera_on=bool(result.get("camera")),
        microphone=bool(result.get("microphone")),
        camera_id=result.get("camera_id"),
        microphone_id=result.get("microphone_id"),
        fresh=True,
    )
