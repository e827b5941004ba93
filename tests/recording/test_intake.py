"""The one door for turns: idempotent, ordered, and silent until it is on disk."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coachroom.app.container import Services
from coachroom.elevenlabs.call_record import CallRecord, CallTurn
from coachroom.errors import RoomNotFoundError, StatementError, StoreClosedError
from coachroom.recording.rebuild import Rebuilder
from coachroom.recording.session_states import SessionStates
from coachroom.recording.shared_voice import SharedVoice
from coachroom.recording.turn import Turn, load_turns
from coachroom.rooms.session_cache import MAX_SESSIONS_IN_MEMORY
from coachroom.rooms.states import EndReason, Sender, SessionStatus
from coachroom.text import cut
from tests.services import (
    ANA,
    BEN,
    CALL,
    NOON,
    HandClock,
    delivery,
    enter,
    fresh_intake,
    fresh_rebuilder,
    opened,
    said,
    stalled_writer,
    status,
    store_of,
    writer_of,
)

TALK = (
    status(1, "connecting", call=None),
    status(2, "connected"),
    said(3, "Hello Ana.", "agent", event_id=1),
    said(4, "I want to sleep better."),
    said(5, "Let us begin with your evenings, step by", "agent", event_id=2),
    {"n": 6, "kind": "timing", "turn": 5, "latency_ms": 420},
    {"n": 7, "kind": "interruption", "event_id": 2, "conversation_id": CALL},
    {"n": 8, "kind": "correction", "event_id": 2, "text": "Let us begin", "conversation_id": CALL},
    said(9, "Wait.", typed=True),
    {"n": 10, "kind": "mute", "muted": True, "conversation_id": CALL},
    status(11, "disconnected", reason="user"),
)


def rows(services: Services) -> list[tuple[Any, ...]]:
    """All that deliveries change, as it is on disk."""
    sql = (
        "SELECT seq, id, message, sender, timestamp, context::text FROM conversations ORDER BY session_id, seq",
        "SELECT status, end_reason, start_time, agent_conversation_id FROM sessions ORDER BY id",
        "SELECT id, started_at, ended_at, end_reason, record FROM agent_conversations ORDER BY id",
    )
    return [row for each in sql for row in store_of(services).execute(each)]


def messages(services: Services, session_id: str) -> list[str]:
    return [turn.message for turn in services.intake.turns(session_id)]


def test_a_talk_is_stored_turn_by_turn(services: Services) -> None:
    session = enter(services)
    receipt = services.intake.receive(session.id, delivery(*TALK, sent_at=NOON))
    assert (receipt.ack, receipt.status) == (11, SessionStatus.ACTIVE)
    turns = services.intake.turns(session.id)
    assert [(turn.seq, turn.sender.value, turn.message) for turn in turns] == [
        (1, "agent", "Hello Ana."),
        (2, "client", "I want to sleep better."),
        (3, "agent", "Let us begin"),
        (4, "client", "Wait."),
    ]
    assert turns[2].context == {
        "source": "live",
        "conversation_id": CALL,
        "event_id": 2,
        "latency_ms": 420,
        "interrupted": True,
        "original": "Let us begin with your evenings, step by",
        "corrections": {"8": "Let us begin"},
    }
    assert turns[3].context["typed"] is True
    assert store_of(services).execute("SELECT id, session_id, end_reason, record FROM agent_conversations") == [
        (CALL, session.id, "user", "live")
    ]


def test_the_same_delivery_twice_stores_once_and_is_acknowledged_twice(services: Services) -> None:
    session = enter(services)
    first = services.intake.receive(session.id, delivery(*TALK, sent_at=NOON))
    stored = rows(services)
    assert services.intake.receive(session.id, delivery(*TALK, sent_at=NOON)) == first
    assert rows(services) == stored


def test_overlapping_deliveries_store_each_turn_once(services: Services) -> None:
    session = enter(services)
    for begin, end in ((0, 4), (2, 6), (0, 5), (4, 9), (1, 11), (8, 11)):
        receipt = services.intake.receive(session.id, delivery(*TALK[begin:end], sent_at=NOON))
        assert receipt.ack == end
    piecewise = rows(services)
    store_of(services).execute("DELETE FROM conversations")
    fresh = fresh_intake(services)
    fresh.receive(session.id, delivery(*TALK, sent_at=NOON))
    assert rows(services) == piecewise


def test_beacon_and_fetch_at_once_store_each_turn_once(services: Services) -> None:
    session = enter(services)
    gate = threading.Barrier(8)

    def send(which: int) -> int:
        gate.wait(10)
        # Some are a fetch with a part, some a beacon with all that is not acknowledged.
        part = TALK if which % 2 else TALK[: 4 + which]
        return services.intake.receive(session.id, delivery(*part, sent_at=NOON)).ack

    with ThreadPoolExecutor(8) as pool:
        acknowledged = list(pool.map(send, range(8)))
    assert max(acknowledged) == 11
    parallel = rows(services)
    assert services.intake.receive(session.id, delivery(*TALK, sent_at=NOON)).ack == 11
    assert rows(services) == parallel
    assert len(messages(services, session.id)) == 4


def test_many_rooms_at_once_keep_their_own_words(services: Services) -> None:
    sessions = {client: enter(services, client, f"tab of {client}") for client in (ANA, BEN, "demo-chiara")}

    def talk(client: str) -> None:
        for n in range(1, 31):
            services.intake.receive(sessions[client].id, delivery(said(n, f"{client} {n}"), sent_at=NOON))

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(talk, sessions))
    for client, session in sessions.items():
        assert messages(services, session.id) == [f"{client} {n}" for n in range(1, 31)]


def test_nothing_is_acknowledged_before_it_is_committed(services: Services) -> None:
    session = enter(services)
    with ThreadPoolExecutor(1) as pool:
        with stalled_writer(services):
            receiving = pool.submit(services.intake.receive, session.id, delivery(said(1, "hello"), sent_at=NOON))
            with pytest.raises(TimeoutError):
                receiving.result(0.2)
            assert messages(services, session.id) == []
        assert receiving.result(10).ack == 1
    assert messages(services, session.id) == ["hello"]


def test_a_write_that_fails_is_not_acknowledged_and_works_when_it_is_sent_again(services: Services) -> None:
    session = enter(services)
    services.intake.receive(session.id, delivery(said(1, "before"), sent_at=NOON))
    store_of(services).execute("ALTER TABLE conversations RENAME TO conversations_away")
    with pytest.raises(StatementError):
        services.intake.receive(session.id, delivery(said(2, "during"), sent_at=NOON))
    store_of(services).execute("ALTER TABLE conversations_away RENAME TO conversations")
    assert messages(services, session.id) == ["before"]
    services.intake.receive(session.id, delivery(said(2, "during"), said(3, "after"), sent_at=NOON))
    assert messages(services, session.id) == ["before", "during", "after"]


def test_a_part_that_fails_leaves_no_other_part_on_its_way(services: Services) -> None:
    session = enter(services)
    store_of(services).execute("ALTER TABLE agent_conversations RENAME TO calls_away")
    with pytest.raises(StatementError):
        services.intake.receive(session.id, delivery(status(1, "connected"), said(2, "hello"), sent_at=NOON))
    assert writer_of(services).waiting == 0
    store_of(services).execute("ALTER TABLE calls_away RENAME TO agent_conversations")
    services.intake.receive(session.id, delivery(status(1, "connected"), said(2, "hello"), sent_at=NOON))
    assert messages(services, session.id) == ["hello"]


def test_a_server_that_stops_acknowledges_nothing(services: Services) -> None:
    session = enter(services)
    writer_of(services).close()
    with pytest.raises(StoreClosedError):
        services.intake.receive(session.id, delivery(said(1, "hello"), sent_at=NOON))


def test_a_session_that_never_was_takes_nothing(services: Services) -> None:
    with pytest.raises(RoomNotFoundError):
        services.intake.receive("no such session", delivery(said(1, "hello"), sent_at=NOON))
    assert rows(services) == []


def test_an_empty_delivery_is_a_question_after_the_session(services: Services) -> None:
    session = enter(services)
    receipt = services.intake.receive(session.id, delivery())
    assert (receipt.ack, receipt.status) == (0, SessionStatus.WAITING)


def test_turns_after_the_end_are_taken_and_the_page_learns_that_it_is_over(services: Services) -> None:
    session = enter(services)
    services.intake.receive(session.id, delivery(*TALK[:4], sent_at=NOON))
    services.sessions.end(session.id, EndReason.CLIENT)
    receipt = services.intake.receive(session.id, delivery(*TALK[4:], sent_at=NOON))
    assert (receipt.ack, receipt.status) == (11, SessionStatus.COMPLETED)
    assert len(messages(services, session.id)) == 4


def test_a_call_that_is_reported_only_after_the_end_is_asked_for_as_well(services: Services) -> None:
    session = enter(services)
    services.sessions.end(session.id, EndReason.CLIENT)
    services.intake.receive(session.id, delivery(*TALK, sent_at=NOON))
    assert store_of(services).execute("SELECT record, next_try_at FROM agent_conversations") == [("pending", NOON)]
    assert services.rooms.session(session.id).status is SessionStatus.ABANDONED


@pytest.mark.parametrize(("away", "over"), [(20, False), (3600, True)])
def test_a_restart_in_between_loses_and_doubles_nothing(
    tmp_path: Path, clock: HandClock, away: float, over: bool
) -> None:
    with opened(tmp_path, clock) as services:
        session = enter(services)
        services.intake.receive(session.id, delivery(*TALK[:7], sent_at=NOON))
    clock.forward(away)
    with opened(tmp_path, clock) as services:
        # Not all of it was acknowledged before the server went.
        receipt = services.intake.receive(session.id, delivery(*TALK[4:], sent_at=NOON))
        assert (receipt.ack, receipt.status.over) == (11, over)
        turns = services.intake.turns(session.id)
    assert [turn.message for turn in turns] == ["Hello Ana.", "I want to sleep better.", "Let us begin", "Wait."]
    assert turns[2].context["latency_ms"] == 420


def test_two_pages_of_one_session_do_not_take_each_others_numbers(services: Services) -> None:
    session = enter(services)
    clock = services.clock
    begun = said(1, "from the first")
    services.intake.receive(session.id, delivery(begun, epoch="first", sent_at=NOON))
    now = clock.forward(20)
    second = said(1, "from the second", at=now)
    services.intake.receive(session.id, delivery(second, epoch="second", sent_at=now))
    late = said(2, "last words", at=NOON + timedelta(seconds=10))
    services.intake.receive(session.id, delivery(begun, late, epoch="first", sent_at=now))
    assert messages(services, session.id) == ["from the first", "last words", "from the second"]


@pytest.mark.parametrize("wrong_by", [timedelta(hours=-3), timedelta(), timedelta(hours=3), timedelta(days=400)])
def test_a_page_with_a_wrong_clock_is_put_right(services: Services, clock: HandClock, wrong_by: timedelta) -> None:
    session = enter(services)
    clock.forward(30)

    def page_time(seconds: float):
        return NOON + timedelta(seconds=seconds) + wrong_by

    services.intake.receive(
        session.id,
        delivery(status(1, "connected", page_time(10)), said(2, "hi", at=page_time(12)), sent_at=page_time(30)),
    )
    (turn,) = services.intake.turns(session.id)
    assert turn.timestamp == NOON + timedelta(seconds=12)
    assert services.rooms.session(session.id).start_time == NOON + timedelta(seconds=10)
    assert services.rooms.overdue() == []


FIRST, LAST, EPOCH = datetime.min, datetime.max.replace(microsecond=0), datetime(1970, 1, 1)


@pytest.mark.parametrize("at", [FIRST, LAST, EPOCH])
@pytest.mark.parametrize("sent_at", [FIRST, LAST, None])
def test_an_absurd_clock_neither_breaks_the_delivery_nor_ends_the_session(
    services: Services, at: datetime, sent_at: datetime | None
) -> None:
    session = enter(services)
    services.intake.receive(session.id, delivery(status(1, "connected", at), said(2, "hi", at=at), sent_at=sent_at))
    (turn,) = services.intake.turns(session.id)
    assert turn.timestamp <= NOON
    assert services.rooms.session(session.id).start_time == NOON
    assert services.rooms.overdue() == []


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script><img src=x onerror=alert(1)>",
        "'; DROP TABLE conversations; --",
        "\x00 begins with nothing",
        "".join(map(chr, range(32))) + "\x7f\x80\x9f",
        "\u202e\u2066 right to left \u05d0\u0628 \u200f",
        "\U0001f469\u200d\U0001f4bb \ufeff \uffff e\u0301",
        "![](http://example.com/beacon.png) **[link](javascript:alert(1))** $1 {0} %s",
        "",
        " ",
        "x" * 1_000_000,
        "\u20ac" * 350_000,
        "\x00" * 30_000,
    ],
    ids=lambda text: repr(text[:12]),
)
def test_hostile_messages_are_stored_as_they_are_but_for_nul(services: Services, text: str) -> None:
    session, most = enter(services), services.intake.limits.turn_chars
    stored, corrected = (cut(each.replace("\x00", "\ufffd"), most) for each in (text, "!" + text))
    correction = {"n": 3, "kind": "correction", "event_id": 1, "text": "!" + text, "conversation_id": CALL}
    services.intake.receive(
        session.id, delivery(said(1, text), said(2, text, "agent", event_id=1), correction, sent_at=NOON)
    )
    first, second = (turn.as_reported() for turn in load_turns(store_of(services), session.id))
    assert first.message == stored
    assert second.message == corrected
    assert second.context["original"] == stored


def test_halves_of_characters_are_stored_as_signs_that_something_was_there(services: Services) -> None:
    session = enter(services)
    services.intake.receive(session.id, delivery(said(1, "cut \ud83d here"), sent_at=NOON))
    assert messages(services, session.id) == ["cut \ufffd here"]


def test_a_coach_who_cannot_be_reached_is_noted_until_it_is(services: Services) -> None:
    session = enter(services)
    services.intake.receive(session.id, delivery(status(1, "failed", call=None, reason="timeout"), sent_at=NOON))
    assert services.rooms.session(session.id).end_reason == EndReason.AGENT_UNREACHABLE
    services.intake.receive(session.id, delivery(status(2, "connected"), sent_at=NOON))
    now = services.rooms.session(session.id)
    assert (now.status, now.end_reason) == (SessionStatus.ACTIVE, None)
    services.intake.receive(session.id, delivery(status(3, "failed", call=None), sent_at=NOON))
    assert services.rooms.session(session.id).end_reason is None


def test_the_session_names_its_latest_call_whatever_is_sent_again(services: Services) -> None:
    session = enter(services)
    first = status(1, "connected")
    second = status(2, "connected", NOON + timedelta(seconds=5), "conv_0002")
    later = NOON + timedelta(seconds=5)
    services.clock.forward(5)
    for events in ((first,), (first, second), (first,)):
        services.intake.receive(session.id, delivery(*events, sent_at=later))
    assert store_of(services).execute("SELECT agent_conversation_id FROM sessions") == [("conv_0002",)]
    assert store_of(services).execute("SELECT count(*) FROM agent_conversations") == [(2,)]


def test_a_call_ends_once(services: Services) -> None:
    session = enter(services)
    services.intake.receive(session.id, delivery(*TALK, sent_at=NOON))
    services.intake.receive(
        session.id, delivery(status(1, "disconnected", reason="agent"), epoch="page-2", sent_at=NOON)
    )
    assert store_of(services).execute("SELECT end_reason FROM agent_conversations") == [("user",)]


def test_the_providers_transcript_fills_gaps_and_later_words_come_after_it(services: Services) -> None:
    session = enter(services)
    services.intake.receive(session.id, delivery(*TALK[:4], sent_at=NOON))
    record = CallRecord(
        CALL,
        NOON,
        settled=True,
        turns=(
            CallTurn(Sender.AGENT, "Hello Ana.", 0, interrupted=False),
            CallTurn(Sender.AGENT, "Are you there?", 4, interrupted=False),
            CallTurn(Sender.CLIENT, "I want to sleep better!", 9, interrupted=False),
        ),
    )
    assert services.records.receive(record) == session.id
    assert services.records.rebuild_waiting() == 1
    assert services.records.rebuild_waiting() == 0
    services.intake.receive(session.id, delivery(said(9, "and one more"), sent_at=NOON))
    turns = services.intake.turns(session.id)
    assert [(turn.seq, turn.message, turn.context["source"]) for turn in turns] == [
        (1, "Hello Ana.", "live"),
        (2, "Are you there?", "reconcile"),
        (3, "I want to sleep better.", "live"),
        (4, "and one more", "live"),
    ]


@pytest.mark.parametrize(
    ("seconds", "typed", "sender"),
    [(5, False, "client"), (10, False, "coach"), (20, False, "coach"), (40, False, "client"), (15, True, "client")],
)
def test_a_page_names_a_human_coach_only_while_the_agent_heard_one(
    services: Services, clock: HandClock, seconds: float, typed: bool, sender: str
) -> None:
    session = enter(services)
    heard = SharedVoice(NOON + timedelta(seconds=8), NOON + timedelta(seconds=20))
    states = SessionStates(store_of(services), shared_voices=lambda _session_id: [heard])
    rebuilder = Rebuilder(writer_of(services), services.rooms, clock, states, coaching=services.coaching)
    clock.forward(60)
    moment = NOON + timedelta(seconds=seconds)
    turn = said(3, "What did you notice?", "coach", at=moment, typed=typed)
    fresh_intake(services, rebuilder=rebuilder).receive(session.id, delivery(status(1, "connected"), turn))
    [stored] = load_turns(store_of(services), session.id)
    assert stored.sender.value == sender


def test_idle_session_states_are_evicted_and_sessions_that_never_were_take_no_memory(services: Services) -> None:
    session, rebuilder = enter(services), fresh_rebuilder(services)
    intake, states = fresh_intake(services, rebuilder=rebuilder), rebuilder.states
    intake.receive(session.id, delivery(said(1, "one"), sent_at=NOON))
    with pytest.raises(RoomNotFoundError):
        intake.receive("no such session", delivery(said(1, "x"), sent_at=NOON))
    assert (len(states), session.id in states) == (1, True)
    for other in range(MAX_SESSIONS_IN_MEMORY + 10):
        with states.hold(f"session {other}"):
            pass
    assert (len(states), session.id in states) == (MAX_SESSIONS_IN_MEMORY, False)
    intake.receive(session.id, delivery(said(1, "one"), said(2, "two"), sent_at=NOON))
    assert messages(services, session.id) == ["one", "two"]


def event(n: int, kind: str, about: int, text: str) -> dict[str, Any]:
    """One event as a page may report it; `about` is an event id, a turn's number or nothing that is known."""
    at = NOON - timedelta(seconds=100 - n)
    call = f"conv_{1 + about % 2}"
    match kind:
        case "turn":
            more = {"event_id": about or None, "latency_ms": 5 if text == "a" else None}
            return said(n, text, ("client", "agent")[about % 3 > 0], at, conversation_id=call, **more)
        case "status":
            return status(n, ("connecting", "connected", "disconnected", "failed")[about % 4], at, call, reason=text)
        case "timing":
            return {"n": n, "kind": kind, "turn": about, "latency_ms": n}
        case _:
            return {"n": n, "kind": kind, "event_id": about or None, "text": text, "conversation_id": call}


