"""The one door for turns: idempotent, ordered, and silent until it is on disk."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coachroom.app.services import Services
from coachroom.elevenlabs.call_record import ProviderRecord, ProviderTurn
from coachroom.errors import RoomNotFound, StoreClosed
from coachroom.recording.intake import IDLE_JOURNALS, Intake
from coachroom.recording.turns import Turn
from coachroom.rooms.states import EndReason, Sender, SessionStatus
from tests.services import ANA, BEN, CALL, NOON, HandClock, delivery, enter, opened, said, status

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


def rows(house: Services) -> list[tuple[Any, ...]]:
    """All that deliveries change, as it is on disk."""
    sql = (
        "SELECT seq, id, message, sender, timestamp, context::text FROM conversations ORDER BY session_id, seq",
        "SELECT status, end_reason, start_time, agent_conversation_id FROM sessions ORDER BY id",
        "SELECT id, started_at, ended_at, end_reason, record FROM agent_conversations ORDER BY id",
    )
    return [row for each in sql for row in house.store.rows(each)]


def messages(house: Services, session_id: str) -> list[str]:
    return [turn.message for turn in house.intake.turns(session_id)]


@contextmanager
def blocked_writer(house: Services) -> Iterator[None]:
    """While the block runs the writer is busy with something else."""
    begun, go = threading.Event(), threading.Event()

    def stall(_: object) -> None:
        begun.set()
        assert go.wait(10)

    house.writer.submit(stall)
    assert begun.wait(10)
    try:
        yield
    finally:
        go.set()


def test_a_talk_is_stored_turn_by_turn(house: Services) -> None:
    session = enter(house)
    receipt = house.intake.receive(session.id, delivery(*TALK, sent_at=NOON))
    assert (receipt.ack, receipt.status) == (11, SessionStatus.ACTIVE)
    turns = house.intake.turns(session.id)
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
    }
    assert turns[3].context["typed"] is True
    assert house.store.rows("SELECT id, session_id, end_reason, record FROM agent_conversations") == [
        (CALL, session.id, "user", "live")
    ]


def test_the_same_delivery_twice_stores_once_and_is_acknowledged_twice(house: Services) -> None:
    session = enter(house)
    first = house.intake.receive(session.id, delivery(*TALK, sent_at=NOON))
    stored = rows(house)
    assert house.intake.receive(session.id, delivery(*TALK, sent_at=NOON)) == first
    assert rows(house) == stored


def test_overlapping_deliveries_store_each_turn_once(house: Services) -> None:
    session = enter(house)
    for begin, end in ((0, 4), (2, 6), (0, 5), (4, 9), (1, 11), (8, 11)):
        receipt = house.intake.receive(session.id, delivery(*TALK[begin:end], sent_at=NOON))
        assert receipt.ack == end
    piecewise = rows(house)
    house.store.rows("DELETE FROM conversations")
    fresh = Intake(house.store, house.writer, house.rooms, house.clock, coaching=house.coaching, agent_id="agent")
    fresh.receive(session.id, delivery(*TALK, sent_at=NOON))
    assert rows(house) == piecewise


def test_beacon_and_fetch_at_once_store_each_turn_once(house: Services) -> None:
    session = enter(house)
    gate = threading.Barrier(8)

    def send(which: int) -> int:
        gate.wait(10)
        # Some are a fetch with a part, some a beacon with all that is not acknowledged.
        part = TALK if which % 2 else TALK[: 4 + which]
        return house.intake.receive(session.id, delivery(*part, sent_at=NOON)).ack

    with ThreadPoolExecutor(8) as pool:
        acknowledged = list(pool.map(send, range(8)))
    assert max(acknowledged) == 11
    parallel = rows(house)
    assert house.intake.receive(session.id, delivery(*TALK, sent_at=NOON)).ack == 11
    assert rows(house) == parallel
    assert len(messages(house, session.id)) == 4


def test_many_rooms_at_once_keep_their_own_words(house: Services) -> None:
    sessions = {client: enter(house, client, f"tab of {client}") for client in (ANA, BEN, "demo-chiara")}

    def talk(client: str) -> None:
        for n in range(1, 31):
            house.intake.receive(sessions[client].id, delivery(said(n, f"{client} {n}"), sent_at=NOON))

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(talk, sessions))
    for client, session in sessions.items():
        assert messages(house, session.id) == [f"{client} {n}" for n in range(1, 31)]


def test_nothing_is_acknowledged_before_it_is_committed(house: Services) -> None:
    session = enter(house)
    with ThreadPoolExecutor(1) as pool:
        with blocked_writer(house):
            receiving = pool.submit(house.intake.receive, session.id, delivery(said(1, "hello"), sent_at=NOON))
            with pytest.raises(TimeoutError):
                receiving.result(0.2)
            assert messages(house, session.id) == []
        assert receiving.result(10).ack == 1
    assert messages(house, session.id) == ["hello"]


def test_a_write_that_fails_is_not_acknowledged_and_works_when_it_is_sent_again(house: Services) -> None:
    session = enter(house)
    house.intake.receive(session.id, delivery(said(1, "before"), sent_at=NOON))
    house.store.rows("ALTER TABLE conversations RENAME TO conversations_away")
    with pytest.raises(duckdb.Error):
        house.intake.receive(session.id, delivery(said(2, "during"), sent_at=NOON))
    house.store.rows("ALTER TABLE conversations_away RENAME TO conversations")
    assert messages(house, session.id) == ["before"]
    house.intake.receive(session.id, delivery(said(2, "during"), said(3, "after"), sent_at=NOON))
    assert messages(house, session.id) == ["before", "during", "after"]


def test_a_part_that_fails_leaves_no_other_part_on_its_way(house: Services) -> None:
    session = enter(house)
    house.store.rows("ALTER TABLE agent_conversations RENAME TO calls_away")
    with pytest.raises(duckdb.Error):
        house.intake.receive(session.id, delivery(status(1, "connected"), said(2, "hello"), sent_at=NOON))
    assert house.writer.waiting == 0
    house.store.rows("ALTER TABLE calls_away RENAME TO agent_conversations")
    house.intake.receive(session.id, delivery(status(1, "connected"), said(2, "hello"), sent_at=NOON))
    assert messages(house, session.id) == ["hello"]


def test_a_server_that_stops_acknowledges_nothing(house: Services) -> None:
    session = enter(house)
    house.writer.close()
    with pytest.raises(StoreClosed):
        house.intake.receive(session.id, delivery(said(1, "hello"), sent_at=NOON))


def test_a_session_that_never_was_takes_nothing(house: Services) -> None:
    with pytest.raises(RoomNotFound):
        house.intake.receive("no such session", delivery(said(1, "hello"), sent_at=NOON))
    assert rows(house) == []


def test_an_empty_delivery_is_a_question_after_the_session(house: Services) -> None:
    session = enter(house)
    receipt = house.intake.receive(session.id, delivery())
    assert (receipt.ack, receipt.status) == (0, SessionStatus.WAITING)


def test_turns_after_the_end_are_taken_and_the_page_learns_that_it_is_over(house: Services) -> None:
    session = enter(house)
    house.intake.receive(session.id, delivery(*TALK[:4], sent_at=NOON))
    house.end(session.id, EndReason.CLIENT)
    receipt = house.intake.receive(session.id, delivery(*TALK[4:], sent_at=NOON))
    assert (receipt.ack, receipt.status) == (11, SessionStatus.COMPLETED)
    assert len(messages(house, session.id)) == 4


def test_a_call_that_is_reported_only_after_the_end_is_asked_for_as_well(house: Services) -> None:
    session = enter(house)
    house.end(session.id, EndReason.CLIENT)
    house.intake.receive(session.id, delivery(*TALK, sent_at=NOON))
    assert house.store.rows("SELECT record, next_try_at FROM agent_conversations") == [("pending", NOON)]
    assert house.rooms.session(session.id).status is SessionStatus.ABANDONED


def test_a_restart_in_between_loses_and_doubles_nothing(tmp_path: Path, clock: HandClock) -> None:
    with opened(tmp_path, clock) as house:
        session = enter(house)
        house.intake.receive(session.id, delivery(*TALK[:7], sent_at=NOON))
    with opened(tmp_path, clock) as house:
        # Not all of it was acknowledged before the server went.
        receipt = house.intake.receive(session.id, delivery(*TALK[4:], sent_at=NOON))
        assert (receipt.ack, receipt.status.over) == (11, True)
        turns = house.intake.turns(session.id)
    assert [turn.message for turn in turns] == ["Hello Ana.", "I want to sleep better.", "Let us begin", "Wait."]
    assert turns[2].context["latency_ms"] == 420


def test_two_pages_of_one_session_do_not_take_each_others_numbers(house: Services) -> None:
    session = enter(house)
    clock = house.clock
    begun = said(1, "from the first")
    house.intake.receive(session.id, delivery(begun, epoch="first", sent_at=NOON))
    now = clock.forward(20)
    second = said(1, "from the second", at=now)
    house.intake.receive(session.id, delivery(second, epoch="second", sent_at=now))
    late = said(2, "last words", at=NOON + timedelta(seconds=10))
    house.intake.receive(session.id, delivery(begun, late, epoch="first", sent_at=now))
    assert messages(house, session.id) == ["from the first", "last words", "from the second"]


@pytest.mark.parametrize("wrong_by", [timedelta(hours=-3), timedelta(), timedelta(hours=3), timedelta(days=400)])
def test_a_page_with_a_wrong_clock_is_put_right(house: Services, clock: HandClock, wrong_by: timedelta) -> None:
    session = enter(house)
    clock.forward(30)

    def page_time(seconds: float):
        return NOON + timedelta(seconds=seconds) + wrong_by

    house.intake.receive(
        session.id,
        delivery(status(1, "connected", page_time(10)), said(2, "hi", at=page_time(12)), sent_at=page_time(30)),
    )
    (turn,) = house.intake.turns(session.id)
    assert turn.timestamp == NOON + timedelta(seconds=12)
    assert house.rooms.session(session.id).start_time == NOON + timedelta(seconds=10)
    assert house.rooms.overdue() == []


FIRST, LAST, EPOCH = datetime.min, datetime.max.replace(microsecond=0), datetime(1970, 1, 1)


@pytest.mark.parametrize("at", [FIRST, LAST, EPOCH])
@pytest.mark.parametrize("sent_at", [FIRST, LAST, None])
def test_an_absurd_clock_neither_breaks_the_delivery_nor_ends_the_session(
    house: Services, at: datetime, sent_at: datetime | None
) -> None:
    session = enter(house)
    house.intake.receive(session.id, delivery(status(1, "connected", at), said(2, "hi", at=at), sent_at=sent_at))
    (turn,) = house.intake.turns(session.id)
    assert turn.timestamp <= NOON
    assert house.rooms.session(session.id).start_time == NOON
    assert house.rooms.overdue() == []


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
    ],
    ids=lambda text: repr(text[:12]),
)
def test_hostile_messages_are_stored_as_they_are(house: Services, text: str) -> None:
    session = enter(house)
    correction = {"n": 3, "kind": "correction", "event_id": 1, "text": text + "!", "conversation_id": CALL}
    house.intake.receive(
        session.id, delivery(said(1, text), said(2, text, "agent", event_id=1), correction, sent_at=NOON)
    )
    first, second = house.intake.turns(session.id)
    assert first.message == text
    assert second.message == text + "!"
    assert second.context["original"] == text


def test_halves_of_characters_are_stored_as_signs_that_something_was_there(house: Services) -> None:
    session = enter(house)
    house.intake.receive(session.id, delivery(said(1, "cut \ud83d here"), sent_at=NOON))
    assert messages(house, session.id) == ["cut \ufffd here"]


def test_a_coach_who_cannot_be_reached_is_noted_until_it_is(house: Services) -> None:
    session = enter(house)
    house.intake.receive(session.id, delivery(status(1, "failed", call=None, reason="timeout"), sent_at=NOON))
    assert house.rooms.session(session.id).end_reason == EndReason.AGENT_UNREACHABLE
    house.intake.receive(session.id, delivery(status(2, "connected"), sent_at=NOON))
    now = house.rooms.session(session.id)
    assert (now.status, now.end_reason) == (SessionStatus.ACTIVE, None)
    house.intake.receive(session.id, delivery(status(3, "failed", call=None), sent_at=NOON))
    assert house.rooms.session(session.id).end_reason is None


def test_the_session_names_its_latest_call_whatever_is_sent_again(house: Services) -> None:
    session = enter(house)
    first = status(1, "connected")
    second = status(2, "connected", NOON + timedelta(seconds=5), "conv_0002")
    later = NOON + timedelta(seconds=5)
    house.clock.forward(5)
    for events in ((first,), (first, second), (first,)):
        house.intake.receive(session.id, delivery(*events, sent_at=later))
    assert house.store.rows("SELECT agent_conversation_id FROM sessions") == [("conv_0002",)]
    assert house.store.rows("SELECT count(*) FROM agent_conversations") == [(2,)]


def test_a_call_ends_once(house: Services) -> None:
    session = enter(house)
    house.intake.receive(session.id, delivery(*TALK, sent_at=NOON))
    house.intake.receive(
        session.id, delivery(status(1, "disconnected", reason="agent"), epoch="page-2", sent_at=NOON)
    )
    assert house.store.rows("SELECT end_reason FROM agent_conversations") == [("user",)]


def test_the_providers_transcript_fills_gaps_and_later_words_come_after_it(house: Services) -> None:
    session = enter(house)
    house.intake.receive(session.id, delivery(*TALK[:4], sent_at=NOON))
    record = ProviderRecord(
        CALL,
        NOON,
        settled=True,
        turns=(
            ProviderTurn(Sender.AGENT, "Hello Ana.", 0, interrupted=False),
            ProviderTurn(Sender.AGENT, "Are you there?", 4, interrupted=False),
            ProviderTurn(Sender.CLIENT, "I want to sleep better!", 9, interrupted=False),
        ),
    )
    assert house.records.receive(record) == session.id
    assert house.records.file_waiting() == 1
    assert house.records.file_waiting() == 0
    house.intake.receive(session.id, delivery(said(9, "and one more"), sent_at=NOON))
    turns = house.intake.turns(session.id)
    assert [(turn.seq, turn.message, turn.context["source"]) for turn in turns] == [
        (1, "Hello Ana.", "live"),
        (2, "Are you there?", "reconcile"),
        (3, "I want to sleep better.", "live"),
        (4, "and one more", "live"),
    ]


def test_journals_of_sessions_that_nobody_uses_are_put_away(house: Services) -> None:
    session = enter(house)
    house.intake.receive(session.id, delivery(said(1, "one"), sent_at=NOON))
    for other in range(IDLE_JOURNALS + 10):
        with pytest.raises(RoomNotFound):
            house.intake.receive(f"no such session {other}", delivery(said(1, "x"), sent_at=NOON))
    assert len(house.intake._desks) == IDLE_JOURNALS
    house.intake.receive(session.id, delivery(said(1, "one"), said(2, "two"), sent_at=NOON))
    assert messages(house, session.id) == ["one", "two"]


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
def open_houses() -> Iterator[Services]:
    folder = Path(tempfile.mkdtemp())
    with opened(folder, HandClock()) as house:
        yield house
    shutil.rmtree(folder)


def rows_after(house: Services, stream: list[dict[str, Any]], parts: Sequence[tuple[int, int, bool]]) -> list[tuple]:
    for table in ("conversations", "agent_conversations", "sessions", "rooms"):
        house.store.rows(f"DELETE FROM {table}")
    session = enter(house)
    intake = Intake(house.store, house.writer, house.rooms, house.clock, coaching=house.coaching, agent_id="agent")
    for begin, end, restart in parts:
        if restart:
            intake = Intake(
                house.store, house.writer, house.rooms, house.clock, coaching=house.coaching, agent_id="agent"
            )
        assert intake.receive(session.id, delivery(*stream[begin:end], sent_at=NOON)).ack == end
    return rows(house)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(reported())
def test_however_a_stream_of_events_is_split_and_repeated_the_rows_are_the_same(
    open_houses: Services, told: tuple[list[dict[str, Any]], list[tuple[int, int, bool]]]
) -> None:
    stream, parts = told
    assert rows_after(open_houses, stream, parts) == rows_after(open_houses, stream, [(0, len(stream), False)])


def test_turns_on_disk_are_what_the_intake_says(house: Services) -> None:
    session = enter(house)
    assert house.intake.turns(session.id) == ()
    house.intake.receive(session.id, delivery(said(1, "hello"), sent_at=NOON))
    assert house.intake.turns(session.id) == (
        Turn(1, "page-1.1", "hello", Sender.CLIENT, NOON, {"source": "live", "conversation_id": CALL}),
    )
