"""What clients say after a session, as it is kept."""

from __future__ import annotations

import pytest

from coachroom.app.container import Services
from coachroom.coaching.stages import Stage
from coachroom.rooms.feedback import MAX_COMMENT_CHARS, CommentReader, Feedback
from coachroom.rooms.questions import CONFIDENCE, FIRST_HALF, RECOMMENDATION, SECOND_HALF, Question
from coachroom.rooms.states import EndReason, Session
from tests.services import ANA, BEN, NOON, HandClock, delivery, enter, said, status, store_of

DAY = 86_400


def talk(services: Services, clock: HandClock, client: str = ANA) -> Session:
    """A session that is over, a day after the last one."""
    clock.forward(DAY)
    session = enter(services, client, f"tab-{client}")
    call = f"conv_{session.id}"
    events = (status(1, "connected", clock.now, call), said(2, "Hello.", at=clock.now, conversation_id=call))
    services.intake.receive(session.id, delivery(*events, sent_at=clock.now))
    clock.forward(120)
    return ended(services, session)


def in_writing(services: Services, clock: HandClock) -> Session:
    """A session without the coach, a day after the last one."""
    clock.forward(DAY)
    session = enter(services, ANA, f"tab-{ANA}")
    for stage in Stage:
        services.written_sessions.write(session, stage, "Sleep better", since=clock.now)
    clock.forward(120)
    return ended(services, session)


def ended(services: Services, session: Session) -> Session:
    """The session once its client has ended it."""
    services.sessions.end(session.id, EndReason.CLIENT)
    over = services.rooms.session(session.id)
    assert over is not None
    return over


def answer(services: Services, session: Session, *scores: int | None) -> tuple[Question, ...]:
    """Answers the questions of this session's turn in their order; which they were."""
    questions = turn_of(services, session)
    services.feedback.send(session, Feedback(5), dict(zip(questions, scores, strict=True)))
    return questions


def turn_of(services: Services, session: Session) -> tuple[Question, ...]:
    """What is asked after this session and not after every one."""
    questions = services.feedback.questions_for(session)
    if Question.OVERALL in questions:
        return questions
    return tuple(question for question in questions if question is not Question.APPROACH_FITS)


def rows(services: Services, table: str) -> list[tuple]:
    columns = {
        "check_ins": "session_id, heard, right_topics, approach_fits, overall",
        "confidence": "session_id, before_score, after_score",
        "feedback": "session_id, nps",
    }[table]
    return store_of(services).execute(f"SELECT {columns} FROM {table} ORDER BY session_id")


def test_the_last_rating_counts_and_hostile_comments_are_kept_as_text(services: Services) -> None:
    session = enter(services)
    assert services.feedback.given(session.id) is None
    services.feedback.send(session, Feedback(2, "  "))
    assert services.feedback.given(session.id) == Feedback(2)
    hostile = "<img src=x onerror=alert(1)> '; DROP TABLE feedback; -- \x00 \u202e"
    services.feedback.send(session, Feedback(None, hostile))
    assert services.feedback.given(session.id) == Feedback(None, hostile.replace("\x00", "\ufffd"))
    services.feedback.send(session, Feedback(5, "x" * 5_000))
    assert services.feedback.given(session.id) == Feedback(5, "x" * MAX_COMMENT_CHARS)


@pytest.mark.parametrize("reader", CommentReader)
def test_a_comment_is_for_whom_the_client_chose(services: Services, reader: CommentReader) -> None:
    session = enter(services)
    services.feedback.send(session, Feedback(4, "Thank you", reader))
    assert services.feedback.given(session.id) == Feedback(4, "Thank you", reader)
    services.feedback.send(session, Feedback(4, " ", reader))
    assert services.feedback.given(session.id) == Feedback(4), "no words, nobody to read them"


def test_questions_are_drawn_once_and_each_client_has_turns_of_their_own(
    services: Services, clock: HandClock
) -> None:
    first = talk(services, clock)
    assert [turn_of(services, first) for _ in range(3)] == [FIRST_HALF] * 3
    assert turn_of(services, talk(services, clock, BEN)) == FIRST_HALF
    assert turn_of(services, talk(services, clock)) == SECOND_HALF
    assert turn_of(services, first) == FIRST_HALF, "as it was when it was asked"


def test_after_each_talk_the_client_may_say_whether_the_way_of_working_suits_them(
    services: Services, clock: HandClock
) -> None:
    for _ in range(4):
        session = talk(services, clock)
        assert services.feedback.questions_for(session)[0] is Question.APPROACH_FITS
        services.feedback.send(session, Feedback(5), {Question.APPROACH_FITS: 6})
    answers = "SELECT score FROM session_questions WHERE question = 'approach_fits'"
    assert store_of(services).execute(answers) == [(6,)] * 4
    assert Question.APPROACH_FITS not in services.feedback.questions_for(in_writing(services, clock))


