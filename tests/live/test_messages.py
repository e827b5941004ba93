"""What pages send is read field by field, and whatever else comes is refused without harm."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachroom.live.messages import (
    MAX_WORDS_CHARS,
    Candidate,
    Desc,
    LiveMessageError,
    Order,
    Side,
    State,
    read_message,
)

GOOD: dict[Side, list[dict[str, Any]]] = {
    Side.CLIENT: [
        {"type": "enter", "token": "t"},
        {"type": "answer", "admit": True},
        {"type": "end"},
        {"type": "desc", "desc": {"type": "offer", "sdp": "v=0"}, "names": {"me": "a", "agent": "b"}},
        {"type": "ice", "candidate": {"candidate": "candidate:1", "sdpMid": "0", "sdpMLineIndex": 0}},
        {"type": "done", "id": "a-1", "done": False, "why": "no call"},
        {"type": "state", "linked": True, "call": "none", "held": False, "muted": False, "mixer": True},
        {"type": "lapsed"},
    ],
    Side.COACH: [
        {"type": "enter"},
        {"type": "order", "id": "a-1", "act": "hint", "text": "Ask."},
        {"type": "desc", "desc": {"type": "answer", "sdp": "v=0"}},
        {"type": "ice", "candidate": None},
        {"type": "state", "linked": True, "echo": True},
        {"type": "leave"},
    ],
}
ALL = [(side, message) for side, messages in GOOD.items() for message in messages]
ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize(("side", "message"), ALL)
def test_every_message_of_a_page_is_read(side: Side, message: dict[str, Any]) -> None:
    read_message(json.dumps(message), side)


@pytest.mark.parametrize(
    ("side", "message"),
    [(side, each) for side, each in ALL if each["type"] not in {known["type"] for known in GOOD[side.other]}],
)
def test_a_message_of_the_other_side_alone_is_refused(side: Side, message: dict[str, Any]) -> None:
    with pytest.raises(LiveMessageError):
        read_message(json.dumps(message), side.other)


@given(data=st.data())
def test_a_message_with_one_odd_field_is_read_or_refused(data: st.DataObject) -> None:
    side, message = data.draw(st.sampled_from(ALL))
    changed = dict(message)
    name = data.draw(st.sampled_from(sorted(message)))
    if data.draw(st.booleans()):
        changed[name] = data.draw(ODD)
    else:
        del changed[name]
    with suppress(LiveMessageError):
        read_message(json.dumps(changed), side)


@given(text=st.text() | ODD.map(json.dumps))
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(LiveMessageError):
        read_message(text, Side.CLIENT)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 30_000,
        '{"type":' * 9_000,
        '{"type": "ice", "candidate": ' + "[" * 20_000 + "]" * 20_000 + "}",
        '{"type": "ice", "candidate": {"candidate": "", "sdpMLineIndex": ' + "9" * 20_000 + "}}",
        '{"type": "ice", "candidate": {"candidate": "", "sdpMLineIndex": 1e999}}',
        '{"type": "ice", "candidate": {"candidate": "", "sdpMLineIndex": true}}',
        '{"type": "lapsed", "type": ["lapsed"]}',
        '{"type": "state", "linked": true, "call": [], "held": false, "muted": false, "mixer": true}',
        '{"type": NaN}',
        "",
        "\x00",
        "\ud800",
    ],
)
def test_deep_huge_and_odd_json_is_refused(text: str) -> None:
    with pytest.raises(LiveMessageError):
        read_message(text, Side.CLIENT)


def test_what_nobody_knows_is_left_out() -> None:
    sent = {"type": "desc", "desc": {"type": "answer", "sdp": "v=0", "more": 1}, "other": [1]}
    assert read_message(json.dumps(sent), Side.COACH) == Desc({"type": "answer", "sdp": "v=0"}, None)
    sent = {"type": "ice", "candidate": {"candidate": "", "address": "192.0.2.1", "relatedAddress": "192.0.2.2"}}
    assert read_message(json.dumps(sent), Side.COACH) == Candidate({"candidate": ""})
    sent = {"type": "state", "linked": False, "echo": True, "where": "at home"}
    assert read_message(json.dumps(sent), Side.COACH) == State({"linked": False, "echo": True})


@pytest.mark.parametrize("id", ["", "x" * 65, "a b", "a/b", "ä", "a\n", None, 1])
def test_an_order_needs_a_plain_id(id: object) -> None:
    with pytest.raises(LiveMessageError):
        read_message(json.dumps({"type": "order", "id": id, "act": "hush"}), Side.COACH)


def test_an_orders_words_are_bounded_and_fit_to_keep() -> None:
    with pytest.raises(LiveMessageError):
        read_message(
            json.dumps({"type": "order", "id": "a", "act": "hint", "text": "x" * (MAX_WORDS_CHARS + 1)}), Side.COACH
        )
    order = read_message('{"type": "order", "id": "a", "act": "hint", "text": "a\\u0000b\\ud800"}', Side.COACH)
    assert isinstance(order, Order)
    assert order.text == "a\ufffdb\ufffd"
