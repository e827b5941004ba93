"""A coach's page of one visit to a client's session."""

from __future__ import annotations

from typing import NoReturn

import streamlit as st

from coachroom.app.current import get_services
from coachroom.live.states import Join
from coachroom.people.people import Person
from coachroom.people.refused_access import Refused
from coachroom.ui import components
from coachroom.ui.formatting import plain

KEY = "live_coach"


def live_page(person: Person, join_id: str) -> None:
    """Waiting to be let in, the session, and its end; says what to do where this visit is not theirs."""
    services = get_services()
    if not services.settings.live_coach:
        _nothing_here("Sessions cannot be joined in this community.")
    join = services.joins.find(join_id)
    if join is None or join.coach_email != person.email:
        services.refused_access.note(Refused.LIVE, actor=person.email, subject="join")
        _nothing_here("This visit is not yours, or never was. Your home page says who is in a session now.")
    _visit(join)


def _visit(join: Join) -> None:
    client = get_services().joins.names(join.id).client
    with st.container(key="live_visit"):
        st.title(f"{plain(client)}'s session", anchor=False)
        st.caption(f"You asked: {plain(join.reason)}")
        components.live_coach(
            {
                "join_id": join.id,
                "socket_url": f"/live/{join.id}",
                "client": client,
                "client_url": f"/Clients?client={join.client_id}",
            },
            key=KEY,
        )


def _nothing_here(sentence: str) -> NoReturn:
    st.title("There is no session to join here", anchor=False)
    st.write(sentence)
    st.page_link("pages/Start.py", label="Go to your home page")
    st.stop()
