"""The messages of the conversation socket: builders for outgoing ones, validation of incoming ones.

Everything on the socket is a JSON object in a text frame. Audio is base64 of signed 16-bit little-endian mono PCM.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Message = dict[str, Any]
QueueStatus = Literal["waiting", "admitted", "timed_out"]
Variables = Mapping[str, str | int | float | bool]

SAMPLE_RATE = 16_000
AUDIO_FORMAT = "pcm_16000"
SUBPROTOCOL = "convai"

# A client sends about 1.4 kB of audio a chunk (32 ms), but a person may paste a megabyte into the message box.
MAX_FRAME_CHARS = 8 * 1024 * 1024
# Of a longer text this much is read; the room keeps all of it.
MAX_TEXT_CHARS = 8_000
MAX_FIRST_MESSAGE_CHARS = 2_000
MAX_VARIABLES = 100

NORMAL = 1000
GOING_AWAY = 1001
OPERATIONAL = 1002
INVALID = 1008
INTERNAL = 1011
NO_SUCH_AGENT = "The AI agent you are trying to reach does not exist."

CLIENT_EVENTS = (
    "conversation_initiation_metadata",
    "ping",
    "audio",
    "interruption",
    "user_transcript",
    "agent_response",
    "agent_response_correction",
    "client_tool_call",
    "agent_tool_response",
    "vad_score",
)

_PLACEHOLDER = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")


class ProtocolError(Exception):
    """The client said something that ends the call: an error type of ElevenLabs and a sentence."""

    def __init__(self, error_type: str, message: str) -> None:
        super().__init__(message)
        self.error_type = error_type
        self.message = message


@dataclass(frozen=True, slots=True)
class Start:
    """What `conversation_initiation_client_data` asks for."""

    variables: Variables = field(default_factory=dict)
    user_id: str | None = None
    first_message: str | None = None
    # None: the agent's own.
    language: str | None = None
    text_only: bool = False
    # The places of the settings that it sets differently, such as "agent.language".
    overrides: frozenset[str] = frozenset()
    source: str | None = None
    version: str | None = None


def decode(frame: str) -> Message:
    """One text frame as an object. Raises ProtocolError when it is too long or not a JSON object."""
    if len(frame) > MAX_FRAME_CHARS:
        raise _invalid(f"A message may have at most {MAX_FRAME_CHARS} characters.")
    try:
        message = json.loads(frame)
    except (ValueError, RecursionError):
        raise _invalid("The message is not JSON.") from None
    if not isinstance(message, dict):
        raise _invalid("The message is not a JSON object.")
    if not isinstance(message.get("type"), str) and "user_audio_chunk" not in message:
        raise _invalid("The message has no type.")
    return message


def audio_in(message: Message) -> bytes:
    """PCM of a `user_audio_chunk`. Raises ProtocolError when it is not base64."""
    chunk = message["user_audio_chunk"]
    if not isinstance(chunk, str):
        raise _invalid("user_audio_chunk is not a string.")
    try:
        return base64.b64decode(chunk, validate=True)
    except (binascii.Error, ValueError):
        raise _invalid("user_audio_chunk is not base64.") from None


def text_in(message: Message, key: str = "text") -> str:
    """The beginning of a text of a message. Raises ProtocolError when it is missing."""
    text = message.get(key)
    if not isinstance(text, str):
        raise _invalid(f"{message.get('type')} has no {key}.")
    return text[:MAX_TEXT_CHARS]


def start_in(message: Message) -> Start:
    """The first message of a client. Raises ProtocolError when it is another one or has a wrong shape."""
    if message.get("type") != "conversation_initiation_client_data":
        raise _invalid("The first message must be conversation_initiation_client_data.")
    override = _object(message, "conversation_config_override")
    agent = _object(override, "agent")
    source = _object(message, "source_info")
    return Start(
        variables=_variables(_object(message, "dynamic_variables")),
        user_id=_optional_text(message, "user_id"),
        first_message=_first_message(agent),
        language=_optional_text(agent, "language") or None,
        # The widget says it inside "conversation", the Python SDK beside it.
        text_only=bool(_object(override, "conversation").get("text_only") or override.get("text_only")),
        overrides=frozenset(_places(override)),
        source=_optional_text(source, "source"),
        version=_optional_text(source, "version"),
    )


def fill_in(text: str, variables: Variables) -> str:
    """Put the variables into the `{{name}}` places of a text. Raises ProtocolError for a name without a value."""

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in variables:
            raise ProtocolError("missing_dynamic_variable", f"Missing required dynamic variable: {name}.")
        return str(variables[name])

    return _PLACEHOLDER.sub(value, text)


def metadata(conversation_id: str) -> Message:
    return _event(
        "conversation_initiation_metadata",
        "conversation_initiation_metadata_event",
        conversation_id=conversation_id,
        agent_output_audio_format=AUDIO_FORMAT,
        user_input_audio_format=AUDIO_FORMAT,
    )


def audio(pcm: bytes, event_id: int) -> Message:
    return _event("audio", "audio_event", audio_base_64=base64.b64encode(pcm).decode("ascii"), event_id=event_id)


def agent_response(text: str, event_id: int) -> Message:
    return _event("agent_response", "agent_response_event", agent_response=text, event_id=event_id)


def correction(original: str, corrected: str, event_id: int) -> Message:
    return _event(
        "agent_response_correction",
        "agent_response_correction_event",
        original_agent_response=original,
        corrected_agent_response=corrected,
        event_id=event_id,
    )


def interruption(event_id: int) -> Message:
    return _event("interruption", "interruption_event", event_id=event_id)


def user_transcript(text: str, event_id: int) -> Message:
    return _event("user_transcript", "user_transcription_event", user_transcript=text, event_id=event_id)


def vad_score(score: float) -> Message:
    return _event("vad_score", "vad_score_event", vad_score=round(score, 3))


def queue_status(status: QueueStatus) -> Message:
    """Where a caller stands while all lines are taken. Sent whatever the agent's client events are."""
    return _event("queue_status", "queue_status_event", status=status)


