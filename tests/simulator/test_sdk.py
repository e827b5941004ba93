"""The official Python SDK against the practice agent: it must not notice the difference."""

from __future__ import annotations

import io
import queue
import threading
import time
import warnings
import wave
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from elevenlabs.client import ElevenLabs
from elevenlabs.core.api_error import ApiError
from elevenlabs.errors import BadRequestError

from coachroom.simulator.server.webhook import SIGNATURE_HEADER, sign
from tests.simulator.serving import AGENT, API_KEY, TEXT_ONLY, WEBHOOK_SECRET, RunningAgent, silence, sine, until
from tests.simulator.serving import call as plain_call

with warnings.catch_warnings():
    # The SDK names a type of websockets' legacy client in an annotation; it does not use that client.
    warnings.filterwarnings(
        "ignore", r"websockets\.(legacy|WebSocketClientProtocol) is deprecated", DeprecationWarning
    )
    from elevenlabs.conversational_ai.conversation import (
        AudioInterface,
        ClientTools,
        Conversation,
        ConversationInitiationData,
        DisconnectionDetails,
    )


@pytest.fixture(scope="module")
def client(practice: RunningAgent) -> Iterator[ElevenLabs]:
    with httpx.Client(timeout=30) as http:
        yield ElevenLabs(api_key=API_KEY, base_url=practice.url, httpx_client=http)


class Headset(AudioInterface):
    """An audio interface without a device."""

    def __init__(self) -> None:
        self.heard = b""
        self.interrupted = threading.Event()
        self._into_call: Callable[[bytes], None] | None = None

    def start(self, input_callback: Callable[[bytes], None]) -> None:
        self._into_call = input_callback

    def stop(self) -> None:
        self._into_call = None

    def output(self, audio: bytes) -> None:
        self.heard += audio

    def interrupt(self) -> None:
        self.interrupted.set()

    def speak(self, pcm: bytes) -> None:
        """Chunks of 250 ms, as the SDK recommends."""
        for begin in range(0, len(pcm), 8_000):
            assert self._into_call is not None
            self._into_call(pcm[begin : begin + 8_000])


class SdkCall:
    """A conversation held by the SDK, with everything that its callbacks said."""

    def __init__(self, client: ElevenLabs, *, voice: bool = True, signed: bool = False, **initiation: Any) -> None:
        self.agent: queue.Queue[str] = queue.Queue()
        self.user: queue.Queue[str] = queue.Queue()
        self.corrections: queue.Queue[tuple[str, str]] = queue.Queue()
        self.ends: queue.Queue[DisconnectionDetails] = queue.Queue()
        self.latencies: queue.Queue[int] = queue.Queue()
        self.headset = Headset()
        self.tools = ClientTools()
        self.conversation = Conversation(
            client,
            AGENT,
            "user-sdk",
            requires_auth=signed,
            audio_interface=self.headset if voice else None,
            config=ConversationInitiationData(**initiation),
            client_tools=self.tools,
            callback_agent_response=self.agent.put,
            callback_user_transcript=self.user.put,
            callback_agent_response_correction=lambda original, corrected: self.corrections.put(
                (original, corrected)
            ),
            callback_latency_measurement=self.latencies.put,
            callback_disconnect=self.ends.put,
        )

    def __enter__(self) -> SdkCall:
        self.conversation.start_session()
        return self

    def __exit__(self, *_: object) -> None:
        self.conversation.end_session()
        self.conversation.wait_for_session_end()

    @property
    def id(self) -> str:
        return str(until(lambda: self.conversation._conversation_id))


def finished(client: ElevenLabs, conversation_id: str) -> Any:
    """The conversation once it is done."""
    conversations = client.conversational_ai.conversations
    return until(lambda: (found := conversations.get(conversation_id)).status in ("done", "failed") and found)


