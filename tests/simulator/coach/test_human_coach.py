"""The practice coach with a human coach in the room."""

from __future__ import annotations

from datetime import datetime

import pytest

from coachroom.agent.briefing import About, make
from coachroom.coaching.coach_questions import QuestionForSession
from coachroom.coaching.profiles import Profile
from coachroom.simulator.coach import rules
from coachroom.simulator.coach.rules import QUESTIONS, CoachState, Phase, Speaker

NOW = datetime(2026, 5, 1, 12)
CAME = "The human coach Carla is in the room, sees the client and hears both of you. Carla only listens."
LEFT = "The human coach Carla has left the room. You are alone with the client again."
HINT = "The human coach says, for you alone: ask what she is afraid of."


def with_carla(state: CoachState | None = None) -> CoachState:
    return rules.inform(state or CoachState(), CAME)


def test_a_hint_is_taken_up_in_the_next_answer_and_only_there() -> None:
    state = rules.inform(CoachState(), HINT, "coach-1")
    state, first = rules.reply(state, "I want to speak up")
    state, second = rules.reply(state, "I say nothing at all")
    assert first.text.startswith('Let us look at this as well: "ask what she is afraid of".')
    assert first.text.endswith(QUESTIONS[Phase.REALITY])
    assert "afraid" not in second.text


def test_a_hint_is_taken_up_after_a_spoken_turn_too() -> None:
    state, answer = rules.hear(rules.inform(CoachState(), HINT, "coach-1"))
    assert '"ask what she is afraid of"' in answer.text
    assert state.hints == ()


def test_several_hints_wait_for_one_answer() -> None:
    state = rules.inform(rules.inform(CoachState(), HINT, "coach-1"), HINT.replace("she is", "he is"), "coach-2")
    answer = rules.reply(state, "I want to speak up")[1].text
    assert answer.index("she is afraid") < answer.index("he is afraid")


@pytest.mark.parametrize("context_id", ["", "briefing", "not-coach-1"])
def test_only_the_coachs_updates_are_hints(context_id: str) -> None:
    assert rules.inform(CoachState(), HINT, context_id) == CoachState()


@pytest.mark.parametrize("words", ["well done.", "the human coach is in the room", "two minutes left"])
def test_what_the_coach_writes_to_the_client_changes_nothing(words: str) -> None:
    update = f"The human coach Carla has written to the client: {words}"
    assert rules.inform(CoachState(), update, "coach-1") == CoachState()


def test_a_name_may_have_a_dot() -> None:
    assert rules.inform(CoachState(), CAME.replace("Carla", "Dr. Carla M.")).human_coach == "Dr. Carla M"


def test_a_hint_changes_nothing_in_danger_or_at_the_goodbye() -> None:
    hinted = rules.inform(CoachState(), HINT, "coach-1")
    assert rules.reply(hinted, "I want to kill myself")[1].text == rules.HELP
    assert "afraid" not in rules.reply(hinted, "bye")[1].text


def test_a_hint_beyond_a_limit_is_not_read_out() -> None:
    state = rules.inform(
        CoachState(), "The human coach says, for you alone: praise her for stopping her pills.", "coach-1"
    )
    assert state.hints == ()


def test_a_human_coach_is_welcomed_once() -> None:
    state, first = rules.reply(with_carla(), "I want to speak up")
    state, second = rules.reply(rules.inform(state, CAME), "I say nothing at all")
    assert first.text.startswith("Welcome, Carla.")
    assert "Carla" not in second.text


def test_who_comes_back_is_welcomed_again() -> None:
    state, _ = rules.reply(with_carla(), "I want to speak up")
    state = rules.inform(state, LEFT)
    assert state.human_coach == ""
    assert rules.reply(with_carla(state), "I say nothing at all")[1].text.startswith("Welcome, Carla.")


def test_a_second_voice_does_not_answer_for_the_client() -> None:
    state, _ = rules.hear(with_carla(CoachState(step=Phase.OPTIONS)))
    state, answer = rules.hear(state, Speaker.SECOND)
    assert answer.text == f"That was a second voice. {QUESTIONS[Phase.OPTIONS]}"
    state, answer = rules.hear(state, Speaker.FIRST)
    assert answer.text.endswith(QUESTIONS[Phase.WILL])


def test_both_voices_in_one_turn_move_on_and_are_named() -> None:
    state, answer = rules.hear(CoachState(step=Phase.OPTIONS, deafness_told=True), Speaker.BOTH)
    assert answer.text.startswith("I heard two voices.")
    assert state.step is Phase.WILL


@pytest.mark.parametrize(
    ("speaker", "text"),
    [
        (Speaker.FIRST, "(spoke for 2 seconds)"),
        (Speaker.SECOND, "(a second voice spoke for 2 seconds)"),
        (Speaker.BOTH, "(two voices spoke for 2 seconds)"),
    ],
)
def test_the_transcript_names_the_voice(speaker: Speaker, text: str) -> None:
    assert rules.caption(2.1, speaker) == text


def with_question(words: str, state: CoachState | None = None) -> CoachState:
    asked = QuestionForSession("q1", "Carla", words)
    about = About(Profile("ana", "Ana"), [], [], [], 2, NOW, NOW, "session-1", question=asked)
    return rules.inform(state or CoachState(), make(about).long_form)


def test_the_human_coachs_question_is_asked_once_and_not_as_the_first_thing() -> None:
    state, first = rules.reply(with_question("What would {{courage}} look like?"), "I want to speak up")
    state, second = rules.reply(state, "I say nothing at all")
    third = rules.reply(state, "I could write it down")[1]
    assert "Carla" not in first.text
    assert second.text.startswith('Carla would like me to ask you: "What would { {courage} } look like?".')
    assert "Carla" not in third.text


def test_a_call_after_a_break_does_not_ask_it_again() -> None:
    resumed = rules.begin({"client_name": "Ana", "resumed": "yes"})[0]
    state, _ = rules.reply(with_question("What would courage look like?", resumed), "I want to speak up")
    assert "courage" not in rules.reply(state, "I say nothing at all")[1].text


def test_a_question_may_ask_what_the_practice_coach_gives_no_advice_on() -> None:
    state, _ = rules.reply(with_question("What would you do if nobody watched?"), "I want to speak up")
    assert '"What would you do if nobody watched?"' in rules.reply(state, "I say nothing at all")[1].text


def test_a_question_beyond_a_limit_is_not_asked() -> None:
    state, _ = rules.reply(with_question("Will you stop taking your pills?"), "I want to speak up")
    assert "pills" not in rules.reply(state, "I say nothing at all")[1].text
