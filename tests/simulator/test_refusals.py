"""Every way in which the practice agent refuses a call, as the real service does, has a cause and a way out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from coachroom.elevenlabs.refusals import CallEnding, refusal_of
from coachroom.errors import AgentUnavailableError
from tests.simulator.refusing import (
    RefusingAgent,
    no_german,
    no_language,
    no_text_only,
    other_hosts,
    season,
    signed_only,
)
from tests.simulator.serving import AGENT, TEXT_ONLY, Caller, call, open_house

IN_GERMAN = {"conversation_config_override": {"agent": {"language": "de"}}}
PAGE = "https://coach.example"
QUOTA = "This request exceeds your quota limit."


@pytest.fixture(scope="module")
def opened() -> Iterator[RefusingAgent]:
    agent_ids = {AGENT}
    settings = {"agent_ids": agent_ids, "further_languages": {"de": "Hallo"}, "allowed_origins": lambda *_: True}
    with open_house(**settings) as running:
        yield RefusingAgent(running, agent_ids)


@pytest.fixture
def agent(opened: RefusingAgent) -> Iterator[RefusingAgent]:
    yield opened
    opened.put_back()


def how_it_ends(caller: Caller) -> CallEnding:
    """Reads to the end, as the page does: an error that the agent's server says counts where it closes normally."""
    with pytest.raises(ConnectionClosed) as closed:
        caller.hear("nothing that exists")
    assert closed.value.rcvd is not None
    said = [message["message"] for message in caller.seen if message["type"] == "error" and "message" in message]
    if closed.value.rcvd.code == 1000 and said:
        assert said == [f"received 1002 (protocol error) {QUOTA}; then sent 1002 (protocol error) {QUOTA}"]
        return CallEnding("error", 1002, QUOTA)
    return CallEnding("error", closed.value.rcvd.code, closed.value.rcvd.reason)


@pytest.mark.parametrize(
    ("edit", "asks", "cause"),
    [
        (no_text_only, TEXT_ONLY, "the agent does not allow the override text_only"),
        (no_language, IN_GERMAN, "the agent does not allow the override language"),
        (no_german, IN_GERMAN, "the agent does not speak the language de"),
        (other_hosts, {}, "the agent takes no calls from this page"),
        (signed_only, {}, "the agent takes only calls whose address this server signs"),
        (season, {}, "the agent's texts name a variable without a value, season"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_the_agent_is_not_set_up_for_ends_a_call_with_its_cause(
    agent: RefusingAgent, edit: Callable[[dict[str, Any]], None], asks: dict[str, Any], cause: str
) -> None:
    with call(agent.running, origin=PAGE, **asks) as caller:
        caller.hear("conversation_initiation_metadata")
    agent.change(edit)
    with call(agent.running, origin=PAGE, **asks) as caller:
        assert refusal_of(how_it_ends(caller)).what == cause


def test_an_agent_that_was_deleted_is_named_with_an_address_and_without(agent: RefusingAgent) -> None:
    address = agent.address()
    agent.agent_ids.clear()
    with call(agent.running, url=address) as caller:
        assert refusal_of(how_it_ends(caller)).what == "the agent does not exist"
    with pytest.raises(AgentUnavailableError) as refused:
        agent.address()
    assert refusal_of(CallEnding(refused.value.cause)).what == "the agent does not exist"


def test_an_agent_that_is_deleted_during_a_call_ends_it_with_that_cause(agent: RefusingAgent) -> None:
    with call(agent.running) as caller:
        caller.hear("agent_response")
        agent.agent_ids.clear()
        assert refusal_of(how_it_ends(caller)).what == "the agent does not exist"


def test_an_address_that_has_expired_is_named(agent: RefusingAgent) -> None:
    agent.running.agent.faults.expired_addresses = True
    with call(agent.running, url=agent.address()) as caller:
        assert refusal_of(how_it_ends(caller)).what == "the call's signed address was no longer valid"


def test_a_quota_that_is_used_up_ends_a_call_after_its_greeting(agent: RefusingAgent) -> None:
    agent.running.agent.faults.quota_used_up = True
    with call(agent.running) as caller:
        assert refusal_of(how_it_ends(caller)).what == "the quota at ElevenLabs is used up"
    assert "agent_response" in caller.types()
    assert next(iter(agent.running.agent._calls._context.archive.newest_first())).ended_because == QUOTA


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        (400, "ElevenLabs did not take the request for a signed address"),
        (401, "ElevenLabs refused the key"),
        (402, "the quota at ElevenLabs is used up"),
        (404, "the agent does not exist"),
        (429, "ElevenLabs had too many requests at once"),
        (500, "ElevenLabs gave no answer"),
    ],
)
def test_a_signed_address_that_is_refused_is_named(agent: RefusingAgent, status: int, cause: str) -> None:
    agent.running.agent.faults.status["signed_url"] = status
    with pytest.raises(AgentUnavailableError) as refused:
        agent.address()
    assert refusal_of(CallEnding(refused.value.cause)).what == cause
