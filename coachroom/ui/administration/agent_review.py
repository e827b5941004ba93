"""The agent at ElevenLabs beside its file, on the page System."""

from __future__ import annotations

import streamlit as st

from coachroom.app.agent_review import AgentReview, review_agent
from coachroom.app.current import get_services
from coachroom.text import printable
from coachroom.ui.flash import run_action, show_flash
from coachroom.ui.formatting import day_and_time, plain

PLACE = "agent_review"
REVIEW = "agent_review"
MAX_DIFFERENCES = 200


def agent_review() -> None:
    """Compares at the press of a button, and shows what was found last."""
    st.header("The agent at ElevenLabs", anchor=False)
    st.write(
        "Compares the agent with its file, as `agent plan` does, and looks for what keeps the room from working, as "
        "`agent check` does. Nothing is changed."
    )
    st.button("Compare now", on_click=_compare, key="compare_agent")
    show_flash(PLACE)
    review: AgentReview | None = st.session_state.get(REVIEW)
    if review is None:
        return
    st.caption(f"As of {day_and_time(review.at)}.")
    for finding in review.findings:
        show = st.error if finding.serious else st.warning
        show(plain(finding.text))
    if not review.findings:
        st.write("The agent is fit for the room.")
    if not review.differences:
        st.write("The agent is as its file has it.")
        return
    st.write("What differs, first as it is there, then as the file has it:")
    lines = [printable(line) for line in review.differences[:MAX_DIFFERENCES]]
    st.code("\n".join(lines), language=None, wrap_lines=True)
    if len(review.differences) > MAX_DIFFERENCES:
        st.caption(f"The first {MAX_DIFFERENCES} of {len(review.differences):,} lines: `agent plan` shows all.")
    st.caption("`python -m coachroom agent apply` brings the agent to what its file says.")


def _compare() -> None:
    services = get_services()

    def keep(review: AgentReview) -> None:
        st.session_state[REVIEW] = review

    st.session_state.pop(REVIEW, None)
    run_action(PLACE, lambda: review_agent(services.settings, services.clock), "Compared.", then=keep)
