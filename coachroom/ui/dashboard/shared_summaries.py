"""What a client shared of their sessions with their human coach: titles and summaries, never what was said."""

from __future__ import annotations

import streamlit as st

from coachroom.app.current import get_services
from coachroom.caseload.caseload import Client
from coachroom.clock import day_there, short_date
from coachroom.ui.formatting import plain

MAX_SHOWN = 5


def shared_summaries(client: Client) -> None:
    """The latest, newest first. For the client's own coach."""
    services = get_services()
    shared = {each.session_id: each for each in services.coaching.summaries.shared_by(client.id)}
    if not shared:
        return
    zone = services.coaching.profiles.zone(client.id)
    with st.container(border=True, key="shared_summaries"):
        st.header("What they shared with you", anchor=False)
        for session in [each for each in services.rooms.sessions_of(client.id) if each.id in shared][:MAX_SHOWN]:
            summary = shared[session.id]
            st.markdown(f"**{plain(summary.title or 'A talk')}**, {short_date(day_there(session.start_time, zone))}")
            st.markdown("\n".join(f"- {plain(sentence.text)}" for sentence in summary.sentences))
        st.caption(
            'The client decides session by session, and can take it back. It speaks to them: "you" is the client.'
        )
