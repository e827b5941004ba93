"""Does what a button asks for before the page is drawn again, and says there how it went."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from coachroom.errors import CoachroomError
from coachroom.ui.formatting import plain

FLASH = "said"


def run_action(place: str, work: Callable[[], object], done: str, after: Mapping[str, Any] | None = None) -> None:
    """In a callback: does `work`; `say(place)` then shows `done`, or why it could not be.

    `after`: what fields hold once it is done; where it could not be, all keep what was typed.
    """
    try:
        work()
    except CoachroomError as error:
        st.session_state[FLASH] = (place, False, str(error))
    else:
        st.session_state[FLASH] = (place, True, done)
        st.session_state.update(dict(after or {}))


def show_flash(place: str) -> None:
    """Shows what was done in this part of the page, once."""
    said = st.session_state.get(FLASH)
    if said is None or said[0] != place:
        return
    del st.session_state[FLASH]
    if said[1]:
        st.toast(plain(said[2]), icon=":material/check:")
    else:
        st.error(plain(said[2]), icon=":material/error:")
