"""A conversation to read again. Whatever was said is shown as plain text, never as markup."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from coachroom.agent.events import Sender
from coachroom.agent.turns import Turn
from coachroom.ui.words import time_of_day

NAMES = {Sender.CLIENT: "You", Sender.AGENT: "AI Coach", Sender.COACH: "Human coach", Sender.SYSTEM: "Room"}
AVATARS = {Sender.CLIENT: ":material/person:", Sender.AGENT: ":material/graphic_eq:"}
MOST_TURNS = 200
LONGEST_SHOWN = 5_000


def transcript(turns: Sequence[Turn]) -> None:
    """The turns in their order, a page at a time when there are many."""
    if not turns:
        st.write("Nothing was said in this session.")
        return
    pages = -(-len(turns) // MOST_TURNS)
    page = st.pagination(pages, key="transcript_page") if pages > 1 else 1
    for turn in turns[(page - 1) * MOST_TURNS : page * MOST_TURNS]:
        with st.chat_message(NAMES[turn.sender], avatar=AVATARS.get(turn.sender, ":material/info:")):
            st.caption(_heading(turn))
            st.text(turn.message[:LONGEST_SHOWN])
            if len(turn.message) > LONGEST_SHOWN:
                st.caption(f"… {len(turn.message) - LONGEST_SHOWN:,} more characters are stored.")


def _heading(turn: Turn) -> str:
    notes = [NAMES[turn.sender], time_of_day(turn.timestamp)]
    if turn.context.get("typed"):
        notes.append("typed")
    if turn.context.get("interrupted"):
        notes.append("interrupted")
    return " · ".join(notes)
