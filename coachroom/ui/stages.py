"""The stages of a session in one quiet line."""

from __future__ import annotations

from collections.abc import Collection

import streamlit as st

from coachroom.coaching.stages import Stage

LABELS = {Stage.GOAL: "Goal", Stage.REALITY: "Where you are", Stage.OPTIONS: "Options", Stage.WILL: "Next step"}


def show_stages(reached: Collection[Stage]) -> None:
    """Which of the four the session came to; nothing where none is known."""
    if not reached:
        return
    steps = (f"**✓ {label}**" if stage in reached else label for stage, label in LABELS.items())
    st.markdown(" → ".join(steps))
    st.caption("The stages of a session; those with a tick were reached.")
