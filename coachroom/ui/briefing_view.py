"""The exact words that the coach was given before a session."""

from __future__ import annotations

import streamlit as st

from coachroom.agent.briefings import UsedBriefing


def show_briefing(used: UsedBriefing) -> None:
    """Verbatim, so that nothing is hidden."""
    st.write("Filled into its greeting and instructions:")
    st.code("\n".join(f"{name}: {value}" for name, value in used.variables.items()), language=None, wrap_lines=True)
    st.write("And given to it to read:")
    st.code(used.long_form, language=None, wrap_lines=True)
    st.caption("Words that you forgot or changed since then are struck out.")
