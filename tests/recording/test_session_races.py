"""Deliveries while their session changes: no answer is older than the last COMMIT, and facts hold every turn."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from coachroom.app.container import Services
from coachroom.recording.intake import Receipt
from coachroom.rooms.states import EndReason, Session, SessionStatus
from coachroom.store.store import Transaction
from tests.services import (
    ANA,
    BEN,
    NOON,
    HandClock,
    delivery,
    enter,
    opened,
    said,
    stalled_writer,
    status,
    store_of,
    writer_of,
)
from tests.simulator.serving import until


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


def active_session(services: Services, client: str = ANA) -> Session:
    session = enter(services, client, f"tab of {client}")
    receipt = services.intake.receive(session.id, delivery(status(1, "connected", call=client), sent_at=NOON))
    assert receipt.status is SessionStatus.ACTIVE
    return session


def send(services: Services, session: Session, n: int) -> Receipt:
    return services.intake.receive(session.id, delivery(said(n, f"message {n}"), sent_at=NOON))


def queued(services: Services, pool: ThreadPoolExecutor, session: Session, n: int) -> Future[Receipt]:
    """A delivery that waits for the stalled writer."""
    waiting = writer_of(services).waiting
    receiving = pool.submit(send, services, session, n)
    until(lambda: writer_of(services).waiting > waiting)
    return receiving


def turns_in_facts(services: Services, session: Session) -> int:
    services.facts.make_all()
    rows = store_of(services).execute(
        "SELECT client_turns + agent_turns FROM session_facts WHERE session_id = $1", [session.id]
    )
    return int(rows[0][0])


def turns_stored(services: Services, session: Session) -> int:
    return len(services.intake.turns(session.id))


@pytest.mark.parametrize("first", ["delivery", "end"])
def test_a_delivery_and_the_end_in_one_batch_leave_no_turn_out_of_the_facts(
    services: Services, pool: ThreadPoolExecutor, first: str
) -> None:
    session = active_session(services)
    with stalled_writer(services):
        if first == "delivery":
            receiving = queued(services, pool, session, 2)
        ending = pool.submit(services.rooms.end, session.id, EndReason.CLIENT)
        until(lambda: writer_of(services).waiting == (2 if first == "delivery" else 1))
        if first == "end":
            receiving = queued(services, pool, session, 2)
    ended = ending.result(10)
    assert ended is not None
    assert receiving.result(10).status is SessionStatus.COMPLETED
    assert turns_in_facts(services, session) == turns_stored(services, session) == 1


def test_a_delivery_that_read_the_session_before_its_end_learns_of_the_end(
    services: Services, pool: ThreadPoolExecutor
) -> None:
    session = active_session(services)
    with stalled_writer(services):
        receiving = queued(services, pool, session, 2)
    assert receiving.result(10).status is SessionStatus.ACTIVE
    services.rooms.end(session.id, EndReason.CLIENT)
    assert send(services, session, 3).status is SessionStatus.COMPLETED
    assert turns_in_facts(services, session) == 2


def test_whoever_delivers_while_the_session_ends_is_answered_in_order_and_every_turn_is_counted(
    services: Services, pool: ThreadPoolExecutor
) -> None:
    for client in (ANA, BEN, "demo-chiara"):
        session = active_session(services, client)
        sent = threading.Event()

        def deliver(session: Session = session, sent: threading.Event = sent) -> list[SessionStatus]:
            answers = []
            for n in range(2, 32):
                answers.append(send(services, session, n).status)
                sent.set()
            return answers

        delivering = pool.submit(deliver)
        assert sent.wait(10)
        services.rooms.end(session.id, EndReason.CLIENT)
        answers = delivering.result(60)
        assert answers == sorted(answers, key=lambda answer: answer.over), "never active again after its end"
        assert turns_in_facts(services, session) == turns_stored(services, session) == 30
        assert send(services, session, 32).status is SessionStatus.COMPLETED


def test_a_waiting_delivery_takes_the_start_time_that_the_one_before_it_set(
    services: Services, clock: HandClock, pool: ThreadPoolExecutor
) -> None:
    session = enter(services)
    connected = status(1, "connected", NOON + timedelta(seconds=10))
    sent_at = clock.forward(20)
    # Stamped before the call began, as by a page whose clock was set meanwhile.
    early = said(2, "hello", at=NOON + timedelta(seconds=5))
    with stalled_writer(services):
        first = pool.submit(services.intake.receive, session.id, delivery(connected, sent_at=sent_at))
        until(lambda: writer_of(services).waiting == 1)
        second = pool.submit(services.intake.receive, session.id, delivery(early, sent_at=sent_at))
        # Long enough to read the session and then wait for the first one.
        time.sleep(0.2)
    starts = [receipt.result(10).session.start_time for receipt in (first, second)]
    assert starts == [NOON + timedelta(seconds=10)] * 2
    (turn,) = services.intake.turns(session.id)
    assert turn.timestamp == NOON + timedelta(seconds=10)


def test_an_activation_is_known_to_readers_that_kept_the_waiting_session(services: Services) -> None:
    session = enter(services)
    for _ in range(3):
        assert services.intake.receive(session.id, delivery()).status is SessionStatus.WAITING
    services.intake.receive(session.id, delivery(status(1, "connected"), sent_at=NOON))
    assert services.intake.receive(session.id, delivery()).status is SessionStatus.ACTIVE


def test_after_the_reaper_ended_a_session_its_page_learns_it_from_the_next_delivery(
    services: Services, clock: HandClock
) -> None:
    session, other = active_session(services), active_session(services, BEN)
    reaper = services.sessions.reaper({f"tab of {BEN}"}.__contains__, lambda *_: None)
    for n in range(2, 200):
        clock.forward(0.5)
        reaper.look()
        receipt, others = send(services, session, n), send(services, other, n)
        assert receipt.status.over == (services.presence.holder(session.id) is None)
        assert others.status is SessionStatus.ACTIVE
    assert receipt.status is SessionStatus.ABANDONED
    assert turns_in_facts(services, session) == turns_stored(services, session) == 198


def test_the_time_limit_ends_a_session_for_its_page_as_well(services: Services, clock: HandClock) -> None:
    session = active_session(services)
    send(services, session, 2)
    clock.forward(services.rooms.limits.session.total_seconds())
    services.sessions.reaper(lambda _: True, lambda *_: None).look()
    assert send(services, session, 3).status.over
    assert turns_in_facts(services, session) == 2


def test_a_takeover_goes_on_with_the_same_session_until_one_of_both_tabs_ends_it(services: Services) -> None:
    session = active_session(services)
    again, loser = services.sessions.enter(session.room_id, ANA, "another tab")
    assert (again.id, again.status, loser) == (session.id, SessionStatus.ACTIVE, f"tab of {ANA}")
    assert send(services, session, 2).status is SessionStatus.ACTIVE
    services.sessions.end(session.id, EndReason.CLIENT)
    assert send(services, session, 3).status is SessionStatus.COMPLETED
    assert turns_in_facts(services, session) == 2


def test_a_client_who_comes_back_after_the_end_gets_a_session_that_knows_nothing_of_the_last_one(
    services: Services,
) -> None:
    first = active_session(services)
    services.sessions.end(first.id, EndReason.CLIENT)
    second = active_session(services)
    assert (first.id != second.id, first.room_id != second.room_id) == (True, True)
    assert send(services, first, 2).status is SessionStatus.COMPLETED
    assert send(services, second, 2).status is SessionStatus.ACTIVE


def test_two_rooms_at_once_each_have_their_own_client_room_and_end(
    services: Services, pool: ThreadPoolExecutor
) -> None:
    ana, ben = active_session(services), active_session(services, BEN)

    def deliver(session: Session) -> list[SessionStatus]:
        return [send(services, session, n).status for n in range(2, 22)]

    talks = [pool.submit(deliver, session) for session in (ana, ben)]
    services.rooms.end(ana.id, EndReason.CLIENT)
    for talk in talks:
        talk.result(60)
    for session, client in ((ana, ANA), (ben, BEN)):
        found = services.rooms.session(session.id)
        assert found is not None
        assert (found.client_id, found.room_id) == (client, session.room_id)
    assert send(services, ana, 22).status is SessionStatus.COMPLETED
    assert send(services, ben, 22).status is SessionStatus.ACTIVE


def test_after_a_restart_nothing_is_known_but_what_is_on_disk(tmp_path: Path, clock: HandClock) -> None:
    with opened(tmp_path, clock) as services:
        session = active_session(services)
        send(services, session, 2)
    clock.forward(3600)
    with opened(tmp_path, clock) as services:
        receipt = send(services, session, 3)
        assert receipt.status.over
        assert turns_in_facts(services, session) == turns_stored(services, session) == 2


def test_an_activation_that_is_rolled_back_is_never_answered(services: Services) -> None:
    session = enter(services)
    assert services.intake.receive(session.id, delivery()).status is SessionStatus.WAITING

    def activate_and_fail(transaction: Transaction) -> None:
        services.rooms.activate(transaction, session.id, NOON)
        raise ValueError("rolled back")

    with pytest.raises(ValueError, match="rolled back"):
        writer_of(services).submit(activate_and_fail).result(10)
    assert services.intake.receive(session.id, delivery()).status is SessionStatus.WAITING
