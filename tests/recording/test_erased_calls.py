"""Calls of erased clients: asked to be deleted until they are, whatever the provider answers meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from coachroom.app.container import Services
from coachroom.elevenlabs.client import ElevenLabs
from coachroom.recording.erased_calls import CALL_ENDS_WITHIN, FIRST_WAIT, MAX_WAIT, ErasedCalls, add_erased_calls
from coachroom.simulator.server.faults import Faults
from tests.services import HandClock, round_of, store_of, writer_of
from tests.simulator.serving import AGENT, API_KEY, TEXT_ONLY, RunningAgent, call, open_house, until


@pytest.fixture(scope="module")
def running() -> Iterator[RunningAgent]:
    with open_house() as services:
        yield services


@pytest.fixture
def practice(running: RunningAgent) -> Iterator[RunningAgent]:
    yield running
    for name in Faults.__slots__:
        setattr(running.agent.faults, name, getattr(Faults(), name))


@pytest.fixture
def provider(running: RunningAgent) -> Iterator[ElevenLabs]:
    asked = ElevenLabs(api_key=API_KEY, base_url=running.url, agent_id=AGENT)
    yield asked
    asked.close()


def erased_calls(services: Services, provider: ElevenLabs | None) -> ErasedCalls:
    return ErasedCalls(store_of(services), writer_of(services), services.clock, provider)


def held_call(practice: RunningAgent, provider: ElevenLabs) -> str:
    with call(practice, **TEXT_ONLY) as caller:
        conversation_id = str(caller.hear("conversation_initiation_metadata")["conversation_id"])
    until(lambda: provider.record(conversation_id).settled)
    return conversation_id


def add(services: Services, *calls: str) -> None:
    now = services.clock()
    writer_of(services).submit(lambda transaction: add_erased_calls(transaction, calls, now)).result()


def test_the_provider_deletes_its_copy_and_is_not_asked_again(
    services: Services, practice: RunningAgent, provider: ElevenLabs
) -> None:
    conversation_id = held_call(practice, provider)
    add(services, conversation_id)
    calls = erased_calls(services, provider)
    assert calls.waiting() == 1
    assert calls.delete_due() == 1
    assert calls.waiting() == calls.delete_due() == 0
    archive = practice.agent._calls._context.archive
    assert archive.get(conversation_id) is None


def test_a_call_that_the_provider_does_not_know_is_gone_once_its_record_would_be_there(
    services: Services, provider: ElevenLabs, clock: HandClock
) -> None:
    """Asked too early it knows of none, and keeps the record that it is about to make."""
    add(services, "conv_that_is_gone_already")
    calls = erased_calls(services, provider)
    since, gone = services.clock(), 0
    while not gone:
        gone = calls.delete_due()
        clock.forward(1)
    assert services.clock() - since > CALL_ENDS_WITHIN
    assert calls.waiting() == 0


@pytest.mark.parametrize("refusal", [401, 403, 429, 500, 503])
def test_a_provider_that_refuses_is_asked_ever_more_seldom_until_it_deletes(
    services: Services, practice: RunningAgent, provider: ElevenLabs, clock: HandClock, refusal: int
) -> None:
    conversation_id = held_call(practice, provider)
    add(services, conversation_id)
    calls = erased_calls(services, provider)
    practice.agent.faults.status["delete"] = refusal
    wait = FIRST_WAIT
    for _ in range(14):
        assert calls.delete_due() == 0
        clock.forward(wait.total_seconds() - 1)
        assert calls.delete_due() == 0
        clock.forward(1)
        wait = min(2 * wait, MAX_WAIT)
    assert calls.waiting() == 1
    practice.agent.faults.status.clear()
    clock.now += timedelta(days=1)
    assert calls.delete_due() == 1


def test_who_leads_no_more_leaves_the_others_to_the_next_one(
    services: Services, practice: RunningAgent, provider: ElevenLabs
) -> None:
    add(services, held_call(practice, provider), held_call(practice, provider))
    calls = erased_calls(services, provider)
    with round_of(1):
        assert calls.delete_due() == 1
    assert calls.waiting() == calls.delete_due() == 1


def test_without_a_provider_to_ask_they_wait(services: Services) -> None:
    add(services, "conv_1")
    calls = erased_calls(services, None)
    assert calls.delete_due() == 0
    assert calls.waiting() == 1
