from __future__ import annotations

from dataclasses import dataclass

import pytest

from coachroom.agent.title_match import best, exact


@dataclass(frozen=True)
class Thing:
    title: str


THINGS = [Thing("Speak up in meetings"), Thing("Sleep better"), Thing("Ask Tom for feedback"), Thing("Run")]


def test_the_very_title_is_found_whatever_its_case_and_punctuation() -> None:
    assert exact("SLEEP  better!", THINGS) is THINGS[1]
    assert exact("Sleep", THINGS) is None


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("meetings", "Speak up in meetings"),
        ("asking for Tom's feedback", "Ask Tom for feedback"),
        ("my goal to run", "Run"),
        ("in", "Speak up in meetings"),
        ("for better or worse", None),
        ("the weather", None),
        ("", None),
    ],
)
def test_the_one_that_shares_the_most_words_is_meant(said: str, title: str | None) -> None:
    found = best(said, THINGS)
    assert (found.title if found else None) == title


def test_two_that_fit_alike_are_none() -> None:
    assert best("better", [Thing("Sleep better"), Thing("Eat better")]) is None
    assert best("better", []) is None


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("meinen Schlaf verbessern", "Schlaf verbessern"),
        ("die schwierigen Gespräche", "Ein schwieriges Gespräch führen"),
        ("das Wetter", None),
    ],
)
def test_a_title_in_another_language_is_meant_with_other_endings(said: str, title: str | None) -> None:
    things = [
        Thing("Schlaf verbessern"),
        Thing("Ein schwieriges Gespräch führen"),
        Thing("Mehr Zeit mit der Familie"),
    ]
    found = best(said, things)
    assert (found.title if found else None) == title


def test_a_title_in_a_script_without_spaces_is_meant_by_a_part_of_it() -> None:
    things = [Thing("もっとよく眠る"), Thing("仕事を探す")]
    assert best("よく眠る", things) is things[0]
