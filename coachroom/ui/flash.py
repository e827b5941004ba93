"""Runs what a button asks for before the page is drawn again, and shows there how it went."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import streamlit as st

from coachroom.errors import CoachroomError
from coachroom.ui.formatting import plain

FLASH = "flash"
Result = TypeVar("Result")


def run_action(
    place: str,
    work: Callable[[], Result],
    done: str | Callable[[Result], str],
    after: Mapping[str, Any] | None = None,
) -> None:
    """In a callback: runs `work`; `show_flash(place)` then shows `done`, or the error.

    `done` may be made from the result of `work`. `after`: what fields hold once it is done; after an error, all
    fields keep what was typed.
    """
    try:
        result = work()
    except CoachroomError as error:
        st.session_state[FLASH] = (place, False, str(error))
    else:
        st.session_state[FLASH] = (place, True, done if isinstance(done, str) else done(result))
        st.session_state.update(dict(after or {}))


def show_flash(place: str) -> None:
    """Shows once how the action in this part of the page went."""
    flash = st.session_state.get(FLASH)
    if flash is None or flash[0] != place:
        return
    del st.session_state[FLASH]
    _, succeeded, text = flash
    if succeeded:
        st.toast(plain(text), icon=":material/check:")
    else:
        st.error(plain(text), icon=":material/error:")
