"""A coach proposes a question for their client's next session with the AI coach, and reads what became of others."""

from __future__ import annotations

import streamlit as st

from coachroom.app.current import get_services
from coachroom.caseload.caseload import Client, ensure_coach_of
from coachroom.clock import short_date
from coachroom.coaching.coach_questions import (
    MAX_QUESTION_CHARS,
    MAX_REASON_CHARS,
    CoachQuestion,
    CoachQuestionStatus,
)
from coachroom.people.people import Person
from coachroom.ui.create_form import CreateForm
from coachroom.ui.flash import show_flash
from coachroom.ui.formatting import plain

PLACE = "next_questions"
SENT = "Sent. The client finds it on their page."
OUTCOMES = {
    CoachQuestionStatus.OPEN: "waits for the client's word",
    CoachQuestionStatus.ACCEPTED: "taken: the AI coach asks it in the next session",
    CoachQuestionStatus.DECLINED: "not wanted",
}


def next_questions(person: Person, client: Client) -> None:
    """The form, where the coach may write, and what was proposed so far with what became of it."""
    if not client.coached_by_viewer:
        show_flash(PLACE)
    proposed = get_services().coaching.coach_questions.of(client.id)
    if not proposed and not client.coached_by_viewer:
        return
    with st.container(border=True, key="next_questions"):
        if client.coached_by_viewer:
            _form(person, client)
        if proposed:
            st.caption("Questions so far")
            st.markdown("\n".join(f"- {_line(each)}" for each in proposed))


def _form(person: Person, client: Client) -> None:
    form = CreateForm("next_question")
    st.header("Suggest a question for the next session", anchor=False)
    st.write(
        "If the client says yes, the AI coach asks it once and says whom it is from. You read that it was asked; "
        "the answer is the client's."
    )
    with st.form(form.key("propose_question"), border=False):
        st.text_input("The question", max_chars=MAX_QUESTION_CHARS, key=form.key("question_words"))
        st.text_input(
            "Why, in a few words (optional; the client reads it)",
            max_chars=MAX_REASON_CHARS,
            key=form.key("question_why"),
        )
        show_flash(PLACE)
        st.form_submit_button("Suggest this question", on_click=_propose, args=(person, client.id, form))


def _propose(person: Person, client_id: str, form: CreateForm) -> None:
    words, why = (str(form.value(field) or "") for field in ("question_words", "question_why"))
    questions = get_services().coaching.coach_questions
    form.submit(
        PLACE,
        lambda: questions.propose(client_id, person.email, words, why, ensure_may=ensure_coach_of),
        SENT,
        empty=not words.strip(),
    )


def _line(question: CoachQuestion) -> str:
    reason = f", because “{plain(question.why)}”" if question.why else ""
    asked = f"asked in the session of {short_date(question.told_at)}" if question.told_at else ""
    return f"{short_date(question.proposed_at)}: “{plain(question.words)}”{reason}: " + OUTCOMES.get(
        question.status, asked
    )
