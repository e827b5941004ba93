"""After a call: the provider's transcript is fetched until it is settled, through restarts, and not for ever."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from coachroom.app.container import Services
from coachroom.elevenlabs.call_record import CallRecord
from coachroom.elevenlabs.client import ElevenLabs
from coachroom.errors import NO_ANSWER_CAUSE, AgentUnavailableError
from coachroom.recording.calls import MAX_CALLS_A_SESSION
from coachroom.recording.rebuild import Rebuilder, RebuiltSession
from coachroom.recording.records import (
    FIRST_WAIT,
    MAX_TRIES,
    MAX_UNANSWERED_A_ROUND,
    MAX_WAIT,
    Records,
    RecordState,
)
from coachroom.rooms.states import EndReason, Session
from coachroom.simulator.server.faults import Faults
from tests.server import free_port
from tests.services import (
    ANA,
    BEN,
    CALL,
    NOON,
    HandClock,
    delivery,
    enter,
    fresh_records,
    opened,
    round_of,
    said,
    status,
    store_of,
)
from tests.simulator.serving import AGENT, API_KEY, TEXT_ONLY, RunningAgent, call, open_house, until


@pytest.fixture(scope="module")
def running() -> Iterator[RunningAgent]:
    with open_house() as services:
        yield services


@pytest.fixture(scope="module")
def provider(running: RunningAgent) -> Iterator[ElevenLabs]:
    asked = ElevenLabs(api_key=API_KEY, base_url=running.url, agent_id=AGENT)
    yield asked
    asked.close()


@pytest.fixture
def practice(running: RunningAgent) -> Iterator[RunningAgent]:
    yield running
    for name in Faults.__slots__:
        setattr(running.agent.faults, name, getattr(Faults(), name))


def records_of(services: Services, provider: ElevenLabs) -> Records:
    return fresh_records(services, provider, AGENT)


def held_call(practice: RunningAgent, **initiation: str) -> str:
    """A finished call at the practice agent: greeting, a typed message, an answer."""
    with call(practice, **TEXT_ONLY, **initiation) as caller:
        conversation_id = str(caller.hear("conversation_initiation_metadata")["conversation_id"])
        caller.hear("agent_response")
        caller.type("I want to sleep better")
        caller.hear("agent_response")
    return conversation_id


def settled_call(practice: RunningAgent, provider: ElevenLabs) -> str:
    conversation_id = held_call(practice)
    until(lambda: provider.record(conversation_id).settled)
    return conversation_id


def ended_session(services: Services, conversation_id: str, client: str = "demo-ana") -> Session:
    """A session that is over, of which our page reported the call and one message."""
    session = enter(services, client, f"tab of {client}")
    message = said(2, "I want to sleep better", conversation_id=conversation_id)
    services.intake.receive(session.id, delivery(status(1, "connected", call=conversation_id), message, sent_at=NOON))
    services.sessions.end(session.id, EndReason.CLIENT)
    return session


def state(services: Services) -> list[tuple[Any, ...]]:
    return store_of(services).execute("SELECT record, tries, next_try_at FROM agent_conversations ORDER BY id")


def test_what_the_page_missed_is_filled_in_after_the_call(
    services: Services, practice: RunningAgent, provider: ElevenLabs, clock: HandClock
) -> None:
    session = ended_session(services, settled_call(practice, provider))
    records = records_of(services, provider)
    assert records.fetch_due() == 0, "it is asked for a little later"
    clock.now += FIRST_WAIT
    assert records.fetch_due() == 1
    assert [record for record, *_ in state(services)] == ["complete"]
    turns = services.intake.turns(session.id)
    assert [turn.context["source"] for turn in turns] == ["reconcile", "live", "reconcile"]
    clock.forward(24 * 3600)
    assert records.fetch_due() == 0, "what is complete is not asked for again"


def test_the_version_of_the_agent_comes_with_the_record_and_a_change_of_the_agent_is_another(
    services: Services, practice: RunningAgent, provider: ElevenLabs, clock: HandClock
) -> None:
    records, versions = records_of(services, provider), []
    for greeting in ("Hello.", "Welcome."):
        practice.agent.configurations.change(
            AGENT, {"conversation_config": {"agent": {"first_message": greeting}}}, 0
        )
        session = ended_session(services, settled_call(practice, provider), greeting)
        records.ask_for(session.id)
        clock.forward(FIRST_WAIT.total_seconds() + 1)
        records.fetch_due()
        versions += store_of(services).execute(
            "SELECT version_id, branch_id FROM agent_conversations WHERE session_id = $1", [session.id]
        )
    assert [branch for _, branch in versions] == ["practice-main", "practice-main"]
    first, second = (version for version, _ in versions)
    assert first and second
    assert first != second


def test_a_transcript_that_is_still_being_made_is_asked_for_again(
    services: Services, practice: RunningAgent, provider: ElevenLabs, clock: HandClock
) -> None:
    conversation_id = settled_call(practice, provider)
    session = ended_session(services, conversation_id)
    [call, *_] = practice.agent._calls._context.archive.newest_first()
    records = records_of(services, provider)
    call.status = "processing"
    for tries in (1, 2):
        clock.now += 2 * tries * FIRST_WAIT
        assert records.fetch_due() == 1
        assert state(services) == [("pending", tries, clock.now + 2**tries * FIRST_WAIT)]
        assert records.fetch_due() == 0
    call.status = "done"
    clock.now += MAX_WAIT
    assert records.fetch_due() == 1
    assert state(services)[0][0] == "complete"
    assert len(services.intake.turns(session.id)) == 3


def test_a_provider_that_fails_is_asked_ever_more_seldom_and_given_up_in_the_end(
    services: Services, practice: RunningAgent, provider: ElevenLabs, clock: HandClock
) -> None:
    session = ended_session(services, "conv_ofnobody")
    practice.agent.faults.status["conversation"] = 500
    records = records_of(services, provider)
    clock.now += FIRST_WAIT
    waits = []
    while records.fetch_due():
        (record, _, next_try_at) = state(services)[0]
        waits.append(next_try_at - clock.now)
        clock.now = next_try_at
        assert len(waits) <= MAX_TRIES
    assert len(waits) == MAX_TRIES
    assert record == "missing"
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (2 * FIRST_WAIT, MAX_WAIT)
    assert sum(waits, timedelta()) > timedelta(hours=5), "an outage of some hours is outlasted"
    assert [turn.message for turn in services.intake.turns(session.id)] == ["I want to sleep better"]


def test_what_is_asked_for_survives_a_restart(
    tmp_path: Path, practice: RunningAgent, provider: ElevenLabs, clock: HandClock
) -> None:
    conversation_id = settled_call(practice, provider)
    with opened(tmp_path, clock) as services:
        session = ended_session(services, conversation_id)
    clock.now += FIRST_WAIT
    with opened(tmp_path, clock) as services:
        assert records_of(services, provider).fetch_due() == 1
        assert len(services.intake.turns(session.id)) == 3


def test_a_call_that_was_going_on_when_the_server_was_killed_is_asked_for_after_the_start(
    tmp_path: Path, practice: RunningAgent, provider: ElevenLabs, clock: HandClock
) -> None:
    conversation_id = settled_call(practice, provider)
    with opened(tmp_path, clock) as services:
        session = enter(services)
        services.intake.receive(session.id, delivery(status(1, "connected", call=conversation_id), sent_at=NOON))
    clock.forward(3600)
    with opened(tmp_path, clock) as services:
        clock.now += FIRST_WAIT
        assert records_of(services, provider).fetch_due() == 1
        assert len(services.intake.turns(session.id)) == 3


def test_without_a_provider_ours_stands_alone(services: Services, clock: HandClock) -> None:
    ended_session(services, CALL)
    alone = fresh_records(services, None)
    clock.forward(3600)
    assert alone.fetch_due() == 0
    assert state(services)[0][:2] == ("pending", 0)


def test_a_session_that_cannot_be_rebuilt_does_not_hold_up_the_others(
    services: Services,
    practice: RunningAgent,
    provider: ElevenLabs,
    clock: HandClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = ended_session(services, settled_call(practice, provider))
    clock.forward(1)
    second = ended_session(services, settled_call(practice, provider), BEN)
    clock.now += FIRST_WAIT
    rebuild_turns = Rebuilder.rebuild_turns

    def broken_for_the_first(rebuilder: Rebuilder, session_id: str) -> RebuiltSession:
        if session_id == first.id:
            raise ValueError("this transcript breaks something")
        return rebuild_turns(rebuilder, session_id)

    monkeypatch.setattr(Rebuilder, "rebuild_turns", broken_for_the_first)
    assert records_of(services, provider).fetch_due() == 2
    assert len(services.intake.turns(second.id)) == 3
    assert sorted(record for record, *_ in state(services)) == ["complete", "pending"]


def test_who_leads_no_more_leaves_the_other_calls_to_the_next_one(
    services: Services, practice: RunningAgent, provider: ElevenLabs, clock: HandClock
) -> None:
    for client in (ANA, BEN):
        ended_session(services, settled_call(practice, provider), client)
    clock.now += FIRST_WAIT
    records = records_of(services, provider)
    with round_of(1):
        assert records.fetch_due() == 1
    assert sorted(record for record, *_ in state(services)) == ["complete", "pending"]
    assert records.fetch_due() == 1


def test_asking_twice_asks_once(services: Services, clock: HandClock) -> None:
    session = ended_session(services, CALL)
    due = state(services)
    clock.forward(60)
    services.records.ask_for(session.id)
    services.records.recover()
    assert state(services) == due


def test_the_record_of_another_clients_call_is_never_taken(
    services: Services, practice: RunningAgent, provider: ElevenLabs, clock: HandClock
) -> None:
    conversation_id = held_call(practice, user_id="demo-ben")
    until(lambda: provider.record(conversation_id).settled)
    session = ended_session(services, conversation_id)
    clock.now += FIRST_WAIT
    records_of(services, provider).fetch_due()
    assert [record for record, *_ in state(services)] == ["missing"]
    assert [turn.message for turn in services.intake.turns(session.id)] == ["I want to sleep better"]


def test_without_a_provider_our_own_record_is_complete(services: Services, clock: HandClock) -> None:
    session = enter(services)
    services.intake.receive(session.id, delivery(status(1, "connected", call=CALL), sent_at=NOON))
    services.rooms.end(session.id, EndReason.CLIENT)
    fresh_records(services, None).ask_for(session.id)
    assert [record for record, *_ in state(services)] == ["complete"]


def set_status(code: int) -> Callable[[Faults], None]:
    return lambda faults: faults.status.update(conversation=code)


FAULTS: dict[str, Callable[[Faults], None]] = {
    **{str(code): set_status(code) for code in (401, 402, 408, 429, 500)},
    "garbage": lambda faults: faults.garbage.add("conversation"),
    "silence": lambda faults: faults.slow.update(conversation=10),
    "slow drip": lambda faults: faults.drip.update(conversation=0.5),
    "half a transcript": lambda faults: setattr(faults, "half_transcript", True),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_the_provider_answers_ours_stays_it_is_said_so_and_mends_itself(
    services: Services, practice: RunningAgent, clock: HandClock, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setattr("coachroom.elevenlabs.client.TIMEOUT_SECONDS", 0.3)
    monkeypatch.setattr("coachroom.elevenlabs.client.PATIENCE_SECONDS", 0.5)
    provider = ElevenLabs(api_key=API_KEY, base_url=practice.url, agent_id=AGENT)
    patient = ElevenLabs(api_key=API_KEY, base_url=practice.url, agent_id=AGENT)
    session = ended_session(services, settled_call(practice, patient))
    records = records_of(services, provider)
    FAULTS[fault](practice.agent.faults)
    began = time.monotonic()
    clock.now += FIRST_WAIT
    assert records.fetch_due() == 1
    assert time.monotonic() - began < 5, "nobody waits for long"
    assert "I want to sleep better" in [turn.message for turn in services.intake.turns(session.id)]
    clock.forward(120)
    assert records.state_of(session.id) is RecordState.PENDING
    for name in Faults.__slots__:
        setattr(practice.agent.faults, name, getattr(Faults(), name))
    monkeypatch.undo()
    assert records_of(services, patient).fetch_due() == 1
    assert records.state_of(session.id) is RecordState.COMPLETE
    assert len(services.intake.turns(session.id)) == 3
    provider.close()
    patient.close()


def test_a_call_that_the_provider_does_not_know_is_given_up_at_once(
    services: Services, practice: RunningAgent, provider: ElevenLabs, clock: HandClock
) -> None:
    ended_session(services, "conv_ofnobody")
    clock.now += FIRST_WAIT
    records = records_of(services, provider)
    assert records.fetch_due() == 1
    assert [record for record, *_ in state(services)] == ["missing"]
    clock.forward(24 * 3600)
    assert records.fetch_due() == 0


def test_an_id_from_an_older_database_that_cannot_be_asked_for_is_given_up_at_once(
    services: Services, provider: ElevenLabs, clock: HandClock
) -> None:
    ended_session(services, CALL)
    store_of(services).execute("UPDATE agent_conversations SET id = '../../../v1/user'")
    clock.now += FIRST_WAIT
    assert records_of(services, provider).fetch_due() == 1
    assert [record for record, *_ in state(services)] == ["missing"]


def pending_calls(services: Services, client: str, calls: int) -> None:
    """A session of the client's that is over, whose page reported so many calls; the record of each is due."""
    for begin in range(0, calls, MAX_CALLS_A_SESSION):
        session = enter(services, client, f"tab of {client}")
        numbers = range(begin, min(calls, begin + MAX_CALLS_A_SESSION))
        reports = [status(1 + n, "connected", call=f"conv_{client.removeprefix('demo-')}{n}") for n in numbers]
        services.intake.receive(session.id, delivery(*reports, sent_at=NOON))
        services.sessions.end(session.id, EndReason.CLIENT)


