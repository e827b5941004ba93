"""Languages by code and by name."""

from __future__ import annotations

import pytest

from coachroom.languages import LANGUAGES, language_called, language_name


@pytest.mark.parametrize("text", ["de", "DE", "Deutsch", " german ", "GERMAN"])
def test_a_language_is_known_by_its_code_and_its_names(text: str) -> None:
    found = language_called(text)
    assert found is not None
    assert found.code == "de"


@pytest.mark.parametrize("text", [None, "", "Swiss German, please", "xx"])
def test_other_words_name_none(text: str | None) -> None:
    assert language_called(text) is None


def test_no_name_stands_for_two_languages() -> None:
    words = [word.casefold() for each in LANGUAGES for word in {each.code, each.name, each.english}]
    assert len(words) == len(set(words))


def test_a_code_without_a_name_stands_for_itself() -> None:
    assert (language_name("fr"), language_name("et")) == ("Français", "et")
