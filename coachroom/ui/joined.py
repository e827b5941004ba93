"""What a client reads of human coaches in their sessions: who asked, who was there, and what they wrote."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from coachroom.app.current import get_services
from coachroom.charts.formatting import some
from coachroom.live.states import Act, Join, JoinAct, JoinEnd, JoinStatus
from coachroom.rooms.states import Session
from coachroom.ui.flash import run_action, show_flash
from coachroom.ui.formatting import day_and_time, length, plain, time_of_day

PLACE = "may_ask"
MAY_ASK = "coaches_may_ask"
MAX_JOINS = 20
ENDINGS = {
    JoinEnd.CLIENT: "You asked them to leave.",
    JoinEnd.COACH: "They left.",
    JoinEnd.SESSION: "They stayed until the session ended.",
    JoinEnd.LOST: "The connection to them was lost.",
    JoinEnd.NOT_ALLOWED: "They could not stay: they are not your coach any more, or one of you was signed out.",
}
# What a coach wrote, by whom it was for.
WRITTEN = {
    Act.HINT: "For the AI coach",
    Act.SAY: "To you",
    Act.HAND_BACK: "When they handed back to the AI coach",
}
DID = {
    Act.HOLD: "Had the AI coach wait",
    Act.TAKE_OVER: "Talked with you alone; the AI coach's call ended",
}


def who_joined(session: Session) -> None:
    """Who asked to join this session, how long they were there, and what they wrote; nothing where nobody asked."""
    joins = get_services().joins.of_session(session.id)
    if not joins:
        return
    st.header("Who asked to join you", anchor=False)
    for join in joins:
        with st.container(border=True, gap="small", key=f"joined_{join.id}"):
            st.write(_session_sentence(join, coach_of_join(join)))
            if session.keeps_words:
                _what_they_did(join)


def coach_in(session_id: str) -> str | None:
    """The human coach's name for the transcript, fit for Markdown; None where there was none, or several."""
    joins = get_services().joins.of_session(session_id)
    names = {coach_of_join(join) for join in joins if _was_let_in(join)}
    return plain(names.pop()) if len(names) == 1 else None


def may_ask_to_join(client_id: str) -> None:
    """The client's own choice whether human coaches may ask."""
    show_flash(PLACE)
    joins = get_services().joins
    st.session_state[MAY_ASK] = joins.may_ask(client_id)
    st.toggle("My human coach may ask to join a session", key=MAY_ASK, on_change=_choose, args=(client_id,))


def joins_of(client_id: str) -> None:
    """Who asked to join the client's sessions, the latest first."""
    joins = get_services().joins.of_client(client_id, MAX_JOINS)
    if not joins:
        st.write("Nobody has asked to join a session of yours.")
        return
    st.markdown("\n".join(f"- {join_sentence(join)}" for join in joins))


def join_sentence(join: Join) -> str:
    """One join in a sentence or two, fit for Markdown."""
    when = f"{plain(coach_of_join(join))} asked on {day_and_time(join.asked_at)}"
    return f"{when}{_reason(join)} {_outcome(join)}"


def coach_of_join(join: Join) -> str:
    """The coach's name."""
    return get_services().joins.names(join.id).coach


def _was_let_in(join: Join) -> bool:
    return join.status is JoinStatus.ADMITTED or (join.status is JoinStatus.ENDED and join.answered_at is not None)


def _outcome(join: Join) -> str:
    if _was_let_in(join) and join.answered_at is not None:
        if join.ended_at is None:
            return "You let them in; they are there now."
        stay = f"You let them in for {length(join.ended_at - join.answered_at)}."
        return f"{stay} {ENDINGS[join.end_reason]}" if join.end_reason in ENDINGS else stay
    return {
        JoinStatus.ASKED: "You have not answered yet.",
        JoinStatus.DECLINED: "You did not let them in.",
        JoinStatus.EXPIRED: "You did not answer, so they did not come in.",
    }.get(join.status, "They did not come in.")


def _session_sentence(join: Join, coach: str) -> str:
    return f"**{plain(coach)}** asked at {time_of_day(join.asked_at)}{_reason(join)} {_outcome(join)}"


def _reason(join: Join) -> str:
    """Why they asked, in their words, and one stop. Words of an old session are deleted."""
    if not join.reason:
        return "."
    return f": “{plain(join.reason)}”" + ("" if join.reason.endswith((".", "!", "?", "…")) else ".")


def _what_they_did(join: Join) -> None:
    acts = [act for act in get_services().joins.acts(join.id) if act.act in WRITTEN or act.act in DID]
    if not acts:
        return
    with st.expander(_how_much(acts), key=f"acts_{join.id}"):
        for act in acts:
            st.caption(f"{time_of_day(act.at)} · {WRITTEN.get(act.act) or DID[act.act]}")
            if act.text:
                st.text(act.text)


def _how_much(acts: Sequence[JoinAct]) -> str:
    hints = sum(act.act is Act.HINT for act in acts)
    if not hints:
        return "What they did"
    return f"What they did, with {some(hints, 'hint')} to the AI coach"


def _choose(client_id: str) -> None:
    may = bool(st.session_state.get(MAY_ASK))
    done = "Your human coach may ask." if may else "Your human coach is not shown your sessions and cannot ask."
    run_action(PLACE, lambda: get_services().joins.set_may_ask(client_id, may), done)
