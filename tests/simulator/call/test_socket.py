"""The conversation socket as a plain client sees it."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import time
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from coachroom.agent.recall import NOTHING_FOUND
from coachroom.simulator.call.conversation import TOOLS_LAST_S
from coachroom.simulator.coach.rules import NOT_FOUND
from tests.simulator.serving import (
    AGENT,
    TEXT_ONLY,
    Caller,
    RunningAgent,
    call,
    open_house,
    short_greeting,
    silence,
    sine,
    until,
)

INITIATION = {"type": "conversation_initiation_client_data"}


def close_of(caller: Caller) -> tuple[int, str]:
    with pytest.raises(ConnectionClosed) as closed:
        caller.hear("nothing that exists")
    frame = closed.value.rcvd
    assert frame is not None
    return frame.code, frame.reason


def test_a_call_begins_with_metadata_then_the_text_then_its_audio(practice: RunningAgent) -> None:
    with call(practice, dynamic_variables={"client_name": "Ana"}) as caller:
        assert caller.connection.subprotocol == "convai"
        metadata = caller.hear("conversation_initiation_metadata")
        assert metadata["conversation_id"].startswith("conv_")
        assert metadata["agent_output_audio_format"] == metadata["user_input_audio_format"] == "pcm_16000"
        greeting = caller.hear("agent_response")
        assert greeting["agent_response"].startswith("Hello Ana.")
        audio = caller.hear("audio")
        assert audio["event_id"] == greeting["event_id"]
        assert len(base64.b64decode(audio["audio_base_64"])) == 8_000
        assert caller.types()[0] == "conversation_initiation_metadata"


def test_the_greeting_is_heard_soon() -> None:
    with open_house(speed=1.0) as real_time, call(real_time, dynamic_variables={"client_name": "Zoë"}) as caller:
        began = time.perf_counter()
        caller.hear("audio")
        assert time.perf_counter() - began < 0.5  # about 0.01 s on an idle machine


def test_audio_runs_only_a_little_ahead_of_real_time() -> None:
    with open_house(speed=1.0) as real_time, call(real_time) as caller:
        caller.hear("conversation_initiation_metadata")
        sent, began = 0.0, time.monotonic()
        while time.monotonic() - began < 1.0:
            sent += len(base64.b64decode(caller.hear("audio")["audio_base_64"])) / 32_000
        assert 2.5 < sent < 4.0


def test_a_typed_message_is_answered(practice: RunningAgent) -> None:
    with call(practice, **short_greeting()) as caller:
        assert caller.hear("agent_response")["agent_response"] == "Hi."
        caller.type("I want to run 10 km")
        assert '"I want to run 10 km"' in caller.hear("agent_response")["agent_response"]
        caller.hear("audio")


def test_speech_becomes_a_truthful_caption_and_an_answer(practice: RunningAgent) -> None:
    with call(practice, **short_greeting()) as caller:
        caller.hear("audio")
        time.sleep(0.2)  # the greeting is half a second, at ten times the speed
        caller.speak(silence(0.5) + sine(2.0) + silence(1.0))
        assert caller.hear("user_transcript")["user_transcript"] == "(spoke for 2 seconds)"
        assert "cannot make out your words" in caller.hear("agent_response")["agent_response"]


def test_a_microphone_that_stops_mid_sentence_still_ends_the_turn(practice: RunningAgent) -> None:
    with call(practice, **short_greeting()) as caller:
        caller.hear("audio")
        time.sleep(0.2)
        caller.speak(sine(1.0))
        assert caller.hear("user_transcript")["user_transcript"] == "(spoke for 1 second)"


def test_vad_scores_follow_the_voice(practice: RunningAgent) -> None:
    with call(practice, **short_greeting()) as caller:
        caller.hear("audio")
        caller.speak(sine(0.3))
        assert caller.hear("vad_score")["vad_score"] > 0


def test_barge_in_interrupts_and_corrects(practice: RunningAgent) -> None:
    with call(practice) as caller:
        greeting = caller.hear("agent_response")
        for _ in range(4):
            caller.hear("audio")
        time.sleep(0.15)  # one and a half seconds of the greeting
        caller.speak(sine(1.0))
        assert caller.hear("interruption")["event_id"] == greeting["event_id"]
        correction = caller.hear("agent_response_correction")
        assert correction["event_id"] == greeting["event_id"]
        assert correction["original_agent_response"] == greeting["agent_response"]
        heard = correction["corrected_agent_response"].removesuffix("\u2026")
        assert greeting["agent_response"].startswith(heard)
        assert 0 < len(heard) < len(greeting["agent_response"])
        caller.speak(silence(1.0))
        caller.hear("user_transcript")
        assert caller.types()[-1:] == ["user_transcript"]
        assert "audio" not in caller.types()[caller.types().index("interruption") :]


def test_a_short_noise_does_not_interrupt(practice: RunningAgent) -> None:
    with call(practice) as caller:
        caller.hear("audio")
        caller.speak(sine(0.3) + silence(1.0))
        caller.type("bye")
        caller.hear("agent_response_correction")
        assert caller.types().count("user_transcript") == 0
        assert caller.types().count("interruption") == 1  # by the typed message, not by the noise


def test_user_activity_makes_the_agent_wait(practice: RunningAgent) -> None:
    with call(practice, **short_greeting()) as caller:
        caller.hear("audio")
        time.sleep(0.2)
        caller.send({"type": "user_activity"})
        caller.speak(sine(1.0) + silence(1.0))
        caller.hear("user_transcript")
        began = time.monotonic()
        caller.hear("agent_response")
        assert time.monotonic() - began > 0.1  # two seconds at ten times the speed


def test_goodbye_ends_the_call_after_the_last_word(practice: RunningAgent) -> None:
    with call(practice, dynamic_variables={"client_name": "Ana"}, **short_greeting()) as caller:
        caller.hear("audio")
        caller.type("Thanks, goodbye!")
        assert "Thank you, Ana." in caller.hear("agent_response")["agent_response"]
        began = time.monotonic()
        ended = caller.hear("agent_tool_response")
        assert time.monotonic() - began > 0.2
        assert (ended["tool_name"], ended["tool_type"], ended["is_error"]) == ("end_call", "system", False)
        assert close_of(caller)[0] == 1000


def test_a_text_conversation_has_no_audio(practice: RunningAgent) -> None:
    with call(practice, **TEXT_ONLY) as caller:
        caller.hear("agent_response")
        caller.speak(sine(2.0) + silence(1.0))
        for text in ("My goal", "Here I am", "bye"):
            caller.type(text)
            caller.hear("agent_response")
        assert close_of(caller)[0] == 1000
        assert not {"audio", "interruption", "user_transcript"} & set(caller.types())


def test_contextual_updates_are_used(practice: RunningAgent) -> None:
    with call(practice, **TEXT_ONLY) as caller:
        caller.hear("agent_response")
        caller.send({"type": "contextual_update", "text": "The client resumed the session.", "context_id": "r"})
        caller.type("The same goal")
        assert "pick up where you were" in caller.hear("agent_response")["agent_response"]
        caller.send({"type": "contextual_update", "text": "2 minutes left"})
        caller.type("Well")
        assert "little time left" in caller.hear("agent_response")["agent_response"]


def test_first_message_takes_variables_and_a_missing_one_ends_the_call(practice: RunningAgent) -> None:
    greeting: dict[str, Any] = short_greeting(first_message="Hallo {{client_name}}.", language="en")
    with call(practice, dynamic_variables={"client_name": "Ana"}, **greeting) as caller:
        assert caller.hear("agent_response")["agent_response"] == "Hallo Ana."
    with call(practice, **greeting) as caller:
        assert caller.hear("error")["error_type"] == "missing_dynamic_variable"
        assert close_of(caller)[0] == 1008


@pytest.mark.parametrize(
    "frame",
    [
        "not json",
        "[]",
        "{}",
        b"\x00\x01",
        '{"user_audio_chunk": "%%%"}',
        '{"type": "user_message"}',
        "x" * 300_000,
    ],
)
def test_garbage_ends_the_call_with_1008(practice: RunningAgent, frame: str | bytes) -> None:
    with call(practice, **TEXT_ONLY) as caller:
        caller.hear("agent_response")
        caller.connection.send(frame)
        error = caller.hear("error")
        assert (error["code"], error["error_type"]) == (1008, "invalid_message")
        assert close_of(caller)[0] == 1008


def test_garbage_instead_of_the_initiation_ends_the_call(practice: RunningAgent) -> None:
    for frame in ("hello", '{"type": "user_message", "text": "hello"}'):
        with connect(practice.socket_url) as connection:
            connection.send(frame)
            assert close_of(Caller(connection))[0] == 1008


def test_unknown_types_are_ignored(practice: RunningAgent) -> None:
    with call(practice, **TEXT_ONLY) as caller:
        caller.send({"type": "something_new", "x": 1})
        caller.send({"type": "pong", "event_id": "never sent"})
        caller.send({"type": "client_tool_result", "tool_call_id": ["unasked"], "result": ""})
        caller.send({"type": "feedback", "event_id": [], "score": "like"})
        caller.send({"type": "multimodal_message", "text": {"type": "user_message", "text": "My goal"}})
        caller.hear("agent_response")
        assert '"My goal"' in caller.hear("agent_response")["agent_response"]


def test_pings_measure_the_way(practice: RunningAgent) -> None:
    with call(practice, **TEXT_ONLY) as caller:
        assert caller.hear("ping")["ping_ms"] is None
        assert caller.hear("ping")["ping_ms"] >= 1


def test_a_client_tool_is_called_and_its_result_comes_back(practice: RunningAgent) -> None:
    with call(practice, **TEXT_ONLY) as caller:
        conversation_id = caller.hear("conversation_initiation_metadata")["conversation_id"]
        caller.hear("agent_response")
        asked = asyncio.run_coroutine_threadsafe(
            practice.agent.call_tool(conversation_id, "show_goal", {"goal": "run"}), practice.loop
        )
        request = caller.hear("client_tool_call")
        assert (request["tool_name"], request["parameters"]) == ("show_goal", {"goal": "run"})
        answer = {"tool_call_id": request["tool_call_id"], "result": "shown", "is_error": False}
        caller.send({"type": "client_tool_result", **answer})
        assert asked.result(5)["result"] == "shown"
    with pytest.raises(LookupError, match="no running conversation"):
        practice.run(practice.agent.call_tool("conv_none", "show_goal", {}))


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (
            'On record:\nfrom 9 Nov 2026: "My sister is ill"\nfrom 2 Nov 2026: "A sister"',
            'You said: "My sister is ill".',
        ),
        (NOTHING_FOUND, NOT_FOUND),
    ],
)
def test_it_waits_for_what_is_looked_up_and_tells_the_first_of_it(
    practice: RunningAgent, result: str, words: str
) -> None:
    with call(practice, **TEXT_ONLY) as caller:
        caller.hear("agent_response")
        caller.type("What did I say about my sister?")
        request = caller.hear("client_tool_call")
        assert (request["tool_name"], request["parameters"]) == ("recall", {"about": "my sister"})
        caller.send({"type": "client_tool_result", "tool_call_id": request["tool_call_id"], "result": result})
        assert words in caller.hear("agent_response")["agent_response"]


def test_what_is_agreed_is_noted_by_a_tool_and_the_answer_is_on_record(practice: RunningAgent) -> None:
    with call(practice, **TEXT_ONLY) as caller:
        conversation_id = caller.hear("conversation_initiation_metadata")["conversation_id"]
        caller.type("Speak up")
        first = caller.hear("client_tool_call")
        assert (first["tool_name"], first["parameters"]) == ("save_goal", {"title": "Speak up"})
        refusal = {"tool_call_id": first["tool_call_id"], "result": "No.", "is_error": True}
        caller.send({"type": "client_tool_result", **refusal})
        second = caller.hear("client_tool_call")
        assert (second["tool_name"], second["parameters"]) == ("mark_stage", {"stage": "reality"})
        caller.send({"type": "client_tool_result", "tool_call_id": second["tool_call_id"], "result": "Yes."})
        caller.type("bye")
        summary = caller.hear("client_tool_call")
        assert summary["tool_name"] == "wrap_up"
        caller.send({"type": "client_tool_result", "tool_call_id": summary["tool_call_id"], "result": "Kept."})
        caller.hear("agent_tool_response")
    record = practice.agent._calls._context.archive.get(conversation_id)
    results = [result for turn in record.turns for result in turn.tool_results]
    assert [(each["result_value"], each["is_error"]) for each in results] == [
        ("No.", True),
        ("Yes.", False),
        ("Kept.", False),
    ]


def test_a_client_that_answers_no_tool_is_coached_all_the_same(practice: RunningAgent) -> None:
    with call(practice, **TEXT_ONLY) as caller:
        caller.hear("agent_response")
        for text in ("My goal", "Here I am", "A, or B", "A tomorrow", "9", "no"):
            caller.type(text)
            caller.hear("agent_response")
        began = time.monotonic()
        assert close_of(caller)[0] == 1000
        assert time.monotonic() - began < TOOLS_LAST_S + 2


def test_an_unknown_agent_is_refused() -> None:
    with open_house(agent_ids={"another"}) as strict, call(strict) as caller:
        assert close_of(caller) == (1008, "The AI agent you are trying to reach does not exist.")


def test_a_foreign_page_gets_no_socket(practice: RunningAgent) -> None:
    for origin in ("https://evil.example", "null"):
        with pytest.raises(InvalidStatus, match="403"), connect(practice.socket_url, origin=origin):  # type: ignore[arg-type]
            pass
    with connect(practice.socket_url, origin=f"http://127.0.0.1:{practice.port}") as connection:  # type: ignore[arg-type]
        connection.send(json.dumps(INITIATION))
        Caller(connection).hear("conversation_initiation_metadata")


@pytest.mark.parametrize(
    "change", [("conversation_signature=cvtkn_", "conversation_signature=cvtkn_9"), (AGENT, "x")]
)
def test_a_wrong_signature_is_refused(practice: RunningAgent, change: tuple[str, str]) -> None:
    url = _signed(practice).replace(*change)
    with call(practice, url=url) as caller:
        assert close_of(caller) == (1008, "The signed URL is wrong or has expired.")


def test_a_single_use_signature_names_its_conversation_and_works_once(practice: RunningAgent) -> None:
    url = _signed(practice, include_conversation_id="true")
    promised = re.search(r"conv_\w+", url)
    assert promised is not None
    with call(practice, url=url) as caller:
        assert caller.hear("conversation_initiation_metadata")["conversation_id"] == promised.group()
    with call(practice, url=url) as caller:
        assert close_of(caller)[0] == 1008


def test_there_are_only_so_many_calls() -> None:
    with open_house(max_conversations=1) as small, call(small, **TEXT_ONLY) as first:
        first.hear("agent_response")
        with call(small) as second:
            assert close_of(second) == (1008, "Too many conversations are going on. Please try again later.")


def test_the_longest_call_ends_normally() -> None:
    with open_house(max_seconds=2.0) as brief, call(brief) as caller:
        assert close_of(caller) == (1000, "Conversation exceeded its maximum duration.")


def test_a_call_without_input_ends_with_1002() -> None:
    with open_house(speed=200.0) as quick, call(quick) as caller:
        assert close_of(caller) == (1002, "No input for a minute.")


def test_closing_the_agent_ends_its_calls_and_files_them(practice: RunningAgent) -> None:
    with open_house() as closing, call(closing) as caller:
        conversation_id = caller.hear("conversation_initiation_metadata")["conversation_id"]
        closing.run(closing.agent.close())
        assert close_of(caller)[0] == 1001
        assert len(closing.delivered) == 1
        assert conversation_id in closing.delivered[0][0].decode()


def test_a_client_that_vanishes_leaves_nothing_behind(practice: RunningAgent) -> None:
    with call(practice, user_id="vanishing") as caller:
        conversation_id = caller.hear("conversation_initiation_metadata")["conversation_id"]
        caller.connection.socket.close()
    until(lambda: any(conversation_id in body.decode() for body, _ in practice.delivered))


def _signed(practice: RunningAgent, **query: str) -> str:
    url = f"{practice.url}/v1/convai/conversation/get-signed-url"
    answer = httpx.get(url, params={"agent_id": AGENT, **query}, headers={"xi-api-key": "test-key"})
    return str(answer.json()["signed_url"])


def test_a_pasted_megabyte_is_answered_like_any_message(practice: RunningAgent) -> None:
    with call(practice, **TEXT_ONLY) as caller:
        caller.hear("agent_response")
        caller.type("I want to sleep better. " * 50_000)
        assert "sleep better" in caller.hear("agent_response")["agent_response"]
