"""A call in which a human coach is in the room, in both moods: two voices, and hints."""

from __future__ import annotations

from datetime import datetime

import pytest

from coachroom.simulator import AWKWARD, NORMAL, Mood
from tests.simulator.talks import Act, PlayedTalk, play

CAME = "The human coach Carla is in the room."
HINT = "The human coach says, for you alone: ask what she is afraid of."
CLIENT_HZ, COACH_HZ = 440.0, 1_000.0
MOODS = pytest.mark.parametrize("mood", [NORMAL, AWKWARD], ids=["normal", "awkward"])


def talk(mood: Mood, *acts: Act) -> PlayedTalk:
    return play(acts, mood, began=datetime(2026, 12, 1, 9), client="ana", session_id="s1")


def said(played: PlayedTalk, role: str) -> list[str]:
    return [turn.message or "" for turn in played.said if turn.role == role]


def two_speak(hz: float) -> tuple[Act, ...]:
    return (Act(10, speaks=2, hz=CLIENT_HZ), Act(15, context=CAME), Act(1, speaks=2, hz=hz))


@MOODS
def test_a_second_voice_stands_in_the_transcript_and_in_the_record(mood: Mood) -> None:
    played = talk(mood, *two_speak(COACH_HZ), Act(5))
    assert said(played, "user") == ["(spoke for 2 seconds)", "(a second voice spoke for 2 seconds)"]
    assert ["That was a second voice." in words for words in said(played, "agent")] == [False, False, True]
    assert "Welcome, Carla." in said(played, "agent")[-1]
    recorded = [turn["message"] for turn in played.documents[-1]["transcript"] if turn["role"] == "user"]
    assert "(a second voice spoke for 2 seconds)" in recorded


def test_without_a_human_coach_there_is_one_voice_only() -> None:
    played = talk(NORMAL, Act(10, speaks=2, hz=CLIENT_HZ), Act(15, speaks=2, hz=COACH_HZ), Act(15))
    assert said(played, "user") == ["(spoke for 2 seconds)"] * 2


def test_the_same_voice_again_is_no_second_one() -> None:
    assert said(talk(NORMAL, *two_speak(CLIENT_HZ), Act(15)), "user") == ["(spoke for 2 seconds)"] * 2


@MOODS
def test_a_hint_is_in_the_next_answer_and_in_no_transcript_of_its_own(mood: Mood) -> None:
    played = talk(
        mood,
        Act(10, "I want to speak up"),
        Act(10, context=HINT, context_id="coach-1"),
        Act(1, "I say nothing at all"),
        Act(10, "I could write it down"),
        Act(10),
    )
    taken_up = ["afraid of" in words for words in said(played, "agent")]
    assert taken_up == [False, False, True, False]
    assert not any("afraid" in words for words in said(played, "user"))
    assert [(told.context_id, told.text) for told in played.told] == [("coach-1", HINT)]