def test_nothing_is_asked_of_sessions_that_go_on_failed_or_are_long_ago(services: Services, clock: HandClock) -> None:
    going_on = enter(services)
    assert services.feedback.questions_for(going_on) == ()
    ended(services, going_on)
    failed = enter(services, BEN, "tab-2")
    services.rooms.record_agent_unreachable(failed.id)
    assert services.feedback.questions_for(ended(services, failed)) == ()
    old = talk(services, clock)
    clock.forward(7 * DAY + 1)
    assert services.feedback.questions_for(old) == ()


def test_two_sessions_in_a_row_make_a_check_in_which_counts_for_the_second(
    services: Services, clock: HandClock
) -> None:
    first, second = talk(services, clock), talk(services, clock)
    assert answer(services, first, 9, 8) == FIRST_HALF
    assert rows(services, "check_ins") == []
    assert answer(services, second, 7, 10) == SECOND_HALF
    assert rows(services, "check_ins") == [(second.id, 9, 8, 7, 10)]


def test_a_first_half_that_is_answered_later_completes_the_check_in(services: Services, clock: HandClock) -> None:
    first, second = talk(services, clock), talk(services, clock)
    assert turn_of(services, first) == FIRST_HALF
    answer(services, second, 7, 10)
    answer(services, first, 9, 8)
    assert rows(services, "check_ins") == [(second.id, 9, 8, 7, 10)]


def test_what_is_left_out_makes_no_check_in(services: Services, clock: HandClock) -> None:
    answer(services, talk(services, clock), 9, None)
    answer(services, talk(services, clock), 7, 10)
    assert rows(services, "check_ins") == []


def test_confidence_and_recommendation_are_kept_where_the_numbers_read_them(
    services: Services, clock: HandClock
) -> None:
    sessions = [talk(services, clock) for _ in range(4)]
    given = ((9, 9), (9, 9), (3, 6), (10,))
    asked = [answer(services, session, *scores) for session, scores in zip(sessions, given, strict=True)]
    assert asked == [FIRST_HALF, SECOND_HALF, CONFIDENCE, RECOMMENDATION]
    assert rows(services, "confidence") == [(sessions[2].id, 3, 6)]
    assert [nps for _, nps in rows(services, "feedback")] == [None, None, None, 10]


def test_what_the_conversation_told_is_not_asked_and_stays(services: Services, clock: HandClock) -> None:
    for _ in range(2):
        answer(services, talk(services, clock), 9, 9)
    session = talk(services, clock)
    store_of(services).execute("INSERT INTO confidence VALUES ($1, 4, NULL, $2)", [session.id, NOON])
    assert answer(services, session, 8) == (Question.AFTER,)
    services.feedback.send(session, Feedback(5), {Question.BEFORE: 1})
    assert rows(services, "confidence") == [(session.id, 4, 8)]


def test_after_a_session_in_writing_nothing_is_asked_about_the_coach(services: Services, clock: HandClock) -> None:
    asked = [services.feedback.questions_for(in_writing(services, clock)) for _ in range(4)]
    assert asked == [CONFIDENCE, RECOMMENDATION, CONFIDENCE, CONFIDENCE]


def test_a_session_in_writing_comes_between_no_halves_of_a_check_in(services: Services, clock: HandClock) -> None:
    answer(services, talk(services, clock), 8, 9)
    written = in_writing(services, clock)
    assert services.feedback.questions_for(written) == services.feedback.questions_for(written) == ()
    session = talk(services, clock)
    assert answer(services, session, 7, 6) == SECOND_HALF
    assert rows(services, "check_ins") == [(session.id, 8, 9, 7, 6)]


def test_only_answers_to_what_was_asked_are_kept(services: Services, clock: HandClock) -> None:
    session = talk(services, clock)
    services.feedback.questions_for(session)
    services.feedback.send(session, Feedback(None), {Question.RECOMMEND: 10, Question.AFTER: 10, Question.OVERALL: 1})
    assert rows(services, "feedback") == [(session.id, None)]
    assert rows(services, "confidence") == rows(services, "check_ins") == []


@pytest.mark.parametrize("score", [-1, 11])
def test_no_score_is_outside_of_its_scale(services: Services, clock: HandClock, score: int) -> None:
    session = talk(services, clock)
    services.feedback.questions_for(session)
    with pytest.raises(ValueError, match="0 to 10"):
        services.feedback.send(session, Feedback(5), {Question.HEARD: score})
    assert services.feedback.given(session.id) is None
