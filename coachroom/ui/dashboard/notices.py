"""What a page says when there is nothing to show, little, or nothing real."""

from __future__ import annotations

import streamlit as st

from coachroom.app.current import get_services
from coachroom.metrics.definitions import definition


def demo_mark() -> None:
    """Says that the numbers are invented, where they are."""
    if get_services().demo.exists():
        st.badge("Demo data: invented people", icon=":material/science:", color="orange")


def nothing_yet(metric_id: str, *, suppressed: bool, min_group: int) -> None:
    """Instead of an empty chart: what will be here, and when."""
    if suppressed:
        st.caption(f"Hidden here: the numbers are about fewer than {min_group} people.")
    else:
        when = definition(metric_id).appears_when
        st.caption(
            f"Nothing here yet. The chart appears when {when}. If you expect something, "
            "choose a longer range or the whole community."
        )
