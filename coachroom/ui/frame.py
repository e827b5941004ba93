"""What is around each page: its title in the tab, who is signed in, the way out, and help."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from coachroom.app.current import get_services
from coachroom.people.people import Person, Role
from coachroom.ui import components
from coachroom.ui.formatting import plain
from coachroom.ui.help_now import help_button
from coachroom.ui.sign_in import ROLE_WORDS, SIGNS_OUT_EVERYWHERE, sign_out_button

ICON = Path(__file__).parent / "assets" / "agent.svg"


def frame(title: str, person: Person | None) -> None:
    """Draws it for the page with this title; `person`: who is signed in."""
    shown = title if person is not None else "Sign in"
    st.set_page_config(page_title=f"{shown} · coachroom", page_icon=ICON, layout="wide")
    with st.container(key="frame", horizontal=True, gap="xsmall"):
        components.frame({"page": shown, "worker": get_services().settings.service_worker}, key="page_frame")
        if person is None:
            return
        if person.role is Role.CLIENT:
            help_button()
        with st.popover(plain(person.name) or "You", key="person", icon=":material/person:"):
            st.caption(f"Signed in as {plain(person.email)}, {ROLE_WORDS[person.role]}")
            sign_out_button(key="leave")
            st.caption(SIGNS_OUT_EVERYWHERE)
