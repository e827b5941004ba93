"""A question of a human coach for the next session: proposed, answered by the client, told to the AI coach, asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from coachroom.app.container import Services
from coachroom.caseload.caseload import ClientNotFoundError, ensure_coach_of
from coachroom.coaching.coach_questions import MAX_QUESTION_CHARS, MAX_UNSETTLED, CoachQuestion, CoachQuestionStatus
from coachroom.coaching.validation import InvalidInputError
from coachroom.rooms.states import EndReason, Session
from tests.services import ANA, BEN, CALL, HandClock, delivery, enter, opened, said, status

COACH = "carla.mendes@example.com"
WORDS = "What would you do if nobody watched?"


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with opened(tmp_path, HandClock(), demo_sign_in=True) as services:
        yield services


def propose(services: Services, words: str = WORDS, client: str = ANA, coach: str = COACH, why: str = "") -> None:
    services.coaching.coach_questions.propose(client, coach, words, why, ensure_may=ensure_coach_of)


def only(services: Services, client: str = ANA) -> CoachQuestion:
    (question,) = services.coaching.coach_questions.of(client)
    return question


def accepted(services: Services, words: str = WORDS) -> CoachQuestion:
    propose(services, words)
    newest = services.coaching.coach_questions.of(ANA)[0]
    services.coaching.coach_questions.accept(ANA, newest.id)
    return newest


def briefed(services: Services, session: Session) -> str:
    return services.briefings.prepare(session.id, session.client_id).long_form


def talk(services: Services, session: Session, turns: int) -> None:
    """So many turns of each of the two."""
    call = f"{CALL}-{session.id}"
    events = [status(1, "connected", call=call)]
    for n in range(turns):
        events.append(said(2 * n + 2, f"Question {n}", "agent", conversation_id=call))
        events.append(said(2 * n + 3, f"Answer {n}", conversation_id=call))
    services.intake.receive(session.id, delivery(*events, epoch=session.id))


def end(services: Services, session: Session) -> None:
    services.sessions.end(session.id, EndReason.CLIENT)


def ended(services: Services, session: Session) -> Session:
    found = services.rooms.session(session.id)
    assert found is not None
    return found


def test_a_question_waits_for_the_clients_word_and_is_in_no_briefing_before(services: Services) -> None:
    propose(services, why="You spoke of courage")
    assert (only(services).status, only(services).why) == (CoachQuestionStatus.OPEN, "You spoke of courage")
    assert WORDS not in briefed(services, enter(services))


def test_an_accepted_question_is_in_the_next_briefing_with_the_coachs_name(services: Services) -> None:
    accepted(services)
    assert f'Question of the human coach: "{WORDS}" | from "Carla' in briefed(services, enter(services))


def test_after_the_talk_it_is_asked_and_in_no_other_briefing(services: Services) -> None:
    accepted(services)
    session = enter(services)
    briefed(services, session)
    talk(services, session, 2)
    assert only(services).status is CoachQuestionStatus.ACCEPTED
    # A second call of the same session knows it as well.
    assert WORDS in briefed(services, session)
    end(services, session)
    asked = only(services)
    assert (asked.status, asked.session_id, asked.told_at) == (
        CoachQuestionStatus.ASKED,
        session.id,
        services.clock(),
    )
    assert WORDS not in briefed(services, enter(services))


def test_a_session_without_a_talk_leaves_it_for_the_next_one(services: Services) -> None:
    accepted(services)
    silent = enter(services)
    briefed(services, silent)
    talk(services, silent, 1)
    end(services, silent)
    assert only(services).status is CoachQuestionStatus.ACCEPTED
    assert WORDS in briefed(services, enter(services))


def test_a_session_asks_one_question_and_the_next_one_another(services: Services) -> None:
    accepted(services, "First?")
    services.clock.forward(60)  # type: ignore[attr-defined]
    accepted(services, "Second?")
    session = enter(services)
    first = briefed(services, session)
    assert ("First?" in first, "Second?" in first) == (True, False)
    talk(services, session, 2)
    end(services, session)
    assert "Second?" in briefed(services, enter(services))


def test_a_declined_question_is_not_asked_even_where_it_was_accepted_before(services: Services) -> None:
    question = accepted(services)
    services.coaching.coach_questions.decline(ANA, question.id)
    assert WORDS not in briefed(services, enter(services))
    with pytest.raises(InvalidInputError, match="reload"):
        services.coaching.coach_questions.accept(ANA, question.id)


def test_what_was_asked_cannot_be_answered_any_more(services: Services) -> None:
    question, session = accepted(services), enter(services)
    briefed(services, session)
    talk(services, session, 2)
    end(services, session)
    with pytest.raises(InvalidInputError, match="reload"):
        services.coaching.coach_questions.decline(ANA, question.id)


def test_only_its_client_answers_it(services: Services) -> None:
    propose(services)
    for answer in (services.coaching.coach_questions.accept, services.coaching.coach_questions.decline):
        with pytest.raises(InvalidInputError):
            answer(BEN, only(services).id)
    assert only(services).status is CoachQuestionStatus.OPEN


def test_only_the_clients_own_coach_proposes(services: Services) -> None:
    for coach in ("amira.haddad@example.com", "ana.silva@example.com", "nobody@example.com"):
        with pytest.raises(ClientNotFoundError):
            propose(services, coach=coach)
    assert services.coaching.coach_questions.of(ANA) == []


@pytest.mark.parametrize("words", ["", "  \n", "x" * (MAX_QUESTION_CHARS + 1)])
def test_a_question_has_words_and_an_end(services: Services, words: str) -> None:
    with pytest.raises(InvalidInputError):
        propose(services, words)


def test_a_few_wait_at_a_time_until_they_are_declined_or_asked(services: Services) -> None:
    for n in range(MAX_UNSETTLED):
        propose(services, f"Question {n}?")
    with pytest.raises(InvalidInputError, match="wait already"):
        propose(services)
    services.coaching.coach_questions.decline(ANA, services.coaching.coach_questions.of(ANA)[0].id)
    propose(services)


def test_a_session_off_the_record_is_told_nothing_of_it(services: Services) -> None:
    accepted(services)
    session = enter(services)
    assert WORDS not in services.briefings.prepare(session.id, ANA, kept=False).long_form
    assert only(services).session_id is None


def test_one_taken_off_the_record_leaves_the_question_for_the_next_session(services: Services) -> None:
    accepted(services)
    session = enter(services)
    briefed(services, session)
    talk(services, session, 2)
    services.off_record.take(session)
    end(services, session)
    assert (only(services).status, only(services).session_id) == (CoachQuestionStatus.ACCEPTED, None)


def test_deleting_a_session_takes_the_question_that_was_asked_in_it_and_no_other(services: Services) -> None:
    accepted(services, "Never asked?")
    silent = enter(services)
    briefed(services, silent)
    end(services, silent)
    services.session_deletion.delete(ended(services, silent), "client")
    assert (only(services).status, only(services).session_id) == (CoachQuestionStatus.ACCEPTED, None)
    session = enter(services)
    briefed(services, session)
    talk(services, session, 2)
    end(services, session)
    services.clock.forward(timedelta(hours=1).total_seconds())  # type: ignore[attr-defined]
    services.session_deletion.delete(ended(services, session), "client")
    assert services.coaching.coach_questions.of(ANA) == []
