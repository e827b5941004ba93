"""What counts as said: no silence, no audio tag of the agent's, and everything else as it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachroom.app.container import Services
from coachroom.coaching.memory import Memory
from coachroom.elevenlabs.call_record import read_record
from coachroom.recording.turn import load_turns
from coachroom.recording.words import SILENT, SOUNDS, spoken_words
from coachroom.rooms.states import EndReason, Sender
from tests.recording.documents import analysis_document, record_document
from tests.services import ANA, CALL, NOON, delivery, enter, said, status, store_of

A, C = Sender.AGENT, Sender.CLIENT
NOTHING = ["", " ", "\n\t", "\u00a0", "\u200b", "...", "…", " ... ", ".", ". . .", "……", "\ufeff…"]


@pytest.mark.parametrize("sender", Sender)
@pytest.mark.parametrize("text", NOTHING)
def test_white_space_and_dots_are_no_words(sender: Sender, text: str) -> None:
    assert spoken_words(sender, text) == ""


@pytest.mark.parametrize("text", ["?", "!", "👍", "-", "No...", "... and then", "x", "。はい", "Ж"])
@pytest.mark.parametrize("sender", Sender)
def test_anything_else_is_words_as_it_stands(sender: Sender, text: str) -> None:
    assert spoken_words(sender, text) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[warmly] Welcome back.", "Welcome back."),
        ("[Warmly] Welcome back.", "Welcome back."),
        ("Well [sighs], that was hard.", "Well, that was hard."),
        ("Hello [laughs softly] there.", "Hello there."),
        ("[warmly][slowly] Hi.\n[short pause] Next.", "Hi.\nNext."),
        ("[strong French accent] Bonjour.", "Bonjour."),
        ("[clears throat] So.", "So."),
        ("[crying] Oh no. [exhales sharply]", "Oh no."),
        ("[worried] Is it? [tired] Yes.", "Is it? Yes."),
        ("[gently] See [link] and [1].", "See [link] and [1]."),
        ("[whispers]", ""),
        ("[chuckles]...", ""),
    ],
)
def test_an_audio_tag_of_the_agents_is_no_words(text: str, words: str) -> None:
    assert spoken_words(A, text) == words


BRACKETS = [
    "[link]", "[1]", "[2026-05-01]", "[ ]", "[x]", "[]", "[name], welcome.", "See [your notes].", "[your voice]",
    "[slowly](https://example.org)", "[gently]: a note", "array[softly]", "[softly]x", "[a, slowly]", "[weekly]",
    "[family] and [reply]", "[the five words said very slowly]", "[link to the form]", "[slowly", "slowly]",
    "  two  spaces [here]  ",
]  # fmt: skip


@pytest.mark.parametrize("text", BRACKETS)
def test_other_brackets_of_the_agents_are_text(text: str) -> None:
    assert spoken_words(A, text) == text


@pytest.mark.parametrize("sender", [C, Sender.COACH, Sender.SYSTEM])
def test_in_anybody_elses_text_every_bracket_is_text(sender: Sender) -> None:
    assert spoken_words(sender, "[laughs] I sleep [slowly] better.") == "[laughs] I sleep [slowly] better."


TAGS = st.lists(st.sampled_from(sorted(SOUNDS)), min_size=1, max_size=4).map(lambda words: f"[{' '.join(words)}]")
PLAIN = st.lists(st.sampled_from(["yes", "no,", "[link]", "[3]", "better.", "Ana"]), min_size=1, max_size=8)


@given(PLAIN, st.lists(st.tuples(st.integers(0, 8), TAGS), max_size=5))
def test_tags_between_words_leave_exactly_the_words(plain: list[str], tags: list[tuple[int, str]]) -> None:
    mixed = list(plain)
    for place, tag in tags:
        mixed.insert(place, tag)
    assert spoken_words(A, " ".join(mixed)) == " ".join(plain)
    assert spoken_words(C, " ".join(mixed)) == " ".join(mixed)


@given(st.sampled_from([A, C]), st.text())
def test_whatever_the_text_no_sign_is_made_up(sender: Sender, text: str) -> None:
    words = spoken_words(sender, text)
    assert words == text or len(words) < len(text)
    assert not words or any(sign not in SILENT and not sign.isspace() for sign in words)


def test_a_long_text_takes_no_long_time() -> None:
    for text in (" " * 200_000, "[" * 200_000, "[a b c d " * 20_000, "[warmly] " * 20_000):
        spoken_words(A, text)


# -- on record

REPORTED = (
    said(2, "[warmly] Hello Ana.", "agent", event_id=1),
    said(3, "...", "client"),
    said(4, " ", "client"),
    said(5, "Are you there?", "agent", event_id=2),
    said(6, "Yes [laughs], I sleep badly.", "client"),
    said(7, "Tell me about it.", "agent", event_id=3),
    {
        "n": 8, "kind": "correction", "event_id": 3, "text": "", "original": "Tell me about it.",
        "conversation_id": CALL,
    },
    said(9, "It began in May.", "client"),
    said(10, "", "client"),
)  # fmt: skip
SAID = ["Hello Ana.", "Are you there?", "Yes [laughs], I sleep badly.", "It began in May."]
LINES = (
    ("agent", "[warmly] Hello Ana.", 1),
    ("user", "…", 4),
    ("agent", "Are you there?", 6),
    ("user", "Yes [laughs], I sleep badly.", 8),
    ("agent", " ", 9),
    ("user", "...", 9),
    ("user", "It began in May.", 12),
)


def facts(services: Services, session_id: str) -> tuple[object, ...]:
    services.facts.make_all()
    columns = "client_turns, agent_turns, client_words, agent_words, interrupted_turns"
    return store_of(services).execute(f"SELECT {columns} FROM session_facts WHERE session_id = $1", [session_id])[0]


@pytest.mark.parametrize(("page_reported", "with_record"), [(True, False), (True, True), (False, True)])
def test_only_words_are_read_and_counted_whatever_brought_them(
    services: Services, page_reported: bool, with_record: bool
) -> None:
    session = enter(services)
    events = REPORTED if page_reported else ()
    services.intake.receive(session.id, delivery(status(1, "connected"), *events, sent_at=NOON))
    services.sessions.end(session.id, EndReason.CLIENT)
    if with_record:
        services.records.receive(read_record(record_document(LINES)))
        services.records.rebuild_waiting()
    assert [turn.message for turn in services.intake.turns(session.id)] == SAID
    assert facts(services, session.id) == (2, 2, 9, 5, 0)


def test_the_raw_text_is_kept_beside_the_words(services: Services) -> None:
    session = enter(services)
    services.intake.receive(session.id, delivery(status(1, "connected"), *REPORTED, sent_at=NOON))
    turns = load_turns(store_of(services), session.id)
    assert [turn.context.get("raw") for turn in turns] == [
        "[warmly] Hello Ana.", "...", " ", None, None, "", None, "",
    ]  # fmt: skip
    cut = turns[5]
    assert (cut.message, cut.context["original"]) == ("", "Tell me about it.")


def test_a_call_in_which_the_client_was_silent_says_nothing_about_them(services: Services) -> None:
    session = enter(services)
    services.intake.receive(session.id, delivery(status(1, "connected"), sent_at=NOON))
    services.sessions.end(session.id, EndReason.CLIENT)
    lines = (("agent", "You work nights at the hospital, right?", 1), ("user", "...", 5))
    analysis = analysis_document("The client works nights at the hospital.")
    services.records.receive(read_record(record_document(lines, analysis=analysis)))
    services.records.rebuild_waiting()
    memories: list[Memory] = services.coaching.memory.list_for(ANA)
    assert memories == []
    assert facts(services, session.id)[0] == 0
