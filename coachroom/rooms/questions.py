"""What a client is asked after a session: does the way of working suit them, and by turns two things more. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum


class Question(StrEnum):
    """One question, answered by 0 to 10."""

    HEARD = "heard"
    RIGHT_TOPICS = "right_topics"
    APPROACH_FITS = "approach_fits"
    OVERALL = "overall"
    BEFORE = "confidence_before"
    AFTER = "confidence_after"
    RECOMMEND = "recommend"


MAX_SCORE = 10
# Among so many sessions with questions, one asks for a recommendation.
SESSIONS_A_RECOMMENDATION = 6

FIRST_HALF = (Question.HEARD, Question.RIGHT_TOPICS)
SECOND_HALF = (Question.APPROACH_FITS, Question.OVERALL)
CHECK_IN = (*FIRST_HALF, *SECOND_HALF)
CONFIDENCE = (Question.BEFORE, Question.AFTER)
RECOMMENDATION = (Question.RECOMMEND,)
# The second half of a check-in always follows the first.
TURNS = (FIRST_HALF, CONFIDENCE, RECOMMENDATION)
# What has nothing to do with how the coach talks.
TURNS_IN_WRITING = (CONFIDENCE, RECOMMENDATION)


def questions_after(
    asked: Sequence[Collection[Question]], known: Collection[Question] = (), *, in_writing: bool = False
) -> tuple[Question, ...]:
    """What to ask after a session. `asked`: after each of the client's sessions before, in order, what was asked.

    `known`: what the conversation itself has answered. Of the turns the one that waits longest is taken. After a
    session in writing nothing is asked about the coach; where half of a check-in waits, nothing at all.
    """
    if asked and _holds(asked[-1], FIRST_HALF):
        return () if in_writing else SECOND_HALF
    turns = TURNS_IN_WRITING if in_writing else TURNS
    waiting = [turn for turn in turns if turn is not RECOMMENDATION or _may_ask_to_recommend(asked)]
    for turn in sorted(waiting, key=lambda each: _last_asked(asked, each)):
        open_questions = tuple(question for question in turn if question not in known)
        if open_questions:
            return open_questions
    return () if in_writing else FIRST_HALF


def beside_stars(*, in_writing: bool = False) -> tuple[Question, ...]:
    """What is asked after each session in which the coach talked."""
    return () if in_writing else (Question.APPROACH_FITS,)


def check_in_of(first: Mapping[Question, int | None], second: Mapping[Question, int | None]) -> list[int] | None:
    """The four scores of a check-in, from the answers after two sessions in a row; None while one is missing."""
    if not _holds(first, FIRST_HALF) or not _holds(second, SECOND_HALF):
        return None
    scores = [(first if question in FIRST_HALF else second)[question] for question in CHECK_IN]
    return [score for score in scores if score is not None] if None not in scores else None


def _may_ask_to_recommend(asked: Sequence[Collection[Question]]) -> bool:
    return not any(_holds(each, RECOMMENDATION) for each in asked[1 - SESSIONS_A_RECOMMENDATION :])


def _last_asked(asked: Sequence[Collection[Question]], turn: Sequence[Question]) -> int:
    """The place of the last session after which any of the turn was asked, -1 for never."""
    places = (place for place in reversed(range(len(asked))) if any(question in asked[place] for question in turn))
    return next(places, -1)


def _holds(asked: Collection[Question], turn: Sequence[Question]) -> bool:
    return all(question in asked for question in turn)
