"""What a page says when there is nothing to show, little, or nothing real."""

from __future__ import annotations

import streamlit as st

from coachroom.app.current import get_services

# What has to happen first, by metric.
AWAITED = {
    "csat": "clients have rated a session",
    "nps": "clients have said whether they would recommend the coaching",
    "check_in": "clients have answered the check-in after a session",
    "turn_latency": "somebody has spoken with the coach aloud",
    "task_success": "conversations have been evaluated",
    "goal_attainment": "clients have set goals and checked in on them",
    "action_completion": "an action that somebody agreed on is due",
    "confidence_change": "clients have said how confident they are before and after a session",
    "reliable_change": "clients have checked in on their goals for 90 days",
    "return_gaps": "a client has come back",
    "return_rate": "somebody's first session is a week ago",
    "retention": "the first session has taken place",
}
USUALLY = "there has been a session of at least a minute"


def demo_mark() -> None:
    """Says that the numbers are invented, where they are."""
    if get_services().demo.exists():
        st.badge("Demo data: invented people", icon=":material/science:", color="orange")


def nothing_yet(metric_id: str, *, suppressed: bool, min_group: int) -> None:
    """Instead of an empty chart: what will be here, and when."""
    if suppressed:
        st.caption(f"Hidden here: the numbers are about fewer than {min_group} people.")
    else:
        st.caption(
            f"Nothing here yet. The chart appears when {AWAITED.get(metric_id, USUALLY)}. If you expect something, "
            "choose a longer range or the whole community."
        )