KINDS = st.sampled_from(["turn", "turn", "turn", "correction", "interruption", "timing", "status", "mute"])


@st.composite
def reported(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[tuple[int, int, bool]]]:
    """A stream of events, and deliveries of it as a page makes them: parts and repetitions, never with a gap."""
    kinds = draw(st.lists(st.tuples(KINDS, st.integers(0, 6), st.sampled_from("abc")), min_size=1, max_size=12))
    stream = [event(n, *given) for n, given in enumerate(kinds, start=1)]
    parts, arrived = [], 0
    while arrived < len(stream):
        begin = draw(st.integers(0, arrived))
        end = draw(st.integers(begin + 1, len(stream)))
        parts.append((begin, end, draw(st.booleans())))
        arrived = max(arrived, end)
    return stream, parts


@pytest.fixture(scope="module")
def shared_services() -> Iterator[Services]:
    folder = Path(tempfile.mkdtemp())
    with opened(folder, HandClock()) as services:
        yield services
    shutil.rmtree(folder)


def rows_after(
    services: Services, stream: list[dict[str, Any]], parts: Sequence[tuple[int, int, bool]]
) -> list[tuple]:
    for table in ("conversations", "agent_conversations", "sessions", "rooms"):
        store_of(services).execute(f"DELETE FROM {table}")
    session = enter(services)
    intake = fresh_intake(services)
    for begin, end, restart in parts:
        if restart:
            intake = fresh_intake(services)
        assert intake.receive(session.id, delivery(*stream[begin:end], sent_at=NOON)).ack == end
    return rows(services)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(reported())
def test_however_a_stream_of_events_is_split_and_repeated_the_rows_are_the_same(
    shared_services: Services, report: tuple[list[dict[str, Any]], list[tuple[int, int, bool]]]
) -> None:
    stream, parts = report
    assert rows_after(shared_services, stream, parts) == rows_after(
        shared_services, stream, [(0, len(stream), False)]
    )


def test_turns_on_disk_are_what_the_intake_says(services: Services) -> None:
    session = enter(services)
    assert services.intake.turns(session.id) == ()
    services.intake.receive(session.id, delivery(said(1, "hello"), sent_at=NOON))
    assert services.intake.turns(session.id) == (
        Turn(1, "page-1.1", "hello", Sender.CLIENT, NOON, {"source": "live", "conversation_id": CALL}),
    )
