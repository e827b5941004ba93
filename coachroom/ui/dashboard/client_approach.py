"""What a client chose of the AI coach's way of working, and what they tried, for their own coach."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from coachroom.app.current import get_services
from coachroom.coaching.approach import ChoiceSource, Lead, Opening, Pace, Tone, Value, since, trials
from coachroom.ui.approach import made, tried_line

CHOSEN: Mapping[Value, str] = {
    Tone.DIRECT: "Direct words",
    Tone.GENTLE: "Gentle words",
    Pace.SHORT: "Short answers",
    Pace.EXPLORING: "Room to explore",
    Opening.CHECK_BACK: "Begins with what was agreed",
    Opening.GOAL: "Begins with the client's goals",
    Opening.OPEN: "Begins with whatever the client brings",
    Lead.CLIENT: "The client sets the course",
    Lead.COACH: "The AI coach sets the course",
}
FROM_WHERE: Mapping[ChoiceSource, str] = {
    ChoiceSource.PROFILE: "chosen by the client",
    ChoiceSource.ASKED: "chosen when asked",
    ChoiceSource.AFTER_SESSION: "chosen after a session",
    ChoiceSource.COACH: "suggested by a human coach",
    ChoiceSource.TRIAL: "kept after it was tried",
}
NO_NUMBERS = (
    "One person's ratings cannot tell which way works better: that takes 100 sessions and more. Ask the client."
)
MAX_TRIALS = 10


def client_approach(client_id: str) -> None:
    """The choices with their days and where they come from, the trials, and why there is no number."""
    approaches = get_services().coaching.approaches
    chosen, history = approaches.standing(client_id).chosen, approaches.history(client_id)
    with st.container(key="client_approach", gap="xsmall"):
        if chosen:
            st.markdown(
                "\n".join(
                    f"- {CHOSEN[value]}{made(client_id, since(history, field), FROM_WHERE)}"
                    for field, value in chosen.items()
                )
            )
        else:
            st.write("The client has chosen nothing: it works as it comes.")
        found = trials(history)
        if found:
            st.caption("Tried, for one session each")
            st.markdown("\n".join(f"- {tried_line(client_id, each, FROM_WHERE)}" for each in found[:MAX_TRIALS]))
        st.caption(NO_NUMBERS)
