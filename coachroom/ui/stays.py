"""What was just settled keeps its place on the page until the page is left: nothing moves under the pointer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

STAYS = "stays"


def open_page(field: str) -> None:
    """At the top of a page: where it was just opened, nothing stays from another time.

    `field`: the beginning of the key of a field that is always on the page. Streamlit drops it when another page is
    drawn.
    """
    if not any(str(key).startswith(field) for key in st.session_state):
        st.session_state[STAYS] = {}


def staying(place: str) -> Mapping[str, Any]:
    """What stays in this part of the page, by id."""
    there: Mapping[str, Any] = st.session_state.get(STAYS, {}).get(place, {})
    return there


def stay(place: str, things: Mapping[str, Any]) -> None:
    """In a callback: these stay where they are."""
    every = st.session_state.get(STAYS, {})
    st.session_state[STAYS] = {**every, place: {**every.get(place, {}), **things}}


def leave(place: str, ids: Mapping[str, Any] | set[str]) -> None:
    """In a callback: these are as before and need no place kept."""
    every = st.session_state.get(STAYS, {})
    left = {each: thing for each, thing in every.get(place, {}).items() if each not in ids}
    st.session_state[STAYS] = {**every, place: left}
