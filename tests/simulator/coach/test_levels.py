"""How the practice coach makes a goal measurable, where the client wants that."""

from __future__ import annotations

import pytest

from coachroom.agent.tool_specs import Tool
from coachroom.simulator.coach import levels, rules
from coachroom.simulator.coach.briefing_reader import BriefingFacts
from coachroom.simulator.coach.rules import QUESTIONS, CoachState, Phase
from tests.simulator.coach.test_noting import talk, uses

GOAL = "I want to speak up in meetings"
WISH = f"{GOAL}. Help me make it measurable."
BEST, LEAST = "I speak in each meeting", "I speak when asked"
SAVED = {"title": GOAL, "much_more_than_hoped": BEST, "much_less_than_hoped": LEAST}


def test_a_goal_is_saved_with_the_best_and_the_least_outcome_where_the_client_asks_for_that() -> None:
    state, [asked, answer] = talk(CoachState(), WISH, f"best: {BEST}; least: {LEAST}")
    assert uses(asked) == []
    assert asked.text.endswith(QUESTIONS[Phase.LEVELS])
    assert asked.text.count("?") == 1
    assert uses(answer)[0] == (Tool.SAVE_GOAL, SAVED)
    assert (state.step, state.goal) == (Phase.REALITY, GOAL)


def test_the_wish_may_come_before_the_goal_and_holds_for_one_goal() -> None:
    state, [gladly, asked, _] = talk(CoachState(), "Can you help me make a goal measurable?", GOAL, "no")
    assert gladly.text.endswith(QUESTIONS[Phase.GOAL])
    assert asked.text.endswith(QUESTIONS[Phase.LEVELS])
    state, replies = talk(state, "I stay silent", "Ask Tom", "Ask Tom", "8", "My sleep")
    assert uses(replies[-1])[0] == (Tool.SAVE_GOAL, {"title": "My sleep"})


@pytest.mark.parametrize("answer", ["no", "Not now", "I would rather leave it open", "bye"])
def test_who_does_not_say_has_the_goal_without_them(answer: str) -> None:
    _, replies = talk(CoachState(), WISH, answer)
    assert uses(replies[-1])[0] == (Tool.SAVE_GOAL, {"title": GOAL})


def test_the_goal_is_saved_with_what_was_said_where_time_runs_out() -> None:
    state, _ = talk(CoachState(), WISH)
    _, replies = talk(rules.inform(state, "2 minutes left"), f"best: {BEST}; least: {LEAST}")
    assert uses(*replies)[0] == (Tool.SAVE_GOAL, SAVED)


def test_a_goal_that_is_known_is_not_made_measurable_again() -> None:
    _, [reply] = talk(CoachState(known=BriefingFacts(goals=(GOAL,))), WISH)
    assert reply.text.endswith(QUESTIONS[Phase.REALITY])
    assert uses(reply)[0] == (Tool.MARK_STAGE, {"stage": "goal"})


@pytest.mark.parametrize(
    ("answer", "best", "least"),
    [
        (f"best: {BEST}; least: {LEAST}", BEST, LEAST),
        (f"The best would be {BEST}, and the least would be {LEAST}.", BEST, LEAST),
        (f"{BEST}. At least {LEAST}.", BEST, LEAST),
        (f"Best: {BEST}", BEST, None),
        (f"least: {LEAST}", None, LEAST),
        ("At best I lead them", "I lead them", None),
        ("Nothing that I could name", None, None),
        ("no", None, None),
    ],
)
def test_outcomes_are_read_from_plain_words(answer: str, best: str | None, least: str | None) -> None:
    named = {"much_more_than_hoped": best, "much_less_than_hoped": least}
    assert levels.outcomes(answer) == {name: words for name, words in named.items() if words}


@pytest.mark.parametrize(
    "said", ["I want to make it", "Measurable results matter to me", "I make it measurable daily"]
)
def test_only_the_wish_is_taken_for_one(said: str) -> None:
    assert levels.without_wish(said) is None