def ping(event_id: int, last_ms: int | None) -> Message:
    return _event("ping", "ping_event", event_id=event_id, ping_ms=last_ms)


def client_tool_call(name: str, call_id: str, parameters: Message, event_id: int) -> Message:
    return _event(
        "client_tool_call",
        "client_tool_call",
        tool_name=name,
        tool_call_id=call_id,
        parameters=parameters,
        event_id=event_id,
    )


def end_call(call_id: str, event_id: int) -> Message:
    """The sign by which a client knows that the agent, not a fault, ends the call."""
    return _event(
        "agent_tool_response",
        "agent_tool_response",
        tool_name="end_call",
        tool_call_id=call_id,
        tool_type="system",
        is_error=False,
        is_called=True,
        event_id=event_id,
    )


def error(code: int, error_type: str, message: str) -> Message:
    return _event(
        "error", "error_event", code=code, error_type=error_type, message=message, reason=error_type, debug_message=""
    )


def handed_on_error(code: int, message: str) -> Message:
    """What another server of the provider's said, as one sentence."""
    said = f"{code} (protocol error) {message}"
    return {"type": "error", "message": f"received {said}; then sent {said}"}


def _event(kind: str, body: str, **fields: Any) -> Message:
    return {"type": kind, body: fields}


def _invalid(message: str) -> ProtocolError:
    return ProtocolError("invalid_message", message)


def _object(parent: Message, key: str) -> Message:
    value = parent.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _invalid(f"{key} is not an object.")
    return value


def _optional_text(parent: Message, key: str) -> str | None:
    value = parent.get(key)
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > MAX_TEXT_CHARS:
        raise _invalid(f"{key} is not a short text.")
    return value


def _first_message(agent: Message) -> str | None:
    text = _optional_text(agent, "first_message")
    if text is not None and len(text) > MAX_FIRST_MESSAGE_CHARS:
        raise ProtocolError("override_error", f"first_message may have at most {MAX_FIRST_MESSAGE_CHARS} characters.")
    return text


def _places(override: Message) -> Iterator[str]:
    """Where the override sets a value. A value beside the sections, as the Python SDK sends one, is none."""
    for name, section in override.items():
        for key, value in section.items() if isinstance(section, dict) else ():
            if isinstance(value, dict):
                yield from (f"{name}.{key}.{inner}" for inner, given in value.items() if given is not None)
            elif value is not None:
                yield f"{name}.{key}"


def _variables(values: Message) -> Variables:
    if len(values) > MAX_VARIABLES:
        raise _invalid(f"There may be at most {MAX_VARIABLES} dynamic variables.")
    for name, value in values.items():
        if not isinstance(value, str | int | float) or (isinstance(value, str) and len(value) > MAX_TEXT_CHARS):
            raise _invalid(f"The dynamic variable {name[:60]} is not a short text, a number or true/false.")
    return values
