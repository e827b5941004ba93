"""Every switch of the mood alone: what a client of the practice agent sees then."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from coachroom.simulator import AWKWARD, NORMAL, Mood
from coachroom.simulator.mood import Delays, Moods, Wait, drawn_by
from tests.simulator.serving import API_KEY, TEXT_ONLY, Caller, RunningAgent, call, silence, sine, until

LATE = Wait(2.0, 2.0)  # at ten times the speed
SPOKEN = sine(1.0) + silence(1.5)
AT_ONCE = {"conversation_config_override": {"agent": {"first_message": "Hi."}}}


@pytest.fixture(autouse=True)
def normal_again(practice: RunningAgent) -> Iterator[None]:
    yield
    practice.agent.moods.current = NORMAL


@contextmanager
def talk(practice: RunningAgent, mood: Mood, **initiation: Any) -> Iterator[Caller]:
    """A call in this mood, once the greeting has come."""
    practice.agent.moods.current = mood
    with call(practice, **initiation) as caller:
        caller.hear("agent_response")
        yield caller


def late(channel: str) -> Mood:
    return replace(NORMAL, delays=replace(Delays(), **{channel: LATE}))


def order(caller: Caller, *types: str) -> list[str]:
    """In which order these messages came."""
    return [kind for kind in caller.types() if kind in types]


def test_the_same_seed_draws_the_same_for_each_call() -> None:
    def drawn(seed: int) -> list[float]:
        moods = Moods(AWKWARD, seed)
        return [AWKWARD.delays.audio.draw(drawn_by(moods.begin_call()[1], "audio")) for _ in range(3)]

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)
    assert len(set(drawn(1))) == 3


def test_the_awkward_mood_turns_every_switch_but_those_with_which_no_call_would_begin() -> None:
    left = {field.name for field in fields(Mood) if getattr(AWKWARD, field.name) == getattr(NORMAL, field.name)}
    assert left == {"break_code", "queue_times_out"}


def test_a_transcript_that_is_late_comes_after_its_answer_with_the_same_event_id(practice: RunningAgent) -> None:
    with talk(practice, replace(late("user_transcripts"), shared_event_ids=True), **AT_ONCE) as caller:
        caller.speak(silence(3.0) + SPOKEN)
        answer = caller.hear("agent_response")
        transcript = caller.hear("user_transcript")
    assert transcript["event_id"] == answer["event_id"]


def test_an_answer_that_is_late_comes_after_what_was_said_meanwhile(practice: RunningAgent) -> None:
    with talk(practice, late("agent_responses"), **TEXT_ONLY) as caller:
        caller.type("I want to sleep better.")
        caller.type("I work at night.")
        caller.hear("agent_response")
        caller.hear("agent_response")
        [record, *_] = practice.agent._calls._context.archive.newest_first()
        assert [turn.role for turn in record.turns] == ["agent", "user", "agent", "user", "agent"]


def test_audio_that_is_late_comes_after_the_next_pings(practice: RunningAgent) -> None:
    practice.agent.moods.current = late("audio")
    with call(practice, **AT_ONCE) as caller:
        caller.hear("audio")
    assert set(caller.types()[1:-1]) == {"agent_response", "ping"}


def test_a_correction_that_is_late_comes_after_the_next_answer(practice: RunningAgent) -> None:
    with talk(practice, late("corrections")) as caller:
        caller.hear("audio")
        caller.type("I want to sleep better.")
        caller.hear("agent_response_correction")
    assert order(caller, "agent_response", "interruption", "agent_response_correction") == [
        "agent_response",
        "agent_response",
        "interruption",
        "agent_response_correction",
    ]


def test_a_tool_call_that_is_late_still_gets_its_answer(practice: RunningAgent) -> None:
    with talk(practice, late("tool_calls"), **TEXT_ONLY) as caller:
        [record, *_] = practice.agent._calls._context.archive.newest_first()
        conversation = practice.agent._calls.running(record.id)
        assert conversation is not None
        practice.loop.call_soon_threadsafe(
            lambda: practice.loop.create_task(conversation.call_tool("note_progress", {"score": 1}))
        )
        caller.type("I want to sleep better.")
        asked = caller.hear("client_tool_call")
    assert asked["tool_name"] == "note_progress"
    assert order(caller, "agent_response", "client_tool_call")[-2:] == ["agent_response", "client_tool_call"]


@pytest.mark.parametrize("channel", [field.name for field in fields(Delays)])
def test_a_call_ends_politely_only_when_everything_has_come(practice: RunningAgent, channel: str) -> None:
    with talk(practice, late(channel), **TEXT_ONLY) as caller:
        caller.type("Goodbye.")
        caller.hear("agent_tool_response")
        with pytest.raises(ConnectionClosed):
            caller.hear("nothing that exists")
    assert order(caller, "agent_response", "agent_tool_response") == [
        "agent_response",
        "agent_response",
        "agent_tool_response",
    ]


@pytest.mark.parametrize("code", [1002, 1011])
def test_the_line_breaks_after_so_many_turns(practice: RunningAgent, code: int) -> None:
    with talk(practice, replace(NORMAL, break_after_turns=3, break_code=code), **TEXT_ONLY) as caller:
        caller.type("I want to sleep better.")
        with pytest.raises(ConnectionClosed) as closed:
            caller.hear("nothing that exists")
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == code
    [record, *_] = practice.agent._calls._context.archive.newest_first()
    assert len(record.turns) == 3


def test_a_call_keeps_the_mood_in_which_it_began(practice: RunningAgent) -> None:
    with talk(practice, NORMAL, **TEXT_ONLY) as caller:
        practice.agent.moods.current = replace(NORMAL, break_after_turns=1)
        caller.type("I want to sleep better.")
        assert caller.hear("agent_response")["agent_response"]


@pytest.fixture(scope="module")
def http(practice: RunningAgent) -> Iterator[httpx.Client]:
    with httpx.Client(
        base_url=f"{practice.url}/v1/convai", headers={"xi-api-key": API_KEY}, trust_env=False
    ) as client:
        yield client


def after_a_talk(practice: RunningAgent, http: httpx.Client, mood: Mood) -> Callable[[], Any]:
    """A short typed talk in this mood; asks for its record."""
    with talk(practice, mood, **TEXT_ONLY) as caller:
        caller.type("I want to sleep better.")
        caller.hear("agent_response")
    [record, *_] = practice.agent._calls._context.archive.newest_first()
    return lambda: http.get(f"conversations/{record.id}").json()


def messages(document: Any) -> list[str | None]:
    return [turn["message"] for turn in document["transcript"]]


def test_a_record_is_late(practice: RunningAgent, http: httpx.Client) -> None:
    document = after_a_talk(practice, http, replace(NORMAL, record_late=Wait(10.0, 10.0)))
    ended = time.monotonic()
    until(lambda: document()["status"] == "done")
    assert time.monotonic() - ended > 0.15


def test_a_record_is_partial_at_first_and_says_how_much_it_lacks(practice: RunningAgent, http: httpx.Client) -> None:
    delivered = len(practice.delivered)
    document = after_a_talk(practice, http, replace(NORMAL, record_partial=LATE))
    until(lambda: document()["status"] == "done")
    first = document()
    assert len(messages(first)) == 1
    assert (first["agent_message_count"], first["user_message_count"]) == (2, 1)
    until(lambda: len(practice.delivered) > delivered)
    assert len(messages(json.loads(practice.delivered[-1][0])["data"])) == 1
    until(lambda: len(messages(document())) == 3)


@pytest.mark.parametrize(
    ("switch", "added"),
    [
        ("silences", ["...", "…", " ... "]),
        ("null_messages", [None, None]),
        ("empty_turns", ["", ""]),
    ],
)
def test_a_record_holds_turns_without_words(
    practice: RunningAgent, http: httpx.Client, switch: str, added: list[str | None]
) -> None:
    document = after_a_talk(practice, http, replace(NORMAL, **{switch: True}))
    until(lambda: document()["status"] == "done")
    found = messages(document())
    assert len(found) == 3 + len(added)
    wordless = [text for text in found if text is None or not any(map(str.isalpha, text))]
    assert sorted((text or "").strip() for text in wordless) == sorted((text or "").strip() for text in added)


def test_answers_begin_with_how_they_are_to_be_said(practice: RunningAgent) -> None:
    answers = []
    with talk(practice, replace(NORMAL, audio_tags=True), **TEXT_ONLY) as caller:
        for n in range(8):
            caller.type(f"I have {n} ideas.")
            answers.append(caller.hear("agent_response")["agent_response"])
        [record, *_] = practice.agent._calls._context.archive.newest_first()
    assert any(answer.startswith("[") for answer in answers)
    assert not all(answer.startswith("[") for answer in answers)
    assert [turn.message for turn in record.turns if turn.role == "agent"][1:] == answers