class _DeafFor(ElevenLabs):
    """The practice agent, which gives no answer about one client's calls."""

    def record(self, conversation_id: str) -> CallRecord:
        if conversation_id.startswith("conv_ben"):
            raise AgentUnavailableError("It does not answer.", cause=NO_ANSWER_CAUSE, retry_after=3)
        return super().record(conversation_id)


@pytest.mark.parametrize("kind", [ElevenLabs, _DeafFor])
def test_one_clients_many_calls_do_not_keep_anothers_transcript_waiting(
    services: Services, practice: RunningAgent, provider: ElevenLabs, clock: HandClock, kind: type[ElevenLabs]
) -> None:
    pending_calls(services, BEN, 60)
    clock.forward(1)
    session = ended_session(services, settled_call(practice, provider))
    clock.now += FIRST_WAIT
    asked = kind(api_key=API_KEY, base_url=practice.url, agent_id=AGENT)
    records_of(services, asked).fetch_due()
    asked.close()
    assert services.records.state_of(session.id) is RecordState.COMPLETE
    assert [turn.context["source"] for turn in services.intake.turns(session.id)] == [
        "reconcile",
        "live",
        "reconcile",
    ]


def test_a_provider_that_answers_nobody_is_left_alone_after_a_few(services: Services, clock: HandClock) -> None:
    for number in range(6):
        ended_session(services, f"conv_{number}", f"client {number}")
    clock.now += FIRST_WAIT
    nobody = ElevenLabs(api_key=API_KEY, base_url=f"http://127.0.0.1:{free_port()}", agent_id=AGENT)
    assert records_of(services, nobody).fetch_due() == MAX_UNANSWERED_A_ROUND
    nobody.close()


def test_a_session_has_a_few_calls_at_most(services: Services) -> None:
    session = enter(services)
    reports = [status(1 + n, "connected", call=f"conv_{n}") for n in range(60)]
    receipt = services.intake.receive(session.id, delivery(*reports, said(61, "hello"), sent_at=NOON))
    assert (receipt.ack, receipt.status.value) == (61, "active")
    assert store_of(services).execute("SELECT count(*) FROM agent_conversations") == [(MAX_CALLS_A_SESSION,)]
    assert [turn.message for turn in services.intake.turns(session.id)] == ["hello"]
