from __future__ import annotations

import time
from collections.abc import Iterator
from typing import get_args

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from coachroom.simulator import Faults
from coachroom.simulator.server.faults import Endpoint
from tests.simulator.serving import AGENT, API_KEY, TEXT_ONLY, RunningAgent, call, open_house, until

PATHS: dict[Endpoint, tuple[str, str]] = {
    "widget": ("GET", f"agents/{AGENT}/widget"),
    "agent": ("GET", f"agents/{AGENT}"),
    "agent_change": ("PATCH", f"agents/{AGENT}"),
    "tools": ("GET", "tools"),
    "tool": ("GET", "tools/x"),
    "tool_change": ("POST", "tools"),
    "webhooks": ("GET", "../workspace/webhooks"),
    "branches": ("GET", f"agents/{AGENT}/branches"),
    "signed_url": ("GET", f"conversation/get-signed-url?agent_id={AGENT}"),
    "token": ("GET", f"conversation/token?agent_id={AGENT}"),
    "conversations": ("GET", "conversations"),
    "conversation": ("GET", "conversations/x"),
    "delete": ("DELETE", "conversations/x"),
    "audio": ("GET", "conversations/x/audio"),
    "feedback": ("POST", "conversations/x/feedback"),
    "test": ("POST", "agent-testing/create"),
    "test_delete": ("DELETE", "agent-testing/test_x"),
    "test_run": ("POST", f"agents/{AGENT}/run-tests"),
    "test_invocation": ("GET", "test-invocations/x"),
}


@pytest.fixture
def faults(practice: RunningAgent) -> Iterator[Faults]:
    """The practice's own faults, which are put back."""
    found = practice.agent.faults
    yield found
    for name in Faults.__slots__:
        setattr(found, name, getattr(Faults(), name))


@pytest.fixture(scope="module")
def http(practice: RunningAgent) -> Iterator[httpx.Client]:
    with httpx.Client(
        base_url=f"{practice.url}/v1/convai", headers={"xi-api-key": API_KEY}, trust_env=False
    ) as client:
        yield client


def test_every_endpoint_has_a_path() -> None:
    assert set(PATHS) == set(get_args(Endpoint))


@pytest.mark.parametrize("status", [401, 402, 404, 429, 500])
@pytest.mark.parametrize("endpoint", PATHS)
def test_a_status_is_answered(faults: Faults, http: httpx.Client, endpoint: Endpoint, status: int) -> None:
    faults.status[endpoint] = status
    assert http.request(*PATHS[endpoint]).status_code == status


@pytest.mark.parametrize("endpoint", PATHS)
def test_garbage_is_answered(faults: Faults, http: httpx.Client, endpoint: Endpoint) -> None:
    faults.garbage.add(endpoint)
    answer = http.request(*PATHS[endpoint])
    assert answer.status_code == 200
    with pytest.raises(ValueError):
        answer.json()


@pytest.mark.parametrize("endpoint", ["signed_url", "conversation"])
def test_slowness(faults: Faults, http: httpx.Client, endpoint: Endpoint) -> None:
    faults.slow[endpoint] = 2.0  # at ten times the speed
    began = time.monotonic()
    http.request(*PATHS[endpoint])
    assert time.monotonic() - began >= 0.19


@pytest.mark.parametrize("code", [1008, 1011])
def test_calls_are_refused(faults: Faults, practice: RunningAgent, code: int) -> None:
    faults.refuse_calls = code
    with call(practice) as caller, pytest.raises(ConnectionClosed) as closed:
        caller.hear("conversation_initiation_metadata")
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == code


@pytest.mark.parametrize(("code", "status"), [(1000, "done"), (1011, "failed")])
def test_the_agent_hangs_up_in_the_middle(
    faults: Faults, practice: RunningAgent, http: httpx.Client, code: int, status: str
) -> None:
    faults.hang_up_code = code
    with call(practice) as caller:
        conversation_id = caller.hear("conversation_initiation_metadata")["conversation_id"]
        caller.hear("audio")
        faults.hang_up_after = 0.0
        with pytest.raises(ConnectionClosed) as closed:
            caller.hear("nothing that exists")
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == code
    path = f"conversations/{conversation_id}"
    until(lambda: http.get(path).json()["status"] == status)
    assert http.get(path).json()["metadata"]["termination_reason"] == "The agent hung up."


def test_half_a_transcript(faults: Faults, practice: RunningAgent, http: httpx.Client) -> None:
    with call(practice, **TEXT_ONLY) as caller:
        conversation_id = caller.hear("conversation_initiation_metadata")["conversation_id"]
        caller.hear("agent_response")
        caller.type("My goal")
        caller.hear("agent_response")
    path = f"conversations/{conversation_id}"
    assert len(http.get(path).json()["transcript"]) == 3
    faults.half_transcript = True
    assert len(http.get(path).json()["transcript"]) == 1


def test_a_delivery_that_fails_is_logged_and_not_repeated(caplog: pytest.LogCaptureFixture) -> None:
    tried = []

    async def deliver(body: bytes, _headers: dict[str, str]) -> None:
        tried.append(body)
        raise OSError("nobody listens")

    with open_house(deliver=deliver) as practice:
        with call(practice, **TEXT_ONLY) as caller:
            caller.hear("agent_response")
        until(lambda: tried)
        until(lambda: "could not be delivered" in caplog.text)
    assert len(tried) == 1
