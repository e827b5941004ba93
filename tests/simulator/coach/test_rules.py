from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachroom.agent.context_updates import MORE_TIME, WRAP_UP
from coachroom.simulator.coach import rules
from coachroom.simulator.coach.rules import QUESTIONS, CoachState, Phase


def talk(state: CoachState, *texts: str) -> tuple[CoachState, list[str]]:
    answers = []
    for text in texts:
        state, reply = rules.reply(state, text)
        answers.append(reply.text)
    return state, answers


def test_the_greeting_knows_the_name_and_asks_one_question() -> None:
    state, reply = rules.begin({"client_name": "Ana"})
    assert reply.text.startswith("Hello Ana.")
    assert "practice coach" in reply.text
    assert reply.text.count("?") == 1
    assert state.step is Phase.GOAL


def test_without_a_name_it_still_greets() -> None:
    assert rules.begin({})[1].text.startswith("Hello. Good to have you here.")


def test_a_second_session_is_greeted_as_such() -> None:
    assert "again" in rules.begin({"session_number": 2})[1].text


def test_a_resume_variable_picks_up() -> None:
    assert "pick up where you were" in rules.begin({"resume_context": "goal"})[1].text


def test_a_conversation_is_taken_up_at_what_the_client_said_last() -> None:
    state, greeting = rules.begin({"client_name": "Ana", "resumed": "yes", "topic": '"I want to sleep better"'})
    assert "Welcome back" in greeting.text
    assert 'You said: "I want to sleep better".' in greeting.text
    assert "work on today" not in greeting.text
    state, answer = rules.reply(state, "I lie awake for hours")
    assert rules.QUESTIONS[Phase.OPTIONS] in answer.text
    assert (state.goal, answer.uses[0].parameters) == ("I want to sleep better", {"stage": "options"})


def test_grow_walks_from_goal_to_will_in_the_clients_words() -> None:
    state, answers = talk(
        rules.begin({"client_name": "Ana"})[0],
        "I want to finish my book.",
        "Two chapters are missing.",
        "Write every morning, or take a week off.",
        "Write every morning from Monday",
        "8",
    )
    assert '"I want to finish my book"' in answers[0]
    expected = [Phase.REALITY, Phase.OPTIONS, Phase.WILL, Phase.SURE, Phase.CLOSE]
    assert all(answer.endswith(QUESTIONS[step]) for answer, step in zip(answers, expected, strict=True))
    assert state.action == "Write every morning from Monday"
    assert rules.summary(state) == (
        'The client wants this: "I want to finish my book". '
        'The client will do this: "Write every morning from Monday".'
    )


@pytest.mark.parametrize(("said", "step"), [("4", Phase.EASIER), ("maybe six", Phase.EASIER), ("nine", Phase.CLOSE)])
def test_a_low_confidence_asks_what_would_make_it_easier(said: str, step: Phase) -> None:
    assert rules.reply(CoachState(step=Phase.SURE), said)[0].step is step


def test_a_new_topic_after_the_close_begins_again() -> None:
    state, answers = talk(CoachState(step=Phase.CLOSE, goal="book"), "My sleep")
    assert (state.goal, state.step) == ("My sleep", Phase.REALITY)
    assert answers[0].endswith(QUESTIONS[Phase.REALITY])


@pytest.mark.parametrize(
    "text",
    [
        "bye",
        "Goodbye!",
        "ok, thanks, bye bye",
        "That's all for today, thank you",
        "see you next week",
        "Thank you. Goodbye.",
        "I will do it tomorrow, bye!",
        "please stop here; goodbye",
        "let's end the call",
    ],
)
def test_goodbye_ends_the_call(text: str) -> None:
    reply = rules.reply(CoachState("Ana"), text)[1]
    assert reply.ends
    assert "Goodbye." in reply.text


