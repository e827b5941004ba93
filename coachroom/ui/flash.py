"""Runs what a button asks for before the page is drawn again, and shows there how it went."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import streamlit as st

from coachroom.errors import CoachroomError, StoreError
from coachroom.ui.formatting import plain
from coachroom.ui.presses import PressOutcome, presses
from coachroom.ui.visitor import visitor

FLASH = "flash"
Result = TypeVar("Result")


def run_action(
    place: str,
    work: Callable[[], Result],
    done: str | Callable[[Result], str],
    after: Mapping[str, Any] | None = None,
    *,
    once: str | None = None,
    then: Callable[[Result], None] | None = None,
) -> None:
    """In a callback: runs `work`; `show_flash(place)` then shows `done`, or the error.

    `done` may be made from the result of `work`. `after`: what fields hold once it is done; after an error, all
    fields keep what was typed. `then` does what else the page needs. `once` names what this tab does at most once;
    pressed again, what the first press has left to do is done. `work` must not touch the page's state. Somebody whose
    sign-in is over does nothing here, and the page asks them to sign in: callbacks run before the page's first line.
    """
    try:
        if visitor().person is None:
            return
    except StoreError as error:
        st.session_state[FLASH] = (place, False, str(error))
        return
    pressed = presses()
    with pressed.lock:
        if once in pressed.done and pressed.done[once] is None:
            return
        outcome = pressed.done.get(once or "") or _outcome(work, done)
        if once is not None and outcome.succeeded:
            pressed.done[once] = outcome
    st.session_state[FLASH] = (place, outcome.succeeded, outcome.text)
    if outcome.succeeded:
        st.session_state.update(dict(after or {}))
        if then is not None:
            then(outcome.result)
        if once is not None:
            pressed.done[once] = None


def _outcome(work: Callable[[], Result], done: str | Callable[[Result], str]) -> PressOutcome:
    try:
        result = work()
    except CoachroomError as error:
        return PressOutcome(False, str(error))
    return PressOutcome(True, done if isinstance(done, str) else done(result), result)


def show_flash(place: str) -> None:
    """Shows once how the action in this part of the page went.

    A form calls it before its button, which is where whoever pressed it looks.
    """
    flash = st.session_state.get(FLASH)
    if flash is None or flash[0] != place:
        return
    del st.session_state[FLASH]
    _, succeeded, text = flash
    if succeeded:
        st.toast(plain(text), icon=":material/check:")
    else:
        st.error(plain(text), icon=":material/error:")
