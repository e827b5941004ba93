"""Simulation tests through the official SDK: what is taken, what is refused, and what a run brings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from elevenlabs import ElevenLabs
from elevenlabs.core.api_error import ApiError

from tests.simulator.serving import AGENT, API_KEY, RunningAgent

LINES = '1. "I want to rest."\n2. "Sorry, I have to stop now."'
TEST = {
    "type": "simulation",
    "name": "stops",
    "simulation_scenario": f'You are "Sam".\n{LINES}',
    "simulation_max_turns": 8,
    "success_conditions": ["The coach was kind."],
    "dynamic_variables": {"client_name": "Sam"},
}


@pytest.fixture
def sdk(practice: RunningAgent) -> Iterator[Any]:
    with httpx.Client() as connections:
        client = ElevenLabs(api_key=API_KEY, base_url=practice.url, httpx_client=connections)
        yield client.conversational_ai
    practice.agent.tests.tests.clear()


def run(sdk: Any, test: dict[str, Any], **more: Any) -> Any:
    test_id = sdk.tests.create(request=test).id
    return sdk.agents.run_tests(AGENT, tests=[{"test_id": test_id}], **more)


def test_a_run_is_pending_and_then_has_the_whole_talk(sdk: Any) -> None:
    begun = run(sdk, TEST)
    assert [one.status for one in begun.test_runs] == ["pending"]
    (done,) = sdk.tests.invocations.get(begun.id).test_runs
    said = [(turn.role, turn.message) for turn in done.agent_responses]
    assert [role for role, _ in said] == ["agent", "user", "agent", "user", "agent"]
    assert [text for role, text in said if role == "user"] == ["I want to rest.", "Sorry, I have to stop now."]
    assert said[0][1].startswith("Hello Sam.")
    tools = [call.tool_name for turn in done.agent_responses for call in turn.tool_calls]
    assert tools == ["save_goal", "mark_stage", "wrap_up", "end_call"]
    assert (done.status, done.condition_result.result) == ("failed", "unknown")


def test_no_more_turns_than_were_asked_for(sdk: Any) -> None:
    begun = run(sdk, TEST | {"simulation_max_turns": 2})
    (done,) = sdk.tests.invocations.get(begun.id).test_runs
    assert [turn.role for turn in done.agent_responses] == ["agent", "user", "agent"]


def test_a_run_that_is_cancelled_has_no_talk(sdk: Any) -> None:
    begun = run(sdk, TEST)
    sdk.tests.invocations.cancel(begun.id)
    (done,) = sdk.tests.invocations.get(begun.id).test_runs
    assert (done.status, done.agent_responses) == ("cancelled", None)


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"simulation_scenario": None},
        {"simulation_max_turns": 51},
        {"simulation_max_turns": 0},
        {"success_conditions": []},
        {"tool_mock_overrides": {"tool_nobody": []}},
    ],
)
def test_a_test_that_the_service_would_not_take_is_refused(sdk: Any, change: dict[str, Any]) -> None:
    with pytest.raises(ApiError) as refusal:
        sdk.tests.create(request=TEST | change)
    assert refusal.value.status_code == 422
    assert next(iter(change)) in json.dumps(refusal.value.body)


@pytest.mark.parametrize(
    "override",
    [
        {"conversation_config": {}},
        {"conversation_config": {"agent": {"prompt": {"tool_ids": ["tool_nobody"]}}}, "platform_settings": {}},
        {"conversation_config": {"agent": {"first_message": 3}}, "platform_settings": {}},
    ],
)
def test_an_agent_that_the_service_would_not_take_is_refused(sdk: Any, override: dict[str, Any]) -> None:
    with pytest.raises(ApiError) as refusal:
        run(sdk, TEST, agent_config_override=override)
    assert refusal.value.status_code == 422


def test_what_is_not_there_is_not_found(sdk: Any) -> None:
    for ask in (
        lambda: sdk.tests.delete("test_nobody"),
        lambda: sdk.tests.invocations.get("suite_nobody"),
        lambda: sdk.tests.invocations.cancel("suite_nobody"),
        lambda: sdk.agents.run_tests(AGENT, tests=[{"test_id": "test_nobody"}]),
    ):
        with pytest.raises(ApiError) as refusal:
            ask()
        assert refusal.value.status_code == 404


def test_a_deleted_test_is_gone(sdk: Any, practice: RunningAgent) -> None:
    test_id = sdk.tests.create(request=TEST).id
    sdk.tests.delete(test_id)
    assert test_id not in practice.agent.tests.tests
