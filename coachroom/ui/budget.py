"""What a client is told of the budget before the room."""

from __future__ import annotations

import streamlit as st

from coachroom.app.current import get_services
from coachroom.budget.sentences import left_sentence, spent_sentence
from coachroom.ui.formatting import plain, reader_zone


def what_is_left(client_id: str) -> str | None:
    """How much time or how many calls are left, where that is not enough for a whole session."""
    services = get_services()
    allowance = services.budgets.allowance(client_id)
    return left_sentence(allowance, services.settings.session_minutes, services.clock(), reader_zone())


def nothing_left(client_id: str) -> bool:
    """Whether no call can start now; then says from when on one can, and who is there until then."""
    services = get_services()
    allowance = services.budgets.allowance(client_id)
    spent = allowance.no_call()
    if spent is None:
        return False
    with st.container(key="reading"):
        st.title("The coach is back later", anchor=False)
        st.write(spent_sentence(allowance, spent, services.clock(), reader_zone()))
        st.write("Your goals, your next steps and what was said are all kept.")
        st.write(_human_coach(services.people.coach_of(client_id)))
        st.page_link("pages/Start.py", label="Go to your home page", icon=":material/home:")
        st.page_link("pages/Goals.py", label="Your goals and next steps", icon=":material/flag:")
    return True


def _human_coach(name: str | None) -> str:
    if name is None:
        return "If it cannot wait, write to a human coach of your community on Skool."
    return f"If it cannot wait, write to your human coach, {plain(name)}, on Skool."
