"""How was it? Stars and words, both optional, asked once a session."""

from __future__ import annotations

import streamlit as st

from coachroom.app.current import get_services
from coachroom.rooms.rooms import MAX_COMMENT_CHARS
from coachroom.rooms.states import Session


def feedback_form(session: Session) -> None:
    """Asks for a rating, or shows the one that was given."""
    services = get_services()
    given = services.rooms.feedback_of(session.id)
    if given is not None:
        st.write(f"Thank you. You gave this session {given.rating} of 5 stars." if given.rating else "Thank you.")
        if given.comment:
            st.text(given.comment)
        return
    st.subheader("How was this session for you?")
    stars = st.feedback("stars", key="rating")
    comment = st.text_area(
        "Anything you want to add (optional)", max_chars=MAX_COMMENT_CHARS, key="comment", height=100
    )
    if st.button("Send", type="primary", key="send_feedback", disabled=stars is None and not comment.strip()):
        services.rooms.rate(session, None if stars is None else stars + 1, comment)
        st.rerun()
