"""Questions that a human coach proposes for the client's next session: where the client answers them."""

from __future__ import annotations

import streamlit as st

from coachroom.app.current import get_services
from coachroom.clock import day_there, short_date
from coachroom.coaching.coach_questions import CoachQuestion, CoachQuestionStatus
from coachroom.ui.flash import run_action, show_flash
from coachroom.ui.formatting import plain
from coachroom.ui.own_days import own_zone
from coachroom.ui.stays import stay, staying

PLACE = "coach_questions"
BEFORE_ANSWER = (
    "If you say yes, the AI coach asks it once in your next session, when it fits. You can still say no later."
)


def questions_waiting(client_id: str) -> int:
    """How many wait for the client's word."""
    questions = get_services().coaching.coach_questions.of(client_id)
    return sum(each.status is CoachQuestionStatus.OPEN for each in questions)


def questions_of_my_coach(client_id: str) -> None:
    """What was proposed, each with what became of it and the client's answers; nothing where nothing was."""
    show_flash(PLACE)
    declined_here = staying(PLACE)
    shown = [
        each
        for each in get_services().coaching.coach_questions.of(client_id)
        if each.status is not CoachQuestionStatus.DECLINED or each.id in declined_here
    ]
    if not shown:
        return
    st.header("Questions from your human coach", anchor=False)
    for question in reversed(shown):
        with st.container(border=True, gap="xsmall", key=f"question_{question.id}"):
            _question(client_id, question)


def _question(client_id: str, question: CoachQuestion) -> None:
    why = f" (“{plain(question.why)}”)" if question.why else ""
    st.markdown(f"**{plain(question.coach)} suggests a question for your next session**{why}")
    st.markdown(f"“{plain(question.words)}”")
    match question.status:
        case CoachQuestionStatus.OPEN:
            st.caption(BEFORE_ANSWER)
            with st.container(horizontal=True):
                st.button(
                    "Yes, ask me",
                    type="primary",
                    key=f"ask_{question.id}",
                    on_click=_accept,
                    args=(client_id, question),
                )
                _no(client_id, question, "No")
        case CoachQuestionStatus.ACCEPTED:
            st.caption("You said yes: the AI coach asks it once in your next session.")
            _no(client_id, question, "Rather not")
        case CoachQuestionStatus.ASKED:
            st.caption(f"Asked in the session of {_day(client_id, question)}.")
        case CoachQuestionStatus.DECLINED:
            st.caption("You said no: it is not asked.")


def _day(client_id: str, question: CoachQuestion) -> str:
    return short_date(day_there(question.told_at or question.proposed_at, own_zone(client_id)))


def _no(client_id: str, question: CoachQuestion, label: str) -> None:
    st.button(label, key=f"no_{question.id}", on_click=_decline, args=(client_id, question))


def _accept(client_id: str, question: CoachQuestion) -> None:
    accept = get_services().coaching.coach_questions.accept
    run_action(PLACE, lambda: accept(client_id, question.id), "All right: the AI coach asks it in your next session.")


def _decline(client_id: str, question: CoachQuestion) -> None:
    decline = get_services().coaching.coach_questions.decline
    run_action(
        PLACE,
        lambda: decline(client_id, question.id),
        "All right, it is not asked.",
        then=lambda _: stay(PLACE, {question.id: question}),
    )
