"""Which questions follow a session: checked over all sequences of what conversations answered by themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise, product

import pytest

from coachroom.rooms.questions import (
    CHECK_IN,
    CONFIDENCE,
    FIRST_HALF,
    RECOMMENDATION,
    SECOND_HALF,
    SESSIONS_A_RECOMMENDATION,
    Question,
    check_in_of,
    questions_after,
)

KNOWN = ((), (Question.BEFORE,), (Question.AFTER,), CONFIDENCE)
SESSIONS = 7
MANY = 60


def asked_over(known: Sequence[Sequence[Question]]) -> list[tuple[Question, ...]]:
    """What is asked session by session."""
    asked: list[tuple[Question, ...]] = []
    for each in known:
        asked.append(questions_after(asked, each))
    return asked


def sequences() -> Iterator[tuple[Sequence[Sequence[Question]], list[tuple[Question, ...]]]]:
    """Every sequence of seven sessions, each with nothing, one or both of the confidences known."""
    for known in product(KNOWN, repeat=SESSIONS):
        yield known, asked_over(known)


def test_there_are_one_or_two_questions_and_none_that_is_answered() -> None:
    for known, asked in sequences():
        for answered, questions in zip(known, asked, strict=True):
            assert 1 <= len(set(questions)) == len(questions) <= 2
            assert not set(answered) & set(questions)


def test_among_six_sessions_at_most_one_asks_for_a_recommendation() -> None:
    for _, asked in sequences():
        for start in range(SESSIONS - SESSIONS_A_RECOMMENDATION + 1):
            window = asked[start : start + SESSIONS_A_RECOMMENDATION]
            assert sum(Question.RECOMMEND in each for each in window) <= 1


def test_the_second_half_of_a_check_in_follows_the_first_and_nothing_else() -> None:
    for _, asked in sequences():
        assert asked[0] == FIRST_HALF
        for before, after in pairwise(asked):
            assert (before == FIRST_HALF) == (after == SECOND_HALF)


@pytest.mark.parametrize("known", KNOWN)
def test_every_question_has_its_turn_again_and_again(known: Sequence[Question]) -> None:
    asked = asked_over([known] * MANY)
    for question in set(Question) - set(known):
        turns = [place for place, each in enumerate(asked) if question in each]
        assert turns[0] < SESSIONS
        assert all(later - earlier <= 2 * SESSIONS_A_RECOMMENDATION for earlier, later in pairwise(turns))


def test_the_first_sessions_take_turns() -> None:
    none: tuple[Question, ...] = ()
    assert asked_over([none] * 6) == [
        FIRST_HALF, SECOND_HALF, CONFIDENCE, RECOMMENDATION, FIRST_HALF, SECOND_HALF,
    ]  # fmt: skip


@pytest.mark.parametrize("missing", [None, *CHECK_IN])
def test_a_check_in_needs_all_four_answers(missing: Question | None) -> None:
    scores = {question: None if question is missing else place for place, question in enumerate(CHECK_IN)}
    first, second = ({each: scores[each] for each in half} for half in (FIRST_HALF, SECOND_HALF))
    assert check_in_of(first, second) == (None if missing else [0, 1, 2, 3])
    assert check_in_of(second, first) is None
    assert check_in_of(first, {Question.RECOMMEND: 9}) is None
