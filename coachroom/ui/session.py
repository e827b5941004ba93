"""The page of one session: what was noted in it, how it was, and its transcript."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from coachroom.app.current import get_services
from coachroom.coaching.proposals import ProposalStatus
from coachroom.people.people import Person
from coachroom.privacy.circumstances import AT_PROVIDER
from coachroom.recording.turn import CoachWords, Turn
from coachroom.rooms.states import Sender, Session, SessionStatus
from coachroom.ui.briefing_view import show_briefing
from coachroom.ui.comparisons import version_met
from coachroom.ui.delete_session import delete_session
from coachroom.ui.feedback_form import feedback_form
from coachroom.ui.formatting import day_and_time, how_it_ended, length
from coachroom.ui.handoff import hand_over
from coachroom.ui.joined import coach_in, who_joined
from coachroom.ui.proposals import NOTED, WAITS, show_noted, show_open_proposals
from coachroom.ui.reminders import come_back
from coachroom.ui.safety_report import report_safety
from coachroom.ui.session_summary import session_summary, title_field
from coachroom.ui.stages import show_stages
from coachroom.ui.stays import open_page, staying
from coachroom.ui.transcript import transcript


def session_page(session: Session, person: Person) -> None:
    """Summary, what came of it, rating, transcript."""
    turns = get_services().intake.turns(session.id)
    written = get_services().written_sessions.steps_of(session.id)
    with st.container(key="reading"):
        if session.end_time is None:
            st.title("This session is still going on", anchor=False)
            st.page_link("pages/Room.py", label="Go to your room", query_params={"room": session.room_id})
        else:
            st.title("Your session is over", anchor=False)
            if session.off_record:
                _off_record(session)
                delete_session(session, person)
                return
            open_page(title_field(session))
            st.write(how_it_ended(session))
            st.write(_length(session, turns, in_writing=bool(written)))
            if (met := version_met(session.id)) is not None:
                st.caption(met)
            session_summary(session, turns)
            hand_over(session)
            _came_of_it(session)
            if session.status is not SessionStatus.FAILED:
                feedback_form(session)
                come_back(session, person)
            who_joined(session)
            report_safety(session)
        st.page_link("pages/Start.py", label="Back to your home page")
        if turns or not written:
            st.header("What was said", anchor=False)
            if session.turns_expired_at is not None:
                st.write(f"The words of this session were deleted on {day_and_time(session.turns_expired_at)}.")
            else:
                transcript(session.id, _to_read_now(session, turns), coach=coach_in(session.id))
        used = get_services().briefings.of_session(session.id)
        if used is not None:
            with st.expander("What the coach was told before", key="told"):
                show_briefing(used)
        if session.status.over:
            delete_session(session, person)


def _to_read_now(session: Session, turns: Sequence[Turn]) -> Sequence[Turn]:
    """A human coach's hints to the AI coach are for after the session, as the room says."""
    if session.end_time is not None:
        return turns
    return [turn for turn in turns if turn.context.get("written") != CoachWords.HINT]


def _off_record(session: Session) -> None:
    """All there is of a session off the record."""
    span = length((session.end_time or session.start_time) - session.start_time)
    st.write(f"{day_and_time(session.start_time)} · {span} · off the record")
    st.write(
        "You took this session off the record: when it was and how long it took is all that is kept of it. "
        f"{AT_PROVIDER[get_services().settings.provider]}"
    )
    st.page_link("pages/Start.py", label="Back to your home page")


def _came_of_it(session: Session) -> None:
    """How far it went, what was noted while it went on, and what waits for the client's word."""
    services = get_services()
    show_stages(services.coaching.stages_of(session.id))
    proposals = services.coaching.proposals.of_session(session.id)
    noted, waiting = (
        [each for each in proposals if each.status is status]
        for status in (ProposalStatus.APPLIED, ProposalStatus.OPEN)
    )
    if noted or staying(NOTED):
        st.header("Noted", anchor=False)
    show_noted(session.client_id, noted)
    if waiting or staying(WAITS):
        st.header("Also heard", anchor=False)
        st.caption("Nothing of it counts until you say yes. Change the words where they are not yours.")
    show_open_proposals(session.client_id, waiting)
    if noted or waiting or staying(NOTED) or staying(WAITS):
        st.page_link("pages/Goals.py", label="All your goals and next steps", icon=":material/flag:")


def _length(session: Session, turns: Sequence[Turn], *, in_writing: bool) -> str:
    by_client = [turn for turn in turns if turn.sender is Sender.CLIENT]
    typed = sum(bool(turn.context.get("typed")) for turn in by_client)
    span = length((session.end_time or session.start_time) - session.start_time)
    if session.turns_expired_at is not None:
        return f"{day_and_time(session.start_time)} · {span}"
    share = _how_often(len(by_client) - typed, typed)
    return f"{day_and_time(session.start_time)} · {span} · {'in writing' if in_writing and not by_client else share}"


def _how_often(spoken: int, typed: int) -> str:
    """The client's own part in words."""
    parts = [f"{verb} {_times(count)}" for verb, count in (("spoke", spoken), ("wrote", typed)) if count]
    return f"you {' and '.join(parts) or 'said nothing'}"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
