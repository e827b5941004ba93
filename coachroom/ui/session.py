"""The page of one session."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from coachroom.agent.events import Sender
from coachroom.agent.turns import Turn
from coachroom.rooms.states import Session, SessionStatus
from coachroom.services import services
from coachroom.ui.feedback_form import feedback_form
from coachroom.ui.transcript import transcript
from coachroom.ui.words import day_and_time, how_it_ended, length


def session_page(session: Session) -> None:
    """Summary, rating, transcript."""
    turns = services().intake.turns(session.id)
    with st.container(key="reading"):
        if session.end_time is None:
            st.title("This session is still going on")
            st.page_link("pages/Room.py", label="Go to your room", query_params={"room": session.room_id})
        else:
            st.title("Your session is over")
            st.write(how_it_ended(session))
            st.write(_summary(session, turns))
            if session.status is not SessionStatus.FAILED:
                feedback_form(session)
        st.page_link("pages/Start.py", label="Back to your home page")
        st.subheader("What was said")
        transcript(turns)


def _summary(session: Session, turns: Sequence[Turn]) -> str:
    said = sum(turn.sender is Sender.CLIENT for turn in turns)
    span = length((session.end_time or session.start_time) - session.start_time)
    times = {0: "you did not speak", 1: "you spoke once"}.get(said, f"you spoke {said} times")
    return f"{day_and_time(session.start_time)} · {span} · {times}"
