"""What is said in the call."""

from __future__ import annotations

from coachroom.call_check.script import SCRIPT, expected_seconds, seconds, spoken
from tests.simulator.serving import silence, sine


def test_there_are_pauses_of_one_to_eight_seconds_between_the_pieces() -> None:
    pauses = [pause for thought in SCRIPT.thoughts for pause in thought.pauses]
    assert (min(pauses), max(pauses)) == (1.0, 8.0)
    assert all(len(thought.pieces) == len(thought.pauses) + 1 for thought in SCRIPT.thoughts)


def test_a_sentence_begins_and_ends_with_its_voice() -> None:
    said = spoken(lambda _: silence(0.4) + sine(1.0) + silence(0.2) + sine(0.5) + silence(1.0), "any")
    assert abs(seconds(said) - 1.7) < 0.03
    assert seconds(spoken(lambda _: silence(0.5), "nothing")) == 0.5


def test_the_length_that_is_told_holds_voice_pauses_and_answers() -> None:
    told = expected_seconds(SCRIPT, lambda _: sine(2.0))
    pieces = sum(len(thought.pieces) for thought in SCRIPT.thoughts)
    assert abs(told - (2.0 * (pieces + 1) + 20.5 + 8 * 8)) < 0.5
