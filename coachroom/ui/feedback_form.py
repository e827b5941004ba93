"""How was it? Stars, the questions whose turn it is, and words; all can be left out. Asked once a session."""

from __future__ import annotations

import streamlit as st

from coachroom.app.current import get_services
from coachroom.rooms.feedback import MAX_COMMENT_CHARS, CommentReader, Feedback
from coachroom.rooms.questions import MAX_SCORE, Question
from coachroom.rooms.states import Session
from coachroom.ui.approach import after_rating
from coachroom.ui.flash import run_action, show_flash

FEEDBACK = "feedback"
# What is asked, and what 0 and 10 mean.
QUESTIONS = {
    Question.HEARD: ("Did you feel heard?", "not at all", "fully"),
    Question.RIGHT_TOPICS: ("Did you talk about what matters to you?", "not at all", "fully"),
    Question.APPROACH_FITS: ("Does the coach's way of working suit you?", "not at all", "fully"),
    Question.OVERALL: ("On the whole, was this session right for you?", "not at all", "fully"),
    Question.BEFORE: (
        "When you came in, how sure were you that you can move what you came with?",
        "not at all",
        "fully",
    ),
    Question.AFTER: ("And how sure are you now?", "not at all", "fully"),
    Question.RECOMMEND: ("Would you recommend this coaching to a friend?", "certainly not", "certainly"),
}
READERS = {
    CommentReader.NOBODY: "only you",
    CommentReader.COACH: "you and your human coach",
    CommentReader.ADMIN: "you and the administrators of your community",
}


def feedback_form(session: Session) -> None:
    """Asks for a rating, or shows the one that was given."""
    services = get_services()
    given = services.feedback.given(session.id)
    if given is not None:
        _thanks(session, given)
        return
    st.header("How was this session for you?", anchor=False)
    stars = st.feedback("stars", key="rating")
    answers = {question: _score(question) for question in services.feedback.questions_for(session)}
    comment = st.text_area(
        "Anything you want to add (optional)", max_chars=MAX_COMMENT_CHARS, key="comment", height=100
    )
    reader = _reader(session)
    nothing = stars is None and not comment.strip() and not any(score is not None for score in answers.values())
    if st.button("Send", type="primary", key="send_feedback", disabled=nothing):
        services.feedback.send(session, Feedback(None if stars is None else stars + 1, comment, reader), answers)
        st.rerun()
    if nothing:
        st.caption("There is nothing to send yet: give stars or write something. A second press takes a star back.")
    coach = "Your human coach sees" if services.people.coach_of(session.client_id) else "A human coach would see"
    st.caption(f"{coach} your stars and answers as numbers. Leave out what you don't want to say.")


def _thanks(session: Session, given: Feedback) -> None:
    st.write(f"Thank you. You gave this session {given.rating} of 5 stars." if given.rating else "Thank you.")
    if given.comment:
        st.text(given.comment)
        st.caption(f"Who reads these words: {READERS[given.comment_for]}.")
        show_flash(FEEDBACK)
        if given.comment_for is not CommentReader.NOBODY:
            st.button("Share these words no more", key="share_no_more", on_click=_share_no_more, args=(session,))
    after_rating(session, given.rating)


def _share_no_more(session: Session) -> None:
    done = "Only you read these words from now on. They may have been read before."
    run_action(FEEDBACK, lambda: get_services().feedback.share_no_more(session), done)


def _score(question: Question) -> int | None:
    words, low, high = QUESTIONS[question]
    score: int | None = st.pills(words, range(MAX_SCORE + 1), key=f"answer_{question}")
    st.caption(f"0: {low} · {MAX_SCORE}: {high}")
    return score


def _reader(session: Session) -> CommentReader:
    """Who may read the words: nobody else unless the client says so."""
    coached = get_services().people.coach_of(session.client_id) is not None
    options = [reader for reader in READERS if coached or reader is not CommentReader.COACH]
    return st.radio(
        "Who may read what you write?", options, format_func=lambda reader: READERS[reader], key="comment_for",
        horizontal=True,
    )  # fmt: skip
