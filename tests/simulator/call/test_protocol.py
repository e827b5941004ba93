from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachroom.simulator.call import protocol
from coachroom.simulator.call.protocol import ProtocolError

START = "conversation_initiation_client_data"
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def start(**fields: Any) -> protocol.Start:
    return protocol.start_in({"type": START, **fields})


def test_a_full_initiation_is_read() -> None:
    read = start(
        conversation_config_override={
            "agent": {"first_message": "Hallo {{client_name}}", "language": "de"},
            "conversation": {"text_only": True},
        },
        dynamic_variables={"client_name": "Ana", "session_number": 3, "new": True},
        user_id="u1",
        source_info={"source": "widget", "version": "0.14.8"},
    )
    assert (read.first_message, read.language, read.text_only) == ("Hallo {{client_name}}", "de", True)
    assert (read.user_id, read.source, read.version) == ("u1", "widget", "0.14.8")
    assert protocol.fill_in(read.first_message or "", read.variables) == "Hallo Ana"


def test_the_sdk_says_text_only_in_another_place() -> None:
    assert start(conversation_config_override={"text_only": True}).text_only
    assert not start().text_only


def test_a_placeholder_without_a_value_is_an_error_of_its_own_type() -> None:
    with pytest.raises(ProtocolError) as refused:
        protocol.fill_in("Hi {{ nobody }}", {})
    assert refused.value.error_type == "missing_dynamic_variable"


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "pong"},
        {"conversation_config_override": []},
        {"dynamic_variables": {"a": {}}},
        {"dynamic_variables": {"a": "x" * 9_000}},
        {"dynamic_variables": {str(n): n for n in range(101)}},
        {"user_id": 7},
    ],
)
def test_wrong_shapes_are_rejected(fields: dict[str, Any]) -> None:
    with pytest.raises(ProtocolError) as refused:
        start(**fields)
    assert refused.value.error_type == "invalid_message"


def test_a_first_message_that_is_too_long_is_an_override_error() -> None:
    with pytest.raises(ProtocolError) as refused:
        start(conversation_config_override={"agent": {"first_message": "x" * 2_001}})
    assert refused.value.error_type == "override_error"


@pytest.mark.parametrize("frame", ["", "{", "[]", "1", "{}", '{"type": 5}', "[" * 100_000, '"' + "x" * 300_000 + '"'])
def test_garbage_is_rejected(frame: str) -> None:
    with pytest.raises(ProtocolError):
        protocol.decode(frame)


@given(st.dictionaries(st.text(), ANY_JSON), st.sampled_from([START, "user_message"]))
def test_reading_raises_nothing_but_rejected(fields: dict[str, Any], kind: str) -> None:
    with contextlib.suppress(ProtocolError):
        message = protocol.decode(json.dumps({**fields, "type": kind}))
        protocol.start_in(message) if kind == START else protocol.text_in(message)


@given(ANY_JSON)
def test_audio_that_is_none_is_rejected(value: Any) -> None:
    with contextlib.suppress(ProtocolError):
        assert isinstance(protocol.audio_in({"user_audio_chunk": value}), bytes)
