"""A long list a page at a time: where one is, and the buttons to go on and back."""

from __future__ import annotations

import streamlit as st


def page_now(place: str) -> int:
    """The page that is open of the list `place`, from 0."""
    return int(st.session_state.get(place, 0))


def turn_to(place: str, page: int) -> None:
    st.session_state[place] = page


def show_paging(place: str, size: int, total: int, counted: str, *, back: str, on: str) -> None:
    """`counted`: the total in words; `back` and `on`: what the buttons say."""
    page = page_now(place)
    first, last = page * size + 1, min(total, (page + 1) * size)
    with st.container(horizontal=True, vertical_alignment="center", key=f"paging_{place}"):
        st.write(f"{first:,} to {last:,} of {counted}")
        st.button(back, key=f"back_{place}", disabled=not page, on_click=turn_to, args=(place, page - 1))
        st.button(on, key=f"on_{place}", disabled=last >= total, on_click=turn_to, args=(place, page + 1))