@pytest.mark.parametrize(
    "text",
    [
        "I want to say goodbye to smoking",
        "My goodbye letter to the team is not written",
        "I see you have a plan",
        "I want to stop the call centre from calling me",
        "That is all my boss ever says",
    ],
)
def test_talking_about_goodbyes_does_not_end_the_call(text: str) -> None:
    assert not rules.reply(CoachState(), text)[1].ends


def test_no_to_anything_else_is_a_goodbye() -> None:
    assert rules.reply(CoachState(step=Phase.CLOSE), "No, nothing.")[1].ends
    assert not rules.reply(CoachState(step=Phase.REALITY), "No, nothing.")[1].ends


def test_silence_doubt_and_questions_keep_the_question() -> None:
    for text in ("...", "I don't know", "What do you think?"):
        assert rules.reply(CoachState(step=Phase.OPTIONS), text)[0].step is Phase.OPTIONS


def test_somebody_in_need_is_sent_to_a_person() -> None:
    reply = rules.reply(CoachState(), "Sometimes I think about ending my life")[1]
    assert "only a practice program" in reply.text
    assert "crisis line" in reply.text
    assert not reply.ends


@pytest.mark.parametrize("update", ["Resumed after a reload.", "The client reconnected", "resume: step: options"])
def test_a_resume_update_is_said_once(update: str) -> None:
    state = rules.inform(CoachState(), update)
    _, answers = talk(state, "The same as before", "Well")
    assert answers[0].startswith("Let us pick up where you were.")
    assert "pick up" not in answers[1]


def test_an_update_can_bring_goal_and_step() -> None:
    state = rules.inform(CoachState(), "Resume the session. Goal so far: run 10 km\nLast step: reality")
    assert (state.goal, state.step) == ("run 10 km", Phase.REALITY)


def test_who_has_more_time_again_is_not_asked_to_close() -> None:
    state = rules.inform(CoachState(goal="run"), WRAP_UP.format(minutes=2))
    state, answers = talk(rules.inform(state, MORE_TIME.format(minutes=5)), "I am slow")
    assert "little time left" not in answers[0]


@pytest.mark.parametrize(
    "update",
    ["Time is almost up.", "2 minutes left", "There are two minutes remaining", "30 seconds left", "wrap up"],
)
def test_little_time_wraps_up_in_the_next_reply(update: str) -> None:
    state = rules.inform(CoachState(goal="run"), update)
    state, answers = talk(state, "I am slow", "Buy shoes")
    assert "little time left" in answers[0]
    assert 'You will do this: "Buy shoes"' in answers[1]


@pytest.mark.parametrize("update", ["20 minutes left", "The client is on a bus", ""])
def test_other_updates_change_nothing(update: str) -> None:
    assert rules.inform(CoachState(), update) == CoachState()


def test_a_spoken_turn_says_once_that_words_are_not_understood() -> None:
    state, first = rules.hear(CoachState())
    state, second = rules.hear(state)
    assert "cannot make out your words" in first.text
    assert "cannot" not in second.text
    assert state.step is Phase.REALITY


def test_a_spoken_turn_with_little_time_wraps_up_and_is_honest() -> None:
    reply = rules.hear(CoachState(little_time=True))[1]
    assert "cannot make out your words" in reply.text
    assert "little time left" in reply.text


@pytest.mark.parametrize(("seconds", "text"), [(0.2, "1 second"), (1.4, "1 second"), (3.1, "3 seconds")])
def test_captions_tell_the_length(seconds: float, text: str) -> None:
    assert rules.caption(seconds) == f"(spoke for {text})"


@given(st.lists(st.tuples(st.sampled_from(["reply", "inform", "hear"]), st.text()), max_size=8))
def test_whatever_is_said_there_is_a_short_answer(events: list[tuple[str, str]]) -> None:
    state = CoachState()
    for kind, text in events:
        if kind == "inform":
            state = rules.inform(state, text)
            continue
        state, reply = rules.reply(state, text) if kind == "reply" else rules.hear(state)
        assert 0 < len(reply.text) < 600
        assert reply.text.count("?") <= 1 + text.count("?") + state.goal.count("?") + state.action.count("?")
