"""A page's report, read strictly: what is wrong is refused as a whole, what is odd but true is kept."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachroom.clock import to_iso
from coachroom.recording.events import (
    COACH_EPOCH,
    MAX_CALL_EVENTS,
    MAX_EVENTS,
    Breaker,
    CallChanged,
    CallState,
    DeliveryError,
    SilenceHeard,
    TroubleNoticed,
    TurnCorrected,
    TurnInterrupted,
    TurnMeasured,
    TurnReported,
    TurnTimed,
    read_delivery,
    read_token,
)
from coachroom.rooms.states import Sender
from coachroom.text import storable
from tests.services import CALL, NOON, body, said, status

TURN = said(1, "hello")


def test_every_kind_of_event_is_read() -> None:
    delivery = read_delivery(
        body(
            status(1, "connected"),
            said(2, "hello", "agent", event_id=7),
            said(3, "good day", typed=True, latency_ms=12.6),
            {"n": 4, "kind": "timing", "turn": 2, "latency_ms": 480},
            {"n": 5, "kind": "interruption", "event_id": 7},
            {"n": 6, "kind": "correction", "event_id": 7, "text": "hel", "original": "hello"},
            {"n": 7, "kind": "mute", "muted": True},
            {"n": 8, "kind": "something of a later version"},
            {"n": 9, "kind": "delay", "turn": 2, "felt_ms": 812.4, "answer_ms": -3, "typed_ms": "1", "cut_in": True},
            {"n": 10, "kind": "silence", "at": to_iso(NOON), "seconds": 11, "broken_by": "agent"},
            sent_at=NOON,
            conversation_id=CALL,
        )
    )
    assert delivery.token == "t"
    assert delivery.epoch == "page-1"
    assert delivery.sent_at == NOON
    assert delivery.events == (
        CallChanged(1, NOON, CallState.CONNECTED, CALL, None),
        TurnReported(2, NOON, CALL, Sender.AGENT, "hello", 7, typed=False, latency_ms=None),
        TurnReported(3, NOON, CALL, Sender.CLIENT, "good day", None, typed=True, latency_ms=13),
        TurnTimed(4, 2, 480),
        TurnInterrupted(5, CALL, 7),
        TurnCorrected(6, CALL, 7, "hel", "hello"),
        TroubleNoticed(7),
        TroubleNoticed(8),
        TurnMeasured(9, 2, {"felt_ms": 812, "cut_in": True}),
        SilenceHeard(10, NOON, 11.0, Breaker.AGENT),
    )


def test_events_are_put_in_the_order_of_their_numbers() -> None:
    assert [event.n for event in read_delivery(body(said(3, "c"), said(1, "a"), said(2, "b"))).events] == [1, 2, 3]


def test_an_event_belongs_to_the_call_it_names_not_to_the_one_that_goes_on_when_it_is_sent() -> None:
    named = said(1, "hello")
    silent = said(2, "hello", conversation_id=None)
    events = read_delivery(body(named, silent, conversation_id="conv_0002")).events
    assert [event.conversation_id for event in events if isinstance(event, TurnReported)] == [CALL, "conv_0002"]


def test_the_page_may_name_any_time_zone() -> None:
    (event,) = read_delivery(body(TURN | {"at": "2026-05-01T14:00:00.250+02:00"})).events
    assert isinstance(event, TurnReported)
    assert event.at_time == datetime(2026, 5, 1, 12, 0, 0, 250_000)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\xff\xfe\x00",
        b"null",
        b"[]",
        b'"text"',
        b"{}",
        b"[" * 100_000,
        b'{"token": "t", "epoch": "e", "events": null}',
        b'{"token": "t", "epoch": "e", "events": [1]}',
        b'{"token": "t", "epoch": "e", "events": [[]]}',
        b'{"token": "t", "epoch": "e", "events": {"a": 1}}',
        body(epoch=""),
        body(epoch="a.b"),
        body(epoch="e" * 65),
        body(epoch="\n"),
        body(TURN, sent_at=None) .replace(b'"epoch"', b'"sent_at": "yesterday", "epoch"'),
        body(TURN).replace(b'"epoch"', b'"sent_at": 5, "epoch"'),
        body(TURN | {"n": 0}),
        body(TURN | {"n": -1}),
        body(TURN | {"n": 1 << 31}),
        body(TURN | {"n": "one"}),
        body(TURN | {"n": None}),
        body(TURN | {"n": float("nan")}),
        body(TURN | {"n": float("inf")}),
        body(TURN | {"sender": "admin"}),
        body(TURN | {"sender": "system"}),
        body(TURN, epoch=COACH_EPOCH + "j"),
        body(TURN | {"text": None}),
        body(TURN | {"text": 5}),
        body(TURN | {"text": ["a"]}),
        body(TURN | {"at": None}),
        body(TURN | {"at": "noon"}),
        body(TURN | {"at": "0001-01-01T00:00:00+23:00"}),
        body(TURN | {"conversation_id": {"a": 1}}),
        body({key: value for key, value in TURN.items() if key != "kind"}),
        body({"n": 1, "kind": "timing", "turn": None, "latency_ms": 5}),
        body({"n": 1, "kind": "timing", "turn": 1, "latency_ms": float("inf")}),
        body({"n": 1, "kind": "delay", "felt_ms": 5}),
        body({"n": 1, "kind": "silence", "at": "2026-05-01T12:00:00Z", "seconds": True, "broken_by": "agent"}),
        body({"n": 1, "kind": "silence", "at": "2026-05-01T12:00:00Z", "seconds": 11, "broken_by": "coach"}),
        body({"n": 1, "kind": "correction", "event_id": 1}),
        body(status(1, "asleep")),
        body(TURN, TURN | {"n": 2, "sender": "nobody"}),
        body({"n": 1, "kind": "timing", "turn": 1, "latency_ms": 10**400}),
        body(*({"n": n, "kind": "mute"} for n in range(1, MAX_EVENTS + 2))),
        body(*(status(n, "connected") for n in range(1, MAX_CALL_EVENTS + 2))),
    ],
)  # fmt: skip
def test_what_is_no_report_is_refused_in_one_sentence(sent: bytes) -> None:
    with pytest.raises(DeliveryError, match="reload the page"):
        read_delivery(sent)


@pytest.mark.parametrize(
    "named",
    ["../../../v1/user", "conv_", "conv_1/..", "conv_1?x", "%2e%2e", "conv_1\n", "abc", "conv_" + "1" * 65, "é"],
)
def test_a_call_that_the_provider_cannot_have_named_is_no_call(named: str) -> None:
    sent = body(TURN | {"conversation_id": named}, status(2, "connected", call=named), conversation_id=named)
    turn, connected = read_delivery(sent).events
    assert isinstance(turn, TurnReported)
    assert isinstance(connected, CallChanged)
    assert (turn.conversation_id, connected.conversation_id) == (None, None)


@pytest.mark.parametrize("chars", [19_999, 20_000, 20_001, 300_000])
def test_what_is_too_long_is_cut_with_a_mark(chars: int) -> None:
    text = "a" * chars
    correction = {"n": 2, "kind": "correction", "event_id": 1, "text": text, "original": text}
    turn, corrected = read_delivery(body(said(1, text), correction), 20_000).events
    assert isinstance(turn, TurnReported)
    assert isinstance(corrected, TurnCorrected)
    kept = text if chars <= 20_000 else "a" * 19_997 + "[…]"
    assert turn.text == corrected.text == corrected.original == kept


@given(
    st.binary() | st.recursive(st.none() | st.floats() | st.text(), st.lists).map(lambda v: json.dumps(v).encode())
)
def test_nothing_that_arrives_breaks_the_reading(sent: bytes) -> None:
    for read in (read_delivery, read_token):
        with pytest.raises(DeliveryError):
            read(sent)


@pytest.mark.parametrize("sent", [b"", b"[]", b"{}", b"5", b"[" * 100_000])
def test_a_request_without_a_token_is_refused(sent: bytes) -> None:
    with pytest.raises(DeliveryError):
        read_token(sent)


def test_a_token_is_read() -> None:
    assert read_token(b'{"token": "abc"}') == "abc"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("plain", "plain"),
        ("\ud83d\ude00", "\U0001f600"),
        ("a\ud83db", "a\ufffdb"),
        ("\udc00", "\ufffd"),
        ("\x07\u202e\u2066", "\x07\u202e\u2066"),
        ("\x00 a", "\ufffd a"),
    ],
)
def test_only_nul_and_lone_surrogates_are_replaced(written: str, kept: str) -> None:
    assert storable(written) == kept


@given(st.text(st.characters(exclude_categories=[])))
def test_whatever_text_comes_can_be_written_to_a_file(text: str) -> None:
    kept = storable(text)
    assert storable(kept.encode().decode()) == kept
