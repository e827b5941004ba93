"""Which turns a sentence is grounded in."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from coachroom.languages import ENGLISH
from coachroom.recording.grounding import TurnIndex, grounding_turns, sentences
from coachroom.recording.turn import Turn
from coachroom.recording.vocabulary import content_words
from coachroom.rooms.states import Sender
from tests.services import NOON


def turns(*texts: str) -> list[Turn]:
    """Turns numbered from 1; those that begin with "A: " are the agent's."""
    return [
        Turn(
            n,
            f"t{n}",
            text.removeprefix("A: "),
            Sender.AGENT if text.startswith("A: ") else Sender.CLIENT,
            NOON,
            {},
        )
        for n, text in enumerate(texts, start=1)
    ]


TALK = turns(
    "A: Hello Ana. What would you like to work on today?",
    "I want to sleep better. I work nights at the hospital.",
    "A: Have you tried to keep a diary of your evenings?",
    "No. But I'll call the sleep clinic tomorrow, and I am running every morning.",
)


@pytest.mark.parametrize(
    ("sentence", "on"),
    [
        ("She works nights at the hospital.", ("t2",)),
        ("I WORK NIGHTS, at the hospital!", ("t2",)),
        ("Ana runs in the mornings.", ("t4",)),
        ("The client will call the sleep clinic.", ("t4",)),
        ("She works nights at the hospital and will call the sleep clinic tomorrow.", ("t2", "t4")),
        ("The client was asked to keep a diary of her evenings.", ("t3",)),
        ("She has three cats.", ()),
        ("She works at a bank in Lisbon.", ()),
        ("The client talked with the coach.", ()),
        ("", ()),
        ("...", ()),
    ],
)
def test_a_sentence_is_grounded_in_the_turns_that_hold_its_words(sentence: str, on: tuple[str, ...]) -> None:
    assert grounding_turns(sentence, TALK) == on


def test_the_clients_words_count_before_the_agents() -> None:
    talk = turns("A: So you work nights at the hospital?", "Yes, I work nights at the hospital.")
    assert grounding_turns("Works nights at the hospital", talk) == ("t2",)
    assert grounding_turns("Works nights at the hospital", talk[:1]) == ("t1",)
    clients = [each for each in talk[:1] if each.sender is Sender.CLIENT]
    assert grounding_turns("Works nights at the hospital", clients) == ()


def test_one_word_is_enough_only_where_there_is_only_one() -> None:
    talk = turns("I have a dog", "I like it")
    assert grounding_turns("She has a dog.", talk) == ("t1",)
    assert grounding_turns("She likes opera.", talk) == ()


def test_other_scripts_are_looked_up_too() -> None:
    talk = turns("Ich schlafe schlecht seit Mai.", "私は夜に病院で働いています。", "Я работаю ночью в больнице")
    assert grounding_turns("Schläft schlecht seit Mai", talk) == ("t1",)
    assert grounding_turns("夜に病院で働いている", talk) == ("t2",)
    assert grounding_turns("работаю ночью", talk) == ("t3",)


def test_a_text_is_taken_apart_into_sentences() -> None:
    text = (
        'Ana sleeps badly. She said: "I\'m tired." Dr. Who?\n- first thing\n2) second thing\n\n...\n夜です。朝です。'
    )
    assert sentences(text) == [
        "Ana sleeps badly.",
        'She said: "I\'m tired."',
        "Dr. Who?",
        "first thing",
        "second thing",
        "夜です。",
        "朝です。",
    ]
    assert sentences("") == sentences("  \n - \n") == []


@pytest.mark.parametrize(
    "sentence",
    [
        "The client moves to 5 St. James Street.",
        "The client will see Dr. Weber on Monday.",
        "The client lives at Hauptstr. 5, e.g. near Prof. Lang.",
        "The client plans z. B. Yoga for the mornings.",
        "The client calls Mrs. Holm vs. Mr. Falk a hard choice.",
    ],
)
def test_no_sentence_is_cut_after_an_abbreviation(sentence: str) -> None:
    assert sentences(f"{sentence} The client sleeps badly.") == [sentence, "The client sleeps badly."]


def test_no_quote_is_cut() -> None:
    for text in (
        'The client said: "I want to speak up. My goal is once a meeting."',
        "They said \u201cI tried. Twice!\u201d and stopped.",
        "\u201eIch will mehr. Viel mehr.\u201c sagte sie.",
        "Elle dit \u00ab Oui. Non. \u00bb encore.",
    ):
        assert sentences(f"{text} And then?") == [text, "And then?"]
    assert sentences('A 5" nail. A "quote. Here" too. One " left. Over.') == [
        'A 5" nail. A "quote.',
        'Here" too. One " left.',
        "Over.",
    ]


def test_endings_and_small_words_do_not_count() -> None:
    assert content_words("The worries") == content_words("a worry")
    assert content_words("planning") == content_words("plan") == content_words("planned")
    assert content_words("calls") == content_words("calling") == content_words("called")
    assert content_words("I said that the client was asked") == frozenset()


WORDS = st.lists(
    st.sampled_from(["sleep", "clinic", "call", "night", "work", "cat", "the", "and", "she"]), max_size=8
)


@given(WORDS, st.lists(WORDS, max_size=5), st.lists(WORDS, max_size=3))
def test_more_turns_never_take_the_ground_away(
    sentence: list[str], said: list[list[str]], more: list[list[str]]
) -> None:
    # In one language: more turns may show that it is another, with other everyday words.
    talk = TurnIndex(turns(*(" ".join(each) for each in said)), ENGLISH)
    longer = TurnIndex(turns(*(" ".join(each) for each in [*said, *more])), ENGLISH)
    if talk.grounding_turns(" ".join(sentence)):
        assert longer.grounding_turns(" ".join(sentence))


@given(WORDS, st.lists(WORDS, max_size=5))
@example(["the"], [["cat", "cat", "the"]])
def test_the_turns_that_ground_a_sentence_are_in_their_order(sentence: list[str], said: list[list[str]]) -> None:
    talk = turns(*(" ".join(each) for each in said))
    found = grounding_turns(" ".join(sentence), talk)
    assert list(found) == [turn.id for turn in talk if turn.id in found]
    # Few words may pass for another language, in which "the" is a word like others.
    language = TurnIndex(talk).language
    words = content_words(" ".join(sentence), language)
    assert all(words & content_words(turn.message, language) for turn in talk if turn.id in found)
