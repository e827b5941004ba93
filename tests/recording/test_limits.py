"""What one session may keep: how it is cut or refused, that the client is told, and that nothing stands still."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from coachroom.app.container import Services
from coachroom.clock import to_iso
from coachroom.elevenlabs.call_record import CallRecord, CallTurn
from coachroom.recording import session_states
from coachroom.recording.events import read_delivery
from coachroom.recording.intake import MAX_DELIVERIES_AT_ONCE
from coachroom.recording.journal import MAX_CORRECTIONS
from coachroom.recording.limits import DEFAULT_LIMITS
from coachroom.recording.session_states import SessionBusyError
from coachroom.recording.silences import MAX_SILENCES_A_SESSION
from coachroom.recording.turn import load_turns
from coachroom.rooms.states import EndReason, Sender, SessionStatus
from coachroom.text import CUT_MARK
from tests.services import (
    BEN,
    CALL,
    NOON,
    HandClock,
    body,
    delivery,
    enter,
    fresh_intake,
    fresh_rebuilder,
    opened,
    said,
    settings_for,
    stalled_writer,
    status,
    store_of,
)

FEW = {"max_session_turns": 100, "max_session_bytes": 100_000, "max_turn_chars": 1_000}


@pytest.fixture
def small(tmp_path: Path, clock: HandClock) -> Iterator[Services]:
    """Services whose sessions keep little."""
    with opened(tmp_path, clock, **FEW) as services:
        yield services


def messages(services: Services, session_id: str) -> list[str]:
    return [turn.message for turn in services.intake.turns(session_id)]


def test_the_settings_begin_with_the_documented_limits(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    given = (settings.max_turn_chars, settings.max_session_bytes, settings.max_session_turns)
    assert given == (DEFAULT_LIMITS.turn_chars, DEFAULT_LIMITS.session_bytes, DEFAULT_LIMITS.session_turns)


def test_a_session_takes_so_many_turns_and_tells_about_the_rest(small: Services) -> None:
    session = enter(small)
    first = small.intake.receive(session.id, delivery(*(said(n, f"turn {n}") for n in range(1, 101)), sent_at=NOON))
    assert (first.ack, first.refused) == (100, False)
    more = small.intake.receive(
        session.id, delivery(said(101, "more"), status(102, "disconnected", reason="user"), sent_at=NOON)
    )
    assert (more.ack, more.refused) == (102, True), "it is answered, so that the page goes on"
    assert messages(small, session.id) == [f"turn {n}" for n in range(1, 101)]
    again = small.intake.receive(session.id, delivery(said(99, "turn 99"), said(100, "turn 100"), sent_at=NOON))
    assert not again.refused, "what is stored is stored"
    small.sessions.end(session.id, EndReason.CLIENT)
    assert small.rooms.session(session.id).status is not SessionStatus.ACTIVE


def test_a_session_takes_so_many_bytes(small: Services) -> None:
    session = enter(small)
    receipts = [
        small.intake.receive(session.id, delivery(said(n, "\u20ac" * 1_000), sent_at=NOON)) for n in range(1, 60)
    ]
    kept = sum(turn.size for turn in load_turns(store_of(small), session.id))
    assert 100_000 <= kept < 104_000
    assert [receipt.refused for receipt in receipts].count(False) == len(messages(small, session.id))


def test_corrections_count_and_only_the_latest_are_kept(small: Services) -> None:
    session = enter(small)
    small.intake.receive(session.id, delivery(said(1, "the whole answer", "agent", event_id=1), sent_at=NOON))
    for begin in range(2, 2_002, 500):
        small.intake.receive(session.id, delivery(*(correction(n) for n in range(begin, begin + 500)), sent_at=NOON))
    (turn,) = load_turns(store_of(small), session.id)
    assert turn.size < 100_000
    assert list(turn.context["corrections"]) == [str(n) for n in range(2_002 - MAX_CORRECTIONS, 2_002)]
    before = store_of(small).execute("SELECT * FROM conversations")
    small.intake.receive(session.id, delivery(correction(2), correction(2_001), sent_at=NOON))
    assert store_of(small).execute("SELECT * FROM conversations") == before


def correction(n: int) -> dict[str, Any]:
    return {"n": n, "kind": "correction", "event_id": 1, "text": f"{n} " * 30, "conversation_id": CALL}


def test_a_full_session_is_the_same_after_a_restart(tmp_path: Path, clock: HandClock) -> None:
    stream = [said(n, f"turn {n} " * n, "agent" if n % 2 else "client", event_id=n) for n in range(1, 150)]
    found = []
    for place, parts in enumerate(([(0, 149)], [(0, 60), (40, 101), (90, 149)], [(0, 149), (0, 149)])):
        with opened(tmp_path / str(place), clock, **FEW) as services:
            session = enter(services)
            for begin, end in parts:
                fresh_intake(services).receive(session.id, delivery(*stream[begin:end], sent_at=NOON))
            found.append(messages(services, session.id))
    assert found[0] == found[1] == found[2]


def test_reminders_failures_and_silences_of_a_session_are_bounded(services: Services) -> None:
    session = enter(services)
    for begin in range(1, 201, 40):
        reports = [{"n": n, "kind": "reminder", "at": to_iso(NOON)} for n in range(begin, begin + 20)]
        reports += [status(n, "failed", call=None, reason=f"{n}") for n in range(begin + 20, begin + 40)]
        services.intake.receive(session.id, delivery(*reports, sent_at=NOON))
    for begin in range(1_001, 2_201, 80):
        silences = [
            {"n": n, "kind": "silence", "at": to_iso(NOON), "seconds": 12, "broken_by": "client"}
            for n in range(begin, begin + 80)
        ]
        services.intake.receive(session.id, delivery(*silences, sent_at=NOON))
    assert store_of(services).execute("SELECT count(*) FROM silences") == [(MAX_SILENCES_A_SESSION,)]
    for table in ("talk_reminders", "refused_calls"):
        ((count,),) = store_of(services).execute(f"SELECT count(*) FROM {table}")
        assert count <= 100


def test_a_beginning_that_a_beacon_brought_is_completed_by_the_whole_text(services: Services) -> None:
    session = enter(services)
    whole = "word " * 3_000
    services.intake.receive(session.id, delivery(said(1, whole[:12_000] + CUT_MARK), sent_at=NOON))
    services.intake.receive(session.id, delivery(said(1, whole), sent_at=NOON))
    assert messages(services, session.id) == [whole]


def test_the_providers_record_is_cut_as_the_page_is_and_its_turns_are_found_again(small: Services) -> None:
    session, text = enter(small), "so much to say " * 200
    sent = body(status(1, "connected"), said(2, text), sent_at=NOON)
    small.intake.receive(session.id, read_delivery(sent, small.intake.limits.turn_chars))
    turns = (CallTurn(Sender.CLIENT, text, 1, interrupted=False), CallTurn(Sender.AGENT, text, 2, interrupted=False))
    small.records.receive(CallRecord(CALL, NOON, settled=True, turns=turns))
    small.records.rebuild_waiting()
    found = small.intake.turns(session.id)
    assert [turn.context["source"] for turn in found] == ["live", "reconcile"]
    assert [len(turn.message) for turn in found] == [1_000, 1_000]
    assert all(turn.message.endswith(CUT_MARK) for turn in found)


def test_a_session_that_sends_too_much_at_once_is_asked_to_wait(services: Services) -> None:
    session, other = enter(services), enter(services, BEN, "tab of ben")
    answered = threading.Barrier(2)

    def send(n: int) -> int:
        try:
            return services.intake.receive(session.id, delivery(said(n, f"turn {n}"), sent_at=NOON)).ack
        except SessionBusyError:
            answered.wait(10)
            return 0

    with ThreadPoolExecutor(MAX_DELIVERIES_AT_ONCE + 1) as pool:
        with stalled_writer(services):
            sent = [pool.submit(send, n) for n in range(1, MAX_DELIVERIES_AT_ONCE + 2)]
            answered.wait(10)
        assert sorted(each.result(10) for each in sent)[0] == 0
        assert sum(each.result(10) > 0 for each in sent) == MAX_DELIVERIES_AT_ONCE
    assert services.intake.receive(other.id, delivery(said(1, "hello"), sent_at=NOON)).ack == 1


def test_idle_sessions_are_evicted_by_their_bytes(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_states, "MAX_IDLE_BYTES", 100_000)
    rebuilder = fresh_rebuilder(services)
    intake, sessions = fresh_intake(services, rebuilder=rebuilder), []
    for number in range(5):
        sessions.append(enter(services, f"client {number}", f"tab {number}"))
        intake.receive(sessions[-1].id, delivery(said(1, "x" * 15_000), sent_at=NOON))
    kept = [session.id in rebuilder.states for session in sessions]
    assert kept == [False, False, True, True, True]
    intake.receive(sessions[0].id, delivery(said(2, "and more", at=NOON + timedelta(seconds=1)), sent_at=NOON))
    assert len(messages(services, sessions[0].id)) == 2
