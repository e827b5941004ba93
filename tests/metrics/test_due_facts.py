"""The facts of sessions that are over: made outside the writer, in time, not too often, and through restarts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from coachroom.app.container import Services
from coachroom.metrics import due_facts
from coachroom.metrics.due_facts import MADE_EVERY, MAX_SESSIONS_AT_ONCE
from coachroom.metrics.facts import disagreements
from coachroom.rooms.states import EndReason, Session
from tests.services import (
    NOON,
    HandClock,
    delivery,
    enter,
    opened,
    round_of,
    said,
    stalled_writer,
    status,
    store_of,
)


def turns_counted(services: Services) -> list[int]:
    rows = store_of(services).execute("SELECT client_turns FROM session_facts ORDER BY session_id")
    return [turns for (turns,) in rows]


def report(services: Services, session: Session, *numbers: int) -> None:
    services.intake.receive(session.id, delivery(*(said(n, f"turn {n}") for n in numbers), sent_at=NOON))


def ended(services: Services, client: str = "demo-ana") -> Session:
    session = enter(services, client, f"tab of {client}")
    services.intake.receive(session.id, delivery(status(1, "connected"), sent_at=NOON))
    report(services, session, 2)
    services.sessions.end(session.id, EndReason.CLIENT)
    return session


def test_the_facts_of_a_session_are_there_when_it_has_ended(services: Services) -> None:
    ended(services)
    assert turns_counted(services) == [1]
    assert store_of(services).execute("SELECT * FROM facts_due") == []


def test_however_many_late_events_come_facts_are_made_once_in_a_while(
    services: Services, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = ended(services)
    made: list[list[str]] = []
    compute = due_facts.compute_facts

    def counted(store: Any, session_ids: list[str]) -> Any:
        made.append(session_ids)
        return compute(store, session_ids)

    monkeypatch.setattr(due_facts, "compute_facts", counted)
    for n in range(3, 103):
        report(services, session, n)
        services.facts.make_due()
        clock.forward(0.1)
    services.facts.make_due()
    clock.now += MADE_EVERY
    services.facts.make_due()
    assert turns_counted(services) == [101]
    assert len(made) <= 10 / MADE_EVERY.total_seconds() + 1


def test_facts_are_computed_while_the_writer_is_busy(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    session = ended(services)
    report(services, session, 3)
    computed = []
    put = due_facts.put_facts
    monkeypatch.setattr(due_facts, "compute_facts", lambda *given: computed.append(given) or [])
    monkeypatch.setattr(due_facts, "put_facts", put)
    with ThreadPoolExecutor(1) as pool:
        with stalled_writer(services):
            making = pool.submit(services.facts.make_all)
            with pytest.raises(TimeoutError):
                making.result(0.3)
            assert len(computed) == 1
        assert making.result(10) == 1


def test_a_session_that_changes_while_its_facts_are_made_is_due_again(
    services: Services, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = ended(services)
    report(services, session, 3)
    clock.now += MADE_EVERY
    compute = due_facts.compute_facts

    def change_meanwhile(store: Any, session_ids: list[str]) -> Any:
        rows = compute(store, session_ids)
        report(services, session, 4)
        return rows

    with monkeypatch.context() as during:
        during.setattr(due_facts, "compute_facts", change_meanwhile)
        services.facts.make_due()
    assert turns_counted(services) == [2]
    services.facts.make_due()
    assert turns_counted(services) == [2], "not before its time"
    clock.now += MADE_EVERY
    services.facts.make_due()
    assert turns_counted(services) == [3]


def test_what_is_due_survives_a_restart_and_is_no_disagreement(tmp_path: Path, clock: HandClock) -> None:
    with opened(tmp_path, clock) as services:
        session = ended(services)
        report(services, session, 3)
        assert turns_counted(services) == [1]
        assert len(disagreements(store_of(services))) == 0
    with opened(tmp_path, clock) as services:
        if store_of(services).shared:
            # A start leaves it to whoever leads, once its time has come.
            clock.now += MADE_EVERY
            services.facts.make_due()
        assert turns_counted(services) == [2]


def test_many_sessions_are_made_some_at_a_time(services: Services) -> None:
    count = 2 * MAX_SESSIONS_AT_ONCE + 1
    for number in range(count):
        session = enter(services, f"client {number}", f"tab {number}")
        services.rooms.end(session.id, EndReason.CLIENT)
    assert services.facts.make_due() == count
    assert len(turns_counted(services)) == count
    numbers = store_of(services).execute("SELECT count(DISTINCT client_no) FROM session_facts")
    assert numbers == [(count,)]


def test_who_leads_no_more_leaves_the_rest_to_the_next_one(services: Services) -> None:
    for number in range(MAX_SESSIONS_AT_ONCE + 1):
        session = enter(services, f"client {number}", f"tab {number}")
        services.rooms.end(session.id, EndReason.CLIENT)
    with round_of(1):
        assert services.facts.make_due() == MAX_SESSIONS_AT_ONCE
    assert services.facts.make_due() == 1
