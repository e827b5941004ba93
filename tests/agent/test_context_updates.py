"""What the coach is told during a call."""

from __future__ import annotations

from dataclasses import replace

from coachroom.agent.context_updates import MAX_LINE_CHARS, MAX_NOTE_CHARS, MAX_TURNS, resumed_update, topic_of
from coachroom.recording.turn import Turn
from coachroom.rooms.states import Sender
from tests.services import NOON


def turn(seq: int, sender: Sender, message: str) -> Turn:
    return Turn(seq, f"page.{seq}", message, sender, NOON)


def test_a_first_call_begins_without_a_note() -> None:
    assert resumed_update([]) is None
    assert resumed_update([turn(1, Sender.SYSTEM, "the server was restarted")]) is None


def test_a_call_that_is_taken_up_again_begins_with_what_was_said_last() -> None:
    note = resumed_update([turn(1, Sender.AGENT, "Hello."), turn(2, Sender.CLIENT, "I want\nto   sleep.")])
    assert note is not None
    assert note.splitlines()[1:] == ["You: Hello.", "Client: I want to sleep."]


def test_the_note_stays_short_and_keeps_the_end() -> None:
    turns = [turn(n, Sender.CLIENT, f"{n} " + "word " * 400) for n in range(1, 30)]
    note = resumed_update(turns)
    assert note is not None
    assert len(note) < MAX_NOTE_CHARS + 200
    assert "Client: 29 " in note
    assert f"Client: {29 - MAX_TURNS} " not in note
    assert max(len(line) for line in note.splitlines()[1:]) <= MAX_LINE_CHARS + len("Client: ")


def test_what_the_client_has_forgotten_since_is_not_told_again() -> None:
    turns = [turn(1, Sender.CLIENT, "My cat is ill."), turn(2, Sender.CLIENT, "I want to sleep.")]
    note = resumed_update(turns, forgotten={"page.1"})
    assert note is not None
    assert note.splitlines()[1:] == ["Client: I want to sleep."]
    assert resumed_update(turns[:1], forgotten={"page.1"}) is None


def test_the_topic_is_what_the_client_said_last_in_a_few_words() -> None:
    said = [
        turn(1, Sender.CLIENT, "I want to  sleep better"),
        turn(2, Sender.AGENT, "How sure are you, from one to ten?"),
        turn(3, Sender.CLIENT, "(spoke for 2 seconds)"),
        turn(4, Sender.CLIENT, "(a second voice spoke for 3 seconds)"),
        turn(5, Sender.CLIENT, "(two voices spoke for 3 seconds)"),
        turn(6, Sender.CLIENT, "9"),
    ]
    assert topic_of(said) == "I want to sleep better"
    assert topic_of(said, forgotten={"page.1"}) is None
    assert topic_of(said[1:]) is None


def test_what_a_human_coach_said_is_told_as_theirs() -> None:
    note = resumed_update([turn(1, Sender.COACH, "What did you notice?"), turn(2, Sender.CLIENT, "I slept.")])
    assert (note or "").splitlines()[1:] == ["Human coach: What did you notice?", "Client: I slept."]


def test_what_a_human_coach_said_is_no_topic_of_the_clients() -> None:
    said = [
        turn(1, Sender.CLIENT, "I want to sleep better"),
        turn(2, Sender.COACH, "Tell us about your job"),
        replace(turn(3, Sender.CLIENT, "Let us talk of work"), context={"mixed": True}),
    ]
    assert topic_of(said) == "I want to sleep better"


def test_a_session_that_is_handed_back_is_told_as_one_until_the_agent_has_spoken() -> None:
    summary = replace(turn(2, Sender.COACH, "We agreed on a walk a day."), context={"written": "summary"})
    said = [turn(1, Sender.CLIENT, "I want to sleep"), summary]
    note = resumed_update(said) or ""
    assert note.startswith("A human coach talked with the client alone")
    assert note.endswith("Human coach: We agreed on a walk a day.")
    assert (resumed_update([*said, turn(3, Sender.CLIENT, "Yes")]) or "").startswith("A human coach talked")
    later = [*said, turn(3, Sender.AGENT, "A walk, then.")]
    assert (resumed_update(later) or "").startswith("The client has reconnected.")


def test_a_pause_is_told_as_one() -> None:
    said = [turn(1, Sender.CLIENT, "I want to sleep")]
    assert (resumed_update(said, paused=True) or "").startswith(
        "The client paused and is back. Continue where you were"
    )
    assert (resumed_update(said) or "").startswith("The client has reconnected.")