def test_a_voice_call_from_greeting_to_goodbye(client: ElevenLabs) -> None:
    with SdkCall(client, signed=True, dynamic_variables={"client_name": "Ana"}) as call:
        greeting = call.agent.get(timeout=30)
        assert greeting.startswith("Hello Ana.")
        until(lambda: len(call.headset.heard) > 64_000)
        time.sleep(0.1)
        call.headset.speak(sine(1.0))
        original, corrected = call.corrections.get(timeout=30)
        assert original == greeting
        assert corrected != greeting
        assert call.headset.interrupted.wait(5)
        call.headset.speak(sine(1.0) + silence(1.0))
        assert call.user.get(timeout=30) == "(spoke for 2 seconds)"
        assert "cannot make out your words" in call.agent.get(timeout=30)
        call.conversation.register_user_activity()
        call.conversation.send_contextual_update("Something")
        call.conversation.send_user_message("My goal is to sleep better")
        assert '"My goal is to sleep better"' in call.agent.get(timeout=30)
        assert call.latencies.get(timeout=30) >= 1
        call.conversation.send_user_message("Goodbye")
        assert "Goodbye." in call.agent.get(timeout=30)
        end = call.ends.get(timeout=30)
        assert (end.reason, end.close_code) == ("agent", 1000)
        stored = finished(client, call.id)

    assert (stored.status, stored.agent_id, stored.user_id) == ("done", AGENT, "user-sdk")
    assert stored.metadata.termination_reason == "end_call tool was called."
    assert abs(stored.metadata.start_time_unix_secs - time.time()) < 30
    assert stored.metadata.call_duration_secs >= 3
    assert stored.analysis.call_successful == "success"
    assert "sleep better" in stored.analysis.transcript_summary
    assert stored.conversation_initiation_client_data.dynamic_variables == {"client_name": "Ana"}
    spoken = [turn for turn in stored.transcript if turn.message]
    assert [turn.role for turn in spoken] == ["agent", "user", "agent", "user", "agent", "user", "agent"]
    first = stored.transcript[0]
    assert (first.interrupted, first.original_message, first.message) == (True, greeting, corrected)
    assert [turn.source_medium for turn in stored.transcript if turn.role == "user"] == ["audio", "text", "text"]
    times = [turn.time_in_call_secs for turn in stored.transcript]
    assert times[0] == 0
    assert times[-1] >= 2


def test_a_text_call_and_its_client_tool(client: ElevenLabs, practice: RunningAgent) -> None:
    call = SdkCall(client, voice=False)
    call.tools.register("show_goal", lambda parameters: f"shown {parameters['goal']}")
    with call:
        call.agent.get(timeout=30)
        result = practice.run(practice.agent.call_tool(call.id, "show_goal", {"goal": "run"}))
        assert (result["result"], result["is_error"]) == ("shown run", False)
        # The SDK loses a tool that is at work while its caller ends the call, so nothing to be noted is said.
        call.conversation.send_user_message("Is that a good goal?")
        call.agent.get(timeout=30)
        during = client.conversational_ai.conversations.get(call.id)
        assert (during.status, during.analysis, during.metadata.text_only) == ("in-progress", None, True)
    stored = finished(client, call.id)
    assert call.headset.heard == b""
    assert not stored.has_audio
    tool = stored.transcript[1]
    assert (tool.tool_calls[0].tool_name, tool.tool_results[0].result_value) == ("show_goal", "shown run")
    assert call.ends.get(timeout=30).reason == "user"


def test_processing_lies_between_the_call_and_its_analysis(client: ElevenLabs, practice: RunningAgent) -> None:
    practice.agent.faults.slow_processing = 5.0
    try:
        with SdkCall(client, voice=False) as call:
            call.agent.get(timeout=30)
            conversation_id = call.id
        conversations = client.conversational_ai.conversations
        until(lambda: conversations.get(conversation_id).status == "processing")
        assert conversations.get(conversation_id).analysis is None
    finally:
        practice.agent.faults.slow_processing = 0.0
    assert finished(client, conversation_id).analysis.call_successful == "unknown"


def test_audio_of_the_client_is_a_wav_file(client: ElevenLabs) -> None:
    with SdkCall(client) as call:
        call.agent.get(timeout=30)
        call.headset.speak(sine(1.0))
        conversation_id = call.id
    assert finished(client, conversation_id).has_user_audio
    data = b"".join(client.conversational_ai.conversations.audio.get(conversation_id))
    with wave.open(io.BytesIO(data)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getnframes()) == (16_000, 1, 16_000)


