"""A conversation to read again. Whatever was said is shown as plain text, never as markup."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from coachroom.app.current import get_services
from coachroom.languages import ENGLISH
from coachroom.recording.records import RecordState
from coachroom.recording.turn import CoachWords, Turn
from coachroom.recording.vocabulary import language_of
from coachroom.rooms.states import Sender
from coachroom.ui.formatting import time_of_day

NAMES = {Sender.CLIENT: "You", Sender.AGENT: "AI Coach", Sender.COACH: "Human Coach", Sender.SYSTEM: "Room"}
AVATARS = {
    Sender.CLIENT: ":material/person:",
    Sender.AGENT: ":material/graphic_eq:",
    Sender.COACH: ":material/support_agent:",
}
MAX_TURNS = 200
MAX_SHOWN_CHARS = 5_000


STILL_TO_COME = {
    RecordState.PENDING: "The end of this conversation has not reached us yet; we keep asking.",
    RecordState.MISSING: "A part of this conversation may be missing: its whole record could not be had.",
}


# What a human coach wrote, by whom it was for.
WRITTEN_BY_COACH = {
    CoachWords.HINT: "a hint for the AI coach",
    CoachWords.MESSAGE: "a written message",
    CoachWords.SUMMARY: "after a talk without the AI coach",
}


def transcript(
    session_id: str, turns: Sequence[Turn], *, client: str = NAMES[Sender.CLIENT], coach: str | None = None
) -> None:
    """The turns in their order, a page at a time when there are many, and whether something is missing.

    `client` is what the client is called, `coach` the name of the human coach where there was one.
    """
    names = NAMES | {Sender.CLIENT: client}
    if coach is not None:
        names[Sender.COACH] = f"{coach}, human coach"
    still_to_come = STILL_TO_COME.get(get_services().records.state_of(session_id))
    if still_to_come:
        st.caption(f":material/hourglass_empty: {still_to_come}")
    if not turns:
        st.write("Nothing was said in this session.")
        return
    pages = -(-len(turns) // MAX_TURNS)
    page = st.pagination(pages, key=f"transcript_page_{session_id}") if pages > 1 else 1
    language = language_of(turn.message for turn in turns)
    for turn in turns[(page - 1) * MAX_TURNS : page * MAX_TURNS]:
        with st.chat_message(names[turn.sender], avatar=AVATARS.get(turn.sender, ":material/info:")):
            st.caption(_heading(turn, names[turn.sender]))
            _words(turn.message[:MAX_SHOWN_CHARS], language)
            if len(turn.message) > MAX_SHOWN_CHARS:
                st.caption(f"… {len(turn.message) - MAX_SHOWN_CHARS:,} more characters are stored.")


def _words(text: str, language: str) -> None:
    """As they are. Those of another language than the page's are marked, so that a screen reader says them in it."""
    if language == ENGLISH:
        st.text(text)
    else:
        st.html(f'<div class="said" lang="{language}">{escape(text)}</div>')


def _heading(turn: Turn, name: str) -> str:
    notes = [name, time_of_day(turn.timestamp)]
    written = turn.context.get("written")
    if written in set(CoachWords):
        notes.append(WRITTEN_BY_COACH[CoachWords(written)])
    elif turn.context.get("typed"):
        notes.append("typed")
    if turn.context.get("mixed"):
        notes.append("together with the human coach")
    if turn.context.get("interrupted"):
        notes.append("interrupted")
    return " · ".join(notes)
