"""The configuration of the practice agent: what it takes, what it refuses, and that calls keep to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from coachroom.simulator import NORMAL, Mood
from tests.simulator.serving import AGENT, API_KEY, TEXT_ONLY, RunningAgent, call, open_house, silence, sine

TOOL = {"type": "client", "name": "show", "description": "Shows something"}


@pytest.fixture
def practice() -> Iterator[RunningAgent]:
    """A server for each test: what is configured stays."""
    with open_house(agent_ids=[AGENT]) as running:
        yield running


@pytest.fixture
def http(practice: RunningAgent) -> Iterator[httpx.Client]:
    with httpx.Client(
        base_url=f"{practice.url}/v1/convai", headers={"xi-api-key": API_KEY}, trust_env=False
    ) as client:
        yield client


def change(http: httpx.Client, **patch: Any) -> httpx.Response:
    return http.patch(f"agents/{AGENT}", json=patch)


def at(path: str, value: Any) -> dict[str, Any]:
    for key in reversed(path.split(".")):
        value = {key: value}
    assert isinstance(value, dict)
    return value


def test_a_patch_changes_what_it_names_and_nothing_else(http: httpx.Client) -> None:
    before = http.get(f"agents/{AGENT}").json()
    answer = change(http, name="New", platform_settings={"privacy": {"retention_days": 7}}).json()
    assert answer == http.get(f"agents/{AGENT}").json()
    assert answer["name"] == "New"
    assert answer["platform_settings"]["privacy"] == {**before["platform_settings"]["privacy"], "retention_days": 7}
    assert answer["conversation_config"] == before["conversation_config"]
    assert answer["metadata"]["updated_at_unix_secs"] > 0


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("name", 3),
        ("conversation_config", []),
        ("conversation_config.agent.first_message", 3),
        ("conversation_config.agent.prompt.prompt", ["x"]),
        ("conversation_config.agent.prompt.tools", []),
        ("conversation_config.agent.prompt.tool_ids", "tool_1"),
        ("conversation_config.agent.prompt.tool_ids", ["tool_unknown"]),
        ("conversation_config.agent.dynamic_variables.dynamic_variable_placeholders", {"a": []}),
        ("conversation_config.asr.user_input_audio_format", "mp3"),
        ("conversation_config.tts.agent_output_audio_format", "pcm_1"),
        ("conversation_config.conversation.client_events", ["user_transcripts"]),
        ("conversation_config.conversation.client_events", "audio"),
        ("conversation_config.conversation.max_duration_seconds", 0),
        ("conversation_config.conversation.max_duration_seconds", True),
        ("platform_settings.auth.enable_auth", "yes"),
        ("platform_settings.auth.allowlist", [{"hostname": f"a{n}.example"} for n in range(11)]),
        ("platform_settings.auth.allowlist", [{"hostname": "localhost"}]),
        ("platform_settings.auth.allowlist", [{"hostname": "https://a.example"}]),
        ("platform_settings.auth.allowlist", ["a.example"]),
        ("platform_settings.privacy.retention_days", -2),
        ("platform_settings.privacy.record_voice", 1),
        ("platform_settings.call_limits.daily_limit", -1),
        ("platform_settings.queueing_config.enabled", "no"),
        ("platform_settings.overrides.conversation_config_override.agent.language", "yes"),
        ("platform_settings.data_collection", {"a": {"type": "date", "description": "d"}}),
        ("platform_settings.data_collection", {"a": {"type": "string"}}),
        ("platform_settings.evaluation.criteria", [{"id": "a", "name": "A"}]),
    ],
)
def test_a_bad_value_is_refused_with_its_place_and_changes_nothing(http: httpx.Client, path: str, value: Any) -> None:
    before = http.get(f"agents/{AGENT}").json()
    answer = change(http, **{"name": "New", **at(path, value)})
    assert answer.status_code == 422
    [fault] = answer.json()["detail"]
    assert fault["loc"] == ["body", *path.split(".")]
    assert fault["msg"]
    assert http.get(f"agents/{AGENT}").json() == before


def test_an_agent_that_is_not_there_a_wrong_key_and_no_json_are_refused(
    practice: RunningAgent, http: httpx.Client
) -> None:
    assert http.patch("agents/nobody", json={"name": "x"}).status_code == 404
    assert http.patch(f"agents/{AGENT}", content=b"{").status_code == 422
    assert http.patch(f"agents/{AGENT}", json={"name": "x"}, headers={"xi-api-key": "no"}).status_code == 401
    for path in ("tools", "../workspace/webhooks"):
        assert http.get(path, headers={"xi-api-key": "no"}).status_code == 401
    assert http.get("../workspace/webhooks").json() == {"webhooks": []}


def test_a_tool_is_made_read_replaced_and_attached(http: httpx.Client) -> None:
    made = http.post("tools", json={"tool_config": {**TOOL, "expects_response": True}}).json()
    path = f"tools/{made['id']}"
    assert http.get(path).json()["tool_config"]["expects_response"] is True
    assert "expects_response" not in http.patch(path, json={"tool_config": TOOL}).json()["tool_config"]
    assert change(http, **at("conversation_config.agent.prompt.tool_ids", [made["id"]])).status_code == 200
    assert http.get("tools/tool_unknown").status_code == 404
    assert http.patch("tools/tool_unknown", json={"tool_config": TOOL}).status_code == 404


def test_tools_are_listed_a_page_at_a_time(http: httpx.Client) -> None:
    for number in range(5):
        http.post("tools", json={"tool_config": {**TOOL, "name": f"show_{number}"}})
    first = http.get("tools?page_size=3&types=client").json()
    rest = http.get(f"tools?page_size=3&cursor={first['next_cursor']}").json()
    names = [tool["tool_config"]["name"] for tool in (*first["tools"], *rest["tools"])]
    assert names == [f"show_{number}" for number in range(5)]
    assert (first["has_more"], rest["has_more"], rest["next_cursor"]) == (True, False, None)
    assert len(http.get("tools?search=show_4").json()["tools"]) == 1
    assert http.get("tools?types=webhook").json()["tools"] == []
    assert http.get("tools?page_size=101").status_code == 422


@pytest.mark.parametrize(
    ("config", "place"),
    [
        ({**TOOL, "name": "with space"}, "name"),
        ({**TOOL, "name": "x" * 65}, "name"),
        ({"type": "client", "name": "a"}, "description"),
        ({**TOOL, "type": "webhook"}, "type"),
        ({**TOOL, "response_timeout_secs": 121}, "response_timeout_secs"),
        ({**TOOL, "response_timeout_secs": 0}, "response_timeout_secs"),
        ({**TOOL, "parameters": {"properties": {"a": {"type": "date", "description": "d"}}}}, "a"),
        ({**TOOL, "parameters": {"properties": {"a": {"type": "string"}}}}, "a"),
        (
            {
                **TOOL,
                "parameters": {"properties": {"a": {"type": "string", "description": "d", "constant_value": 1}}},
            },
            "a",
        ),
        (
            {**TOOL, "parameters": {"properties": {"a": {"type": "integer", "description": "d", "enum": ["1"]}}}},
            "enum",
        ),
        ({**TOOL, "parameters": {"required": ["b"], "properties": {}}}, "required"),
    ],
)
def test_a_bad_tool_is_refused_with_its_place(http: httpx.Client, config: dict[str, Any], place: str) -> None:
    answer = http.post("tools", json={"tool_config": config})
    assert answer.status_code == 422
    assert place in answer.json()["detail"][0]["loc"]
    assert http.get("tools").json()["tools"] == []
    assert http.post("tools", json={}).status_code == 422


def test_an_override_that_is_not_allowed_ends_the_call(practice: RunningAgent, http: httpx.Client) -> None:
    for path, sent in (
        ("agent.language", {"agent": {"language": "de"}}),
        ("conversation.text_only", TEXT_ONLY["conversation_config_override"]),
    ):
        change(http, **at(f"platform_settings.overrides.conversation_config_override.{path}", False))
        refused(practice, "override_error", conversation_config_override=sent)
    refused(practice, "override_error", conversation_config_override={"agent": {"prompt": {"prompt": "Be rude."}}})


def test_a_variable_without_value_or_placeholder_ends_the_call(practice: RunningAgent, http: httpx.Client) -> None:
    change(http, **at("conversation_config.agent.prompt.prompt", "You talk with {{client_name}}."))
    refused(practice, "missing_dynamic_variable")
    with call(practice, dynamic_variables={"client_name": "Ana"}) as caller:
        caller.hear("conversation_initiation_metadata")
    change(http, **at("conversation_config.agent.dynamic_variables.dynamic_variable_placeholders.client_name", "you"))
    with call(practice) as caller:
        caller.hear("conversation_initiation_metadata")


def test_an_agent_with_authentication_takes_signed_addresses_only(practice: RunningAgent, http: httpx.Client) -> None:
    change(http, **at("platform_settings.auth.enable_auth", True))
    with call(practice) as caller, pytest.raises(ConnectionClosed) as closed:
        caller.hear("conversation_initiation_metadata")
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008
    url = http.get(f"conversation/get-signed-url?agent_id={AGENT}").json()["signed_url"]
    with call(practice, url=url) as caller:
        caller.hear("conversation_initiation_metadata")


def test_a_page_that_the_allow_list_does_not_name_gets_no_call(practice: RunningAgent, http: httpx.Client) -> None:
    own = f"127.0.0.1:{practice.port}"
    for hosts, code in (([own], None), (["other.example"], 1008)):
        change(http, **at("platform_settings.auth.allowlist", [{"hostname": host} for host in hosts]))
        with connect(practice.socket_url, subprotocols=["convai"], origin=f"http://{own}") as connection:  # type: ignore[arg-type, list-item]
            if code is None:
                connection.send('{"type": "conversation_initiation_client_data"}')
                assert "conversation_initiation_metadata" in str(connection.recv(timeout=30))
                continue
            with pytest.raises(ConnectionClosed) as closed:
                connection.recv(timeout=30)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == code


def test_a_call_sends_only_the_events_that_are_asked_for(practice: RunningAgent, http: httpx.Client) -> None:
    change(http, **at("conversation_config.conversation.client_events", ["audio", "user_transcript"]))
    with call(practice) as caller:
        caller.hear("conversation_initiation_metadata")
        caller.hear("audio")
        caller.speak(sine(1.0) + silence(1.5))
        caller.hear("user_transcript")
    assert set(caller.types()) == {"conversation_initiation_metadata", "audio", "user_transcript"}


def refused(practice: RunningAgent, error_type: str, **initiation: Any) -> None:
    with call(practice, **initiation) as caller:
        error = caller.hear("error")
        assert (error["code"], error["error_type"]) == (1008, error_type)
        with pytest.raises(ConnectionClosed):
            caller.hear("conversation_initiation_metadata")


def in_language(code: str) -> dict[str, Any]:
    return {"conversation_config_override": {"agent": {"language": code}}}


PRESETS = "conversation_config.language_presets"


def test_a_language_that_the_agent_does_not_speak_ends_the_call_after_it_seemed_to_begin(
    practice: RunningAgent, http: httpx.Client
) -> None:
    with call(practice, **in_language("fr")) as caller, pytest.raises(ConnectionClosed) as closed:
        caller.hear("conversation_initiation_metadata")
        caller.hear("agent_response")
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, "'fr'" in closed.value.rcvd.reason) == (1008, True)
    change(http, **at(PRESETS, {"fr": {"overrides": {"agent": {"first_message": "Bonjour {{client_name}}"}}}}))
    for language, greeting in (("fr", "Bonjour Ana"), ("en", "Hello Ana. ")):
        with call(practice, **in_language(language), dynamic_variables={"client_name": "Ana"}) as caller:
            assert caller.hear("agent_response")["agent_response"].startswith(greeting)


def test_a_language_that_the_agent_does_not_speak_may_hang(practice: RunningAgent) -> None:
    practice.agent.moods.current = Mood(unknown_language_hangs=True)
    try:
        with call(practice, **in_language("fr")) as caller, pytest.raises(TimeoutError):
            caller.hear("conversation_initiation_metadata", seconds=1)
    finally:
        practice.agent.moods.current = NORMAL
