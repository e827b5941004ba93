"""Words of danger are found however people put them; ordinary days stay ordinary."""

from __future__ import annotations

import time
import tomllib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from coachroom.safety.danger import MAX_TEXT_CHARS, DangerPhrases, PhraseList, normal, read
from coachroom.toml_file import TomlFileError
from tests.safety.ordinary import SENTENCES, ordinary_sentences

LIST = Path(__file__).resolve().parents[2] / "data" / "danger_phrases.toml"
PHRASES = [
    tuple(line.split("\t")) for line in Path(__file__).with_name("phrases.txt").read_text("utf-8").splitlines()
]
MAX_FALSE_ALARMS = 0.02


@pytest.fixture(scope="module")
def phrases() -> DangerPhrases:
    return read(LIST)


def test_every_phrase_is_found_and_none_is_a_pattern_of_the_list(phrases: DangerPhrases) -> None:
    assert Counter(language for language, _ in PHRASES) == {"en": 20, "de": 20, "es": 20}
    patterns = {
        normal(each)
        for part in tomllib.loads(LIST.read_text("utf-8"))["languages"].values()
        for each in part["danger"]
    }
    assert [text for _, text in PHRASES if not phrases.found_in(text)] == []
    assert [text for _, text in PHRASES if normal(text) in patterns] == []


CHANGES: list[Callable[[str], str]] = [
    str.upper,
    str.lower,
    lambda text: text.replace("'", "\u2019"),
    lambda text: f"Well, um, {text}. You know.",
]


@pytest.mark.parametrize("change", CHANGES)
def test_case_signs_and_words_around_change_nothing(phrases: DangerPhrases, change: Callable[[str], str]) -> None:
    assert [text for _, text in PHRASES if not phrases.found_in(change(text))] == []


def test_at_most_two_of_a_hundred_ordinary_sentences_raise_an_alarm(phrases: DangerPhrases) -> None:
    sentences = ordinary_sentences()
    assert len(sentences) == len(set(sentences)) == SENTENCES
    alarms = [sentence for sentence in sentences if phrases.found_in(sentence)]
    assert len(alarms) <= MAX_FALSE_ALARMS * SENTENCES, alarms


def test_a_phrase_is_found_in_the_midst_of_a_long_answer(phrases: DangerPhrases) -> None:
    ordinary = " ".join(ordinary_sentences()[:60])
    assert phrases.found_in(f"{ordinary} I don't want to live anymore. {ordinary}")


def test_what_only_sounds_alike_hides_no_danger_beside_it(phrases: DangerPhrases) -> None:
    assert not phrases.found_in("I could die laughing.")
    assert phrases.found_in("I could die laughing. And at night I want to die.")


def test_the_longest_message_takes_no_time(phrases: DangerPhrases) -> None:
    started = time.perf_counter()
    for word in ("want to ", "mich ", "a", "i was not ", "\u0301", "no quiero "):
        assert not phrases.found_in(word * (2 * MAX_TEXT_CHARS // len(word)))
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("end it", "End it!", "the end. It rains"),
        ("kill*", "killing", "skill"),
        ("(a b|c)? d", "a b d", "e"),
        ("a (b (c|d)|e)", "a b d", "a b e"),
        ("so ..2 sad", "so very very sad", "so very very very sad"),
        ("live $", "I live.", "I live here"),
        ("sinn über", "SINN uber", "sinnüber"),
    ],
)
def test_a_pattern_means_what_the_file_says(pattern: str, yes: str, no: str) -> None:
    phrases = DangerPhrases([PhraseList((pattern,))])
    assert phrases.found_in(yes)
    assert not phrases.found_in(no)


@pytest.mark.parametrize("pattern", ["", "(a", "a)b", "a, b", "()", "(a|b)?", "a ..x"])
def test_a_pattern_that_cannot_be_used_is_named(tmp_path: Path, pattern: str) -> None:
    path = tmp_path / "phrases.toml"
    path.write_text(f'[languages.en]\ndanger = ["{pattern}"]\n', encoding="utf-8")
    with pytest.raises(TomlFileError, match="cannot be used"):
        read(path)


def test_a_file_that_is_not_there_names_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(TomlFileError, match="COACHROOM_DANGER_PHRASES"):
        read(tmp_path / "none.toml")


def test_a_key_that_is_not_known_is_named(tmp_path: Path) -> None:
    path = tmp_path / "phrases.toml"
    path.write_text('[languages.en]\ndangr = ["a"]\n', encoding="utf-8")
    with pytest.raises(TomlFileError, match="did you mean danger"):
        read(path)