def test_list_filters_and_pages(client: ElevenLabs, practice: RunningAgent) -> None:
    for _ in range(3):
        with plain_call(practice, user_id="pager", **TEXT_ONLY) as caller:
            caller.hear("agent_response")
    conversations = client.conversational_ai.conversations
    first = conversations.list(user_id="pager", agent_id=AGENT, page_size=2)
    assert len(first.conversations) == 2
    assert first.has_more
    second = conversations.list(user_id="pager", page_size=2, cursor=first.next_cursor)
    assert len(second.conversations) == 1
    assert not second.has_more
    ids = [row.conversation_id for row in (*first.conversations, *second.conversations)]
    assert len(set(ids)) == 3
    row = first.conversations[0]
    assert (row.agent_id, row.message_count, row.call_successful) == (AGENT, 1, "unknown")
    assert not conversations.list(user_id="pager", call_start_after_unix=int(time.time()) + 60).conversations
    assert not conversations.list(agent_id="another").conversations

    conversations.delete(first.conversations[-1].conversation_id)
    after = conversations.list(user_id="pager", page_size=2, cursor=first.next_cursor)
    assert second.conversations[0].conversation_id in [row.conversation_id for row in after.conversations]


def test_a_deleted_conversation_is_gone(client: ElevenLabs, practice: RunningAgent) -> None:
    with SdkCall(client, voice=False) as call:
        call.agent.get(timeout=30)
        conversation_id = call.id
        client.conversational_ai.conversations.delete(conversation_id)
    with pytest.raises(ApiError) as gone:
        client.conversational_ai.conversations.get(conversation_id)
    assert gone.value.status_code == 404
    time.sleep(0.2)
    assert not any(conversation_id in body.decode() for body, _ in practice.delivered)


def test_feedback_is_kept(client: ElevenLabs) -> None:
    with SdkCall(client, voice=False) as call:
        call.agent.get(timeout=30)
        conversation_id = call.id
    client.conversational_ai.conversations.feedback.create(conversation_id, feedback="like")
    assert client.conversational_ai.conversations.get(conversation_id).metadata.feedback.overall_score == "like"


def test_agent_settings_and_tokens(client: ElevenLabs) -> None:
    agent = client.conversational_ai.agents.get(AGENT)
    assert agent.agent_id == AGENT
    assert {"user_transcript", "agent_response", "vad_score"} <= set(
        agent.conversation_config.conversation.client_events
    )
    conversations = client.conversational_ai.conversations
    signed = conversations.get_signed_url(agent_id=AGENT).signed_url
    assert signed.startswith("ws://127.0.0.1:")
    assert "/practice/v1/convai/conversation?" in signed
    assert conversations.get_webrtc_token(agent_id=AGENT).token.count(".") == 2


def test_a_wrong_key_opens_nothing(practice: RunningAgent) -> None:
    with httpx.Client(timeout=30) as http:
        stranger = ElevenLabs(api_key="wrong", base_url=practice.url, httpx_client=http)
        for ask in (
            stranger.conversational_ai.conversations.list,
            lambda: stranger.conversational_ai.conversations.get("conv_x"),
            lambda: stranger.conversational_ai.conversations.get_signed_url(agent_id=AGENT),
            lambda: stranger.conversational_ai.agents.get(AGENT),
        ):
            with pytest.raises(ApiError) as refused:
                ask()
            assert refused.value.status_code == 401


def test_the_webhook_is_accepted_by_the_sdk(client: ElevenLabs, practice: RunningAgent) -> None:
    with SdkCall(client, voice=False) as call:
        call.agent.get(timeout=30)
        call.conversation.send_user_message("Shall I learn to paint?")
        call.agent.get(timeout=30)
        conversation_id = call.id
    body, headers = until(
        lambda: next((sent for sent in practice.delivered if conversation_id in sent[0].decode()), None)
    )
    text, signature = body.decode(), headers[SIGNATURE_HEADER]
    construct = client.webhooks.construct_event
    event = construct(text, signature, WEBHOOK_SECRET)
    assert event["type"] == "post_call_transcription"
    assert event["data"]["conversation_id"] == conversation_id
    assert event["data"]["status"] == "done"
    assert event["data"]["transcript"][1]["message"] == "Shall I learn to paint?"
    assert (
        event["data"]
        == httpx.get(
            f"{practice.url}/v1/convai/conversations/{conversation_id}", headers={"xi-api-key": API_KEY}
        ).json()
    )

    stale = sign(body, secret=WEBHOOK_SECRET, now=int(time.time()) - 31 * 60)
    for bad_text, bad_signature, secret in (
        (text.replace("paint", "point"), signature, WEBHOOK_SECRET),
        (text, signature, "another secret"),
        (text, signature.replace("v0=", "v0=0"), WEBHOOK_SECRET),
        (text, stale, WEBHOOK_SECRET),
    ):
        with pytest.raises(BadRequestError):
            construct(bad_text, bad_signature, secret)
