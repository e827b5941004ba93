"""The few rules that Streamlit's theme has no word for."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

PAGE_CSS = Path(__file__).parent / "page.css"
ICON = Path(__file__).parent / "assets" / "agent.svg"


def use_style() -> None:
    """Adds our style sheet to the page."""
    st.html(PAGE_CSS)
