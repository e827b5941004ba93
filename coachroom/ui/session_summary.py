"""What a session was about: its title, its summary with sources, and whether the human coach may read it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from coachroom.app.current import get_services
from coachroom.charts.formatting import some
from coachroom.coaching.summaries import MAX_TITLE_CHARS, SessionSummary, SummarySentence
from coachroom.errors import NotAllowedError
from coachroom.recording.turn import Turn
from coachroom.rooms.states import Session
from coachroom.ui.flash import run_action, show_flash
from coachroom.ui.formatting import plain, time_of_day
from coachroom.ui.transcript import NAMES

SUMMARY = "summary"
UNTITLED = "A talk without a title yet"
MAX_SOURCE_CHARS = 1_000


def session_summary(session: Session, turns: Sequence[Turn]) -> None:
    """The title, to change; the sentences, each with the words it rests on; and the choice to share them."""
    summary = get_services().coaching.summaries.of_session(session.client_id, session.id)
    show_flash(SUMMARY)
    with st.container(horizontal=True, vertical_alignment="center", key="session_title"):
        st.header(plain(summary.title or UNTITLED), anchor=False, width="stretch")
        with st.popover("Change the title", type="tertiary", key="change_title"):
            _title_form(session, summary)
    said = {turn.id: turn for turn in turns}
    with st.container(key="summary", gap="xsmall"):
        for place, sentence in enumerate(summary.sentences, 1):
            _sentence(sentence, place, [said[turn] for turn in sentence.turns if turn in said])
    if summary.sentences:
        _sharing(session, summary)


def _title_form(session: Session, summary: SessionSummary) -> None:
    with st.form(f"title_form_{session.id}", border=False):
        st.text_input(
            "What was it about?",
            value=summary.title or "",
            max_chars=MAX_TITLE_CHARS,
            key=title_field(session),
            help="Leave it empty to have it named after what was noted.",
        )
        st.form_submit_button("Save", type="primary", on_click=_rename, args=(session,))


def title_field(session: Session) -> str:
    """The key of a field that the page of a session that is over always has."""
    return f"session_title_{session.id}"


def _sentence(sentence: SummarySentence, place: int, sources: Sequence[Turn]) -> None:
    with st.container(horizontal=True, wrap=False, vertical_alignment="center", key=f"sentence_{sentence.id}"):
        st.markdown(plain(sentence.text), width="stretch")
        if sources:
            with st.popover(f"Source {place}", type="tertiary", key=f"source_{sentence.id}"):
                for turn in sources:
                    st.caption(f"{NAMES[turn.sender]}, {time_of_day(turn.timestamp)}")
                    st.text(turn.message[:MAX_SOURCE_CHARS])


def _sharing(session: Session, summary: SessionSummary) -> None:
    shared = summary.shared is not None
    st.toggle(
        "My human coach may read this summary",
        value=shared,
        key=f"share_{session.id}",
        on_change=_share,
        args=(session, [each.id for each in summary.sentences]),
    )
    new = len(summary.sentences) - len(summary.shared_sentences)
    if not shared:
        st.caption("Nobody but you reads it now. What was said is not shown with it.")
    elif new:
        st.caption(f"{some(new, 'sentence')} came since you shared it: switch off and on again to share them too.")
    else:
        st.caption("Your human coach can read these sentences and the title, and not what was said.")


def _rename(session: Session) -> None:
    title, rename = st.session_state[title_field(session)], get_services().coaching.summaries.rename
    run_action(SUMMARY, lambda: rename(session.client_id, _kept(session).id, title), "Saved.")


def _share(session: Session, sentences: Sequence[str]) -> None:
    on, share = st.session_state[f"share_{session.id}"], get_services().coaching.summaries.share
    done = "Your human coach can read it now." if on else "It is yours alone again."
    run_action(SUMMARY, lambda: share(session.client_id, _kept(session).id, sentences if on else None), done)


def _kept(session: Session) -> Session:
    """The session as it is now: the page may be an old one. Raises NotAllowedError where nothing of it is kept."""
    now = get_services().rooms.session(session.id)
    if now is None or now.off_record:
        raise NotAllowedError("Nothing of this session is kept any more: it was deleted, or is off the record.")
    return now
