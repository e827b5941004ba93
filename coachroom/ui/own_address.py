"""The address of a page that shows a list, or the one whom the address names."""

from __future__ import annotations

import streamlit as st


def tell_address() -> None:
    """Tells the browser the address of what it shows.

    Streamlit does not, where a link leads to the page on which it stands with another query: whatever is pressed next
    would be answered for the old address, and a reload or the way back would show the old page.
    """
    st.query_params.update({})
