"""Two processes share a database: a session's page reports to one and to the other, in turn or to both at once.

Here both have one writer, as they would have one lock; what each remembers of the session is its own.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coachroom.app.container import Services
from coachroom.elevenlabs.call_record import CallRecord, CallTurn
from coachroom.recording.events import Breaker, SilenceHeard
from coachroom.recording.intake import Intake
from coachroom.recording.session_states import MAX_STALE, StaleTurnsError
from coachroom.rooms.states import EndReason, Sender, Session
from tests.services import (
    ANA,
    CALL,
    NOON,
    HandClock,
    delivery,
    enter,
    fresh_intake,
    fresh_rebuilder,
    fresh_records,
    opened,
    said,
    status,
    store_of,
)

# Each event rests on those before it: who has missed one applies the next one wrongly, or not at all.
TALK = (
    status(1, "connected"),
    said(2, "Hello Ana.", "agent", event_id=1),
    said(3, "I want to sleep better."),
    said(4, "Let us begin with your evenings, step by", "agent", event_id=2),
    {"n": 5, "kind": "timing", "turn": 4, "latency_ms": 420},
    {"n": 6, "kind": "interruption", "event_id": 2, "conversation_id": CALL},
    {"n": 7, "kind": "correction", "event_id": 2, "text": "Let us begin", "conversation_id": CALL},
    said(8, "Wait.", typed=True),
    said(9, "I am here.", "agent", event_id=3),
    {"n": 10, "kind": "correction", "event_id": 3, "text": "I am", "conversation_id": CALL},
    said(11, "Good."),
)
ROUTES = st.lists(st.integers(0, 2), min_size=len(TALK), max_size=len(TALK))


def share(services: Services) -> None:
    """From now on the database counts as one that other processes have open too."""
    store_of(services).shared = True


@pytest.fixture
def shared(services: Services) -> Services:
    share(services)
    return services


@pytest.fixture(scope="module")
def house() -> Iterator[Services]:
    """One database for all examples of a property: each has a session of its own."""
    folder = Path(tempfile.mkdtemp())
    with opened(folder, HandClock()) as services:
        share(services)
        yield services
    shutil.rmtree(folder)


def on_disk(services: Services, session: Session) -> list[tuple[Any, ...]]:
    columns = "seq, id, message, sender, timestamp, context::text"
    sql = f"SELECT {columns} FROM conversations WHERE session_id = $1 ORDER BY seq"
    return store_of(services).execute(sql, [session.id])


def new_session(services: Services) -> Session:
    session = services.rooms.open_session_in(services.rooms.create(ANA).id)
    if session is not None:
        store_of(services).execute("UPDATE sessions SET status = 'completed' WHERE id = $1", [session.id])
        store_of(services).execute("UPDATE rooms SET status = 'closed' WHERE id = $1", [session.room_id])
    return enter(services)


def report(intake: Intake, session: Session, *events: dict[str, Any]) -> int:
    return intake.receive(session.id, delivery(*events, sent_at=NOON)).ack


def by_one_process(services: Services) -> list[tuple[Any, ...]]:
    session, intake = new_session(services), fresh_intake(services)
    report(intake, session, *TALK)
    return on_disk(services, session)


def test_a_turn_that_the_other_process_stored_is_kept(shared: Services) -> None:
    one, other = fresh_intake(shared), fresh_intake(shared)
    session = enter(shared)
    report(one, session, *[said(n, f"words {n}") for n in (1, 2, 3)])
    report(other, session, said(4, "words 4"))
    report(one, session, said(5, "words 5"))
    assert [turn.message for turn in one.turns(session.id)] == [f"words {n}" for n in range(1, 6)]


def test_a_correction_finds_a_turn_that_only_the_other_process_has_seen(shared: Services) -> None:
    one, other = fresh_intake(shared), fresh_intake(shared)
    session = enter(shared)
    report(one, session, said(1, "Hello?"))
    report(other, session, said(2, "Let us begin with", "agent", event_id=2))
    report(one, session, {"n": 3, "kind": "correction", "event_id": 2, "text": "Let us", "conversation_id": CALL})
    assert [turn.message for turn in one.turns(session.id)] == ["Hello?", "Let us"]


@settings(max_examples=40)
@given(routes=ROUTES, again=st.sets(st.integers(0, len(TALK) - 1)))
def test_whichever_process_takes_an_event_the_turns_are_the_same(
    house: Services, routes: Sequence[int], again: set[int]
) -> None:
    """0 and 1: one of the two; 2: both, as when an answer was lost and the page sends again."""
    intakes = (fresh_intake(house), fresh_intake(house))
    session = new_session(house)
    for place, (event, route) in enumerate(zip(TALK, routes, strict=True)):
        for intake in intakes if route == 2 else (intakes[route],):
            assert report(intake, session, event) == event["n"]
        if place in again:
            report(intakes[place % 2], session, *TALK[: place + 1])
    assert on_disk(house, session) == by_one_process(house) != []


@settings(max_examples=20)
@given(first=st.integers(1, 6), second=st.integers(1, 6))
def test_deliveries_to_both_at_the_same_moment_lose_nothing_and_double_nothing(
    house: Services, first: int, second: int
) -> None:
    intakes = (fresh_intake(house), fresh_intake(house))
    session = new_session(house)
    report(intakes[0], session, said(100, "before", epoch="page-0"))
    report(intakes[1], session, said(100, "before", epoch="page-0"))

    def send(which: int, count: int) -> None:
        for n in range(1, count + 1):
            sent = delivery(said(n, f"{which}.{n}"), epoch=f"page-{which + 1}", sent_at=NOON)
            assert intakes[which].receive(session.id, sent).ack == n

    with ThreadPoolExecutor(2) as pool:
        for sending in [pool.submit(send, 0, first), pool.submit(send, 1, second)]:
            sending.result()
    turns = intakes[0].turns(session.id)
    for which, count in enumerate((first, second)):
        words = [turn.message for turn in turns if turn.message.startswith(f"{which}.")]
        assert words == [f"{which}.{n}" for n in range(1, count + 1)]
    assert [turn.seq for turn in turns] == list(range(1, len(turns) + 1))


def test_a_record_that_the_other_process_built_in_is_kept(shared: Services) -> None:
    one, filer = fresh_intake(shared), fresh_rebuilder(shared)
    records = fresh_records(shared, None, rebuilder=filer)
    session = enter(shared)
    report(one, session, status(1, "connected"), said(2, "Hello?"))
    turns = (CallTurn(Sender.CLIENT, "Hello?", 0, False), CallTurn(Sender.AGENT, "Hello Ana.", 1, False))
    record = CallRecord(CALL, NOON, True, turns, user_id=ANA, session_id=session.id)
    records.receive(record)
    records.rebuild_waiting()
    report(one, session, said(3, "Still there?"))
    assert {turn.message for turn in one.turns(session.id)} == {"Hello?", "Hello Ana.", "Still there?"}


def test_a_process_that_is_never_fast_enough_says_that_the_session_is_busy(
    shared: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake, session = fresh_intake(shared), enter(shared)
    tries: list[int] = []
    monkeypatch.setattr(shared.rooms, "claim_turns", lambda *_: tries.append(1))
    with pytest.raises(StaleTurnsError, match="sent again"):
        report(intake, session, said(1, "Hello?"))
    assert len(tries) == MAX_STALE
    assert on_disk(shared, session) == []


def test_a_database_of_one_process_counts_no_versions(services: Services) -> None:
    session = enter(services)
    report(services.intake, session, *TALK)
    versions = store_of(services).execute("SELECT turns_version FROM sessions WHERE id = $1", [session.id])
    assert versions == [(None,)]


def test_what_one_process_stores_while_the_other_erases_the_session_is_nobodys(shared: Services) -> None:
    """It has read the session before, and comes to the database after the other one."""
    session = enter(shared)
    known = shared.rooms.session(session.id)
    shared.sessions.end(session.id, EndReason.CLIENT)
    shared.own_data.erase(ANA, "ana.silva@example.com")
    late = fresh_intake(shared)
    silence = SilenceHeard(1, NOON, 12.0, Breaker.CLIENT)
    assert known is not None
    late._silence(known.id, "page-1", silence, NOON).result()
    late._reminded(known.id, "page-1.2", NOON).result()
    shared.briefings.prepare(known.id, ANA)
    counts = "SELECT (SELECT count(*) FROM {}), (SELECT count(*) FROM {}), (SELECT count(*) FROM {})"
    tables = ("silences", "talk_reminders", "briefings")
    assert store_of(shared).execute(counts.format(*tables)) == [(0, 0, 0)]
    assert shared.briefings.approach_of(known.id) is None
