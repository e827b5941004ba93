"""A call that waits in the provider's queue: nobody listens, and the session's clock does not run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coachroom.app.container import Services
from coachroom.recording.intake import Receipt
from coachroom.rooms.states import EndReason, Session, SessionStatus
from tests.services import HandClock, delivery, enter, opened, said, status, store_of

WAIT = 1_200


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def services(tmp_path: Path, clock: HandClock) -> Iterator[Services]:
    with opened(tmp_path, clock) as services:
        yield services


def report(services: Services, session: Session, *events: dict) -> Receipt:
    return services.intake.receive(session.id, delivery(*events))


def change(n: int, state: str, clock: HandClock, call: str = "conv_1", **more: object) -> dict:
    return {**status(n, state, clock(), call), **more}


def test_a_first_call_that_waits_begins_the_session_when_it_is_admitted(services: Services, clock: HandClock) -> None:
    session = enter(services)
    receipt = report(services, session, change(1, "connected", clock), change(2, "queued", clock))
    assert receipt.status is SessionStatus.WAITING
    assert services.rooms.ends_at(receipt.session) is None
    admitted = clock.forward(WAIT)
    receipt = report(services, session, change(3, "connected", clock))
    assert (receipt.status, receipt.session.start_time) == (SessionStatus.ACTIVE, admitted)
    assert services.rooms.ends_at(receipt.session) == admitted + services.rooms.limits.session


@pytest.mark.parametrize("after", ["connected", "disconnected"], ids=["admitted", "given up"])
def test_the_wait_of_a_later_call_is_not_the_sessions_time(services: Services, clock: HandClock, after: str) -> None:
    session, limit = enter(services), services.rooms.limits.session
    began = clock()
    report(
        services,
        session,
        change(1, "connected", clock),
        said(2, "I want to run", at=clock()),
        change(3, "disconnected", clock, reason="error"),
        change(4, "connected", clock, "conv_2"),
        change(5, "queued", clock, "conv_2"),
    )
    clock.forward(limit.total_seconds() + 60)
    assert services.rooms.overdue() == []
    waiting = services.rooms.session(session.id)
    assert waiting is not None
    assert waiting.status is SessionStatus.ACTIVE
    assert services.rooms.ends_at(waiting) is None

    wait = limit + timedelta(seconds=60)
    receipt = report(services, session, change(6, after, clock, "conv_2"))
    assert services.rooms.ends_at(receipt.session) == began + limit + wait
    clock.forward(limit.total_seconds() - 1)
    assert services.rooms.overdue() == []
    clock.forward(1)
    assert services.rooms.overdue() == [(session.id, EndReason.TIME_LIMIT)]


def test_waits_add_up_and_the_same_report_counts_once(services: Services, clock: HandClock) -> None:
    session = enter(services)
    report(services, session, change(1, "connected", clock), said(2, "Hello", at=clock()))
    for n in (3, 5):
        clock.forward(10)
        queued = change(n, "queued", clock)
        report(services, session, queued)
        clock.forward(30)
        report(services, session, queued)
        admitted = change(n + 1, "connected", clock)
        report(services, session, admitted)
        report(services, session, queued, admitted)
    found = services.rooms.session(session.id)
    assert found is not None
    assert found.waited == timedelta(seconds=60)


@settings(max_examples=15, deadline=None)
@given(took=st.lists(st.floats(0.01, 9), min_size=4, max_size=4), waited=st.floats(0.001, 3), begun=st.booleans())
def test_however_slow_its_deliveries_are_a_call_that_is_admitted_is_admitted(
    took: list[float], waited: float, begun: bool
) -> None:
    clock, page = HandClock(), HandClock()
    with TemporaryDirectory() as folder, opened(Path(folder), clock) as services:
        session = enter(services)

        def deliver(event: dict, seconds: float) -> Receipt:
            """One event, sent once the one before is acknowledged and this long on its way."""
            sent_at = clock.forward(0.01)
            clock.forward(seconds)
            return services.intake.receive(session.id, delivery(event, sent_at=sent_at))

        page.now = clock.forward(1)
        deliver(change(1, "connected", page), took[0])
        if begun:
            deliver(said(2, "Hello", at=page.forward(0.001)), took[1])
        deliver(change(3, "queued", page), took[2])
        page.forward(waited)
        clock.now = max(clock.now, page.now)
        receipt = deliver(change(4, "connected", page), took[3])
    assert receipt.status is SessionStatus.ACTIVE
    assert not receipt.session.clock_stopped


@pytest.mark.parametrize("stale", [1, 2], ids=["connected", "queued"])
def test_a_report_that_comes_again_too_late_neither_starts_nor_stops_the_clock(
    services: Services, clock: HandClock, stale: int
) -> None:
    session = enter(services)
    clock.forward(5)
    events = [change(1, "connected", clock)]
    clock.forward(1)
    events.append(change(2, "queued", clock))
    report(services, session, *events)
    assert report(services, session, *events[:1]).status is SessionStatus.WAITING
    admitted = clock.forward(WAIT)
    report(services, session, change(3, "connected", clock))
    receipt = report(services, session, events[stale - 1])
    assert (receipt.status, receipt.session.start_time) == (SessionStatus.ACTIVE, admitted)


def test_a_session_that_never_got_a_free_line_has_failed(services: Services, clock: HandClock) -> None:
    session = enter(services)
    report(services, session, change(1, "connected", clock), change(2, "queued", clock))
    report(services, session, change(3, "disconnected", clock, reason="queue"))
    services.sessions.end(session.id, EndReason.CLIENT)
    kept = store_of(services).execute("SELECT status, end_reason FROM sessions WHERE id = $1", [session.id])
    assert [tuple(row) for row in kept] == [("failed", "agent_unreachable")]
