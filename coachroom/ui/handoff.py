"""A session handed to the human coach: where its client hands it over, and where the coach reads it."""

from __future__ import annotations

import streamlit as st

from coachroom.app.current import get_services
from coachroom.caseload.caseload import Client
from coachroom.caseload.handoffs import MAX_COMMENT_CHARS, HandedParts, Handoff
from coachroom.clock import short_date
from coachroom.coaching.summaries import SessionSummary
from coachroom.people.people import Person
from coachroom.rooms.states import Session
from coachroom.ui.flash import run_action, show_flash
from coachroom.ui.formatting import day_and_time, plain
from coachroom.ui.joined import coach_in
from coachroom.ui.transcript import transcript

PLACE = "handoff"
HANDED = "handed"
MAX_SHOWN = 10
WHAT_IS_SEEN = (
    "Your coach sees what you tick and write, and nothing else of this session than they see anyway: its times, and "
    "your stars and answers as numbers. You can take it back at any time."
)
DONE = "Your human coach can read it now."
TAKEN_BACK = "Taken back: your human coach sees nothing of it any more."


def hand_over(session: Session) -> None:
    """The form, or what was handed over and the way back. Only for a client who has a human coach."""
    services = get_services()
    coach = services.people.coach_of(session.client_id)
    handed = services.handoffs.of_session(session.client_id, session.id)
    if handed is not None or coach is None:
        show_flash(PLACE)
    if handed is not None:
        with st.container(border=True, key="handed_over"):
            st.write(
                f"You handed this session to your human coach on {day_and_time(handed.made_at)}: {_named(handed)}."
            )
            if not handed.to_my_coach:
                st.write("You have another human coach since, or none: nobody reads it now.")
            st.button("Take it back", key="take_back", on_click=_take_back, args=(session,))
    elif coach is not None:
        with st.expander(f"Hand this session to {plain(coach)}", key="hand_over"):
            _form(session)


def handed_to_me(person: Person) -> None:
    """What this coach's clients handed over and the coach is not done with; nothing where there is none."""
    show_flash(HANDED)
    for handoff in get_services().handoffs.to_coach(person, most=MAX_SHOWN):
        if handoff.done_at is None:
            with st.container(horizontal=True, vertical_alignment="center", key=f"handed_{handoff.session_id}"):
                label = f"**{plain(handoff.client or '')}** handed you a session on {short_date(handoff.made_at)}"
                query = {"client": handoff.client_id}
                st.page_link("pages/Clients.py", label=label, query_params=query, width="stretch")
                args = (handoff.session_id, person)
                st.button("Done", key=f"done_{handoff.session_id}", on_click=_finish, args=args)


def handed_sessions(person: Person, client: Client) -> None:
    """What the client handed to this coach, each with what they ticked. For the client's own coach."""
    for handoff in get_services().handoffs.to_coach(person, most=MAX_SHOWN, client_id=client.id):
        with st.container(border=True, key=f"handoff_{handoff.session_id}"):
            _read(handoff)


def _form(session: Session) -> None:
    summary = get_services().coaching.summaries.of_session(session.client_id, session.id)
    with st.form(f"hand_over_{session.id}", border=False):
        st.write(WHAT_IS_SEEN)
        if summary.sentences:
            st.checkbox("The title and the summary", key="hand_summary")
        st.checkbox("My stars", key="hand_rating")
        st.checkbox("What was said, word for word", key="hand_transcript")
        st.text_area("A comment for your coach", max_chars=MAX_COMMENT_CHARS, key="hand_comment", height=90)
        show_flash(PLACE)
        st.form_submit_button("Hand it over", on_click=_hand_over, args=(session, summary))


def _hand_over(session: Session, summary: SessionSummary) -> None:
    state = st.session_state
    parts = HandedParts(
        frozenset(each.id for each in summary.sentences) if state.get("hand_summary") else None,
        rating=bool(state.get("hand_rating")),
        transcript=bool(state.get("hand_transcript")),
    )
    handoffs, comment = get_services().handoffs, str(state.get("hand_comment") or "")
    run_action(PLACE, lambda: handoffs.hand_over(session.client_id, session.id, comment, parts), DONE)


def _take_back(session: Session) -> None:
    handoffs = get_services().handoffs
    run_action(PLACE, lambda: handoffs.take_back(session.client_id, session.id), TAKEN_BACK)


def _finish(session_id: str, person: Person) -> None:
    run_action(HANDED, lambda: get_services().handoffs.finish(session_id, person), "Done.")


def _named(handoff: Handoff) -> str:
    parts = [
        *(["the title and the summary"] if handoff.parts.sentences is not None else []),
        *(["your stars"] if handoff.parts.rating else []),
        *(["what was said"] if handoff.parts.transcript else []),
        *(["your comment"] if handoff.comment else []),
    ]
    return ", ".join(parts)


def _read(handoff: Handoff) -> None:
    services = get_services()
    st.header(f"Handed to you on {short_date(handoff.made_at)}", anchor=False)
    if handoff.comment:
        st.text(handoff.comment)
    if handoff.parts.sentences is not None:
        summary = services.coaching.summaries.of_session(handoff.client_id, handoff.session_id)
        st.markdown(f"**{plain(summary.title or 'A talk')}**")
        kept = [each for each in summary.sentences if each.id in handoff.parts.sentences]
        st.markdown("\n".join(f"- {plain(sentence.text)}" for sentence in kept))
    if handoff.parts.rating:
        st.write(_rating(handoff))
    if handoff.parts.transcript:
        with st.expander("What was said", key=f"said_{handoff.session_id}"):
            name = plain(handoff.client or "The client")
            if turns := services.intake.turns(handoff.session_id):
                transcript(handoff.session_id, turns, client=name, coach=coach_in(handoff.session_id))
            else:
                st.write("The words of this session are not kept any more.")
    st.caption("The client chose what stands here, and can take it back.")


def _rating(handoff: Handoff) -> str:
    given = get_services().feedback.given(handoff.session_id)
    return f"{given.rating} of 5 stars" if given is not None and given.rating is not None else "No stars were given."
