"""The events that a room page delivers, read strictly.

A page numbers its events 1, 2, 3 … within an epoch (one load of the page) and sends each until it is acknowledged.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from coachroom.clock import from_iso
from coachroom.elevenlabs.address import is_conversation_id
from coachroom.errors import CoachroomError
from coachroom.recording.limits import DEFAULT_LIMITS
from coachroom.recording.turn import CoachWords
from coachroom.rooms.states import Sender
from coachroom.text import cut, storable

_EPOCH = re.compile(r"[A-Za-z0-9_-]{1,64}")
# What a human coach writes in one join is an epoch too, which no page can name.
COACH_EPOCH = "coach."
MAX_NAME_CHARS = 200
# A page fills 48 KiB with some hundreds of events at most, and cuts in half what is refused.
MAX_EVENTS = 1_000
# Each of these is written by itself.
MAX_CALL_EVENTS = 100
# From the end of the client's voice to the agent's first sound and to the transcript, from there to the first sound,
# from typed words to the answer, and from the first word of an interruption to silence.
DELAYS = ("felt_ms", "transcript_ms", "answer_ms", "typed_ms", "silenced_ms")
CUT_IN = "cut_in"
MAX_DELAY_MS = 600_000
MAX_SILENCE_SECONDS = 86_400


class DeliveryError(CoachroomError):
    """The request holds no valid delivery of events."""


class Breaker(StrEnum):
    """Who was heard again after a silence; nobody, where the call ended in it."""

    CLIENT = "client"
    AGENT = "agent"
    NOBODY = "nobody"


class CallState(StrEnum):
    CONNECTING = "connecting"
    CONNECTED = "connected"
    # All lines are taken: the call waits, and nobody listens.
    QUEUED = "queued"
    DISCONNECTED = "disconnected"
    FAILED = "failed"


@dataclass(frozen=True)
class TurnReported:
    """A turn: final words of the client or a human coach, or the whole text of the agent's answer.

    `mixed`: client and coach spoke at once. `written`: what kind of words, where a human coach wrote them.
    """

    n: int
    at_time: datetime
    conversation_id: str | None
    sender: Sender
    text: str
    event_id: int | None
    typed: bool
    latency_ms: int | None
    mixed: bool = False
    written: CoachWords | None = None


@dataclass(frozen=True)
class TurnCorrected:
    """The client interrupted the agent; `text` is what the agent had spoken until then, `original` its whole text."""

    n: int
    conversation_id: str | None
    event_id: int | None
    text: str
    original: str | None = None


@dataclass(frozen=True)
class TurnInterrupted:
    """The client began to speak while the agent spoke."""

    n: int
    conversation_id: str | None
    event_id: int | None


@dataclass(frozen=True)
class TurnTimed:
    """How long the agent took to answer, known only after its turn number `turn` was reported."""

    n: int
    turn: int
    latency_ms: int


@dataclass(frozen=True)
class TurnMeasured:
    """What the page heard of the agent's turn number `turn`: DELAYS in milliseconds, and CUT_IN."""

    n: int
    turn: int
    heard: Mapping[str, int | bool]


@dataclass(frozen=True)
class SilenceHeard:
    """Nobody was heard for so many seconds, until `broken_by` was."""

    n: int
    at_time: datetime
    seconds: float
    broken_by: Breaker


@dataclass(frozen=True)
class CallChanged:
    """The call's state, with the provider's conversation id and how it closed where that is known."""

    n: int
    at_time: datetime
    state: CallState
    conversation_id: str | None
    reason: str | None
    close_code: int | None = None
    close_reason: str | None = None


@dataclass(frozen=True)
class AgentReminded:
    """The page has told the agent to ask more and say less."""

    n: int
    at_time: datetime


@dataclass(frozen=True)
class TroubleNoticed:
    """Any other event (mute, left, …): acknowledged, not stored."""

    n: int


Event = (
    TurnReported
    | TurnCorrected
    | TurnInterrupted
    | TurnTimed
    | TurnMeasured
    | SilenceHeard
    | CallChanged
    | AgentReminded
    | TroubleNoticed
)


@dataclass(frozen=True)
class Delivery:
    """Events of one epoch, oldest first; `sent_at` is the page's own clock when it sent them."""

    token: str
    epoch: str
    sent_at: datetime | None
    events: tuple[Event, ...]


def read_token(body: bytes) -> str:
    """The token of a request that holds nothing else. Raises DeliveryError."""
    try:
        return str(json.loads(body)["token"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DeliveryError("This request names no session; reload the page.") from error


def read_delivery(body: bytes, max_turn_chars: int = DEFAULT_LIMITS.turn_chars) -> Delivery:
    """The delivery in this JSON text, each turn cut to `max_turn_chars`. Raises DeliveryError."""
    try:
        document = json.loads(body)
        epoch = str(document["epoch"])
        if not _EPOCH.fullmatch(epoch):
            raise ValueError("epoch")
        # An event names its call: when it is sent again, another call may be active.
        call = _call(document.get("conversation_id"))
        if len(document["events"]) > MAX_EVENTS:
            raise ValueError("events")
        read = (_event(each, call, max_turn_chars) for each in document["events"])
        events = tuple(sorted(read, key=lambda event: event.n))
        if sum(isinstance(event, CallChanged | AgentReminded | SilenceHeard) for event in events) > MAX_CALL_EVENTS:
            raise ValueError("calls")
        sent_at = document.get("sent_at")
        return Delivery(
            token=str(document["token"]),
            epoch=epoch,
            sent_at=from_iso(sent_at) if sent_at else None,
            events=events,
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        raise DeliveryError(
            f"This is no delivery of room events ({type(error).__name__}); reload the page."
        ) from error


def _event(raw: Mapping[str, Any], call_now: str | None, max_turn_chars: int) -> Event:
    n = int(raw["n"])
    if not 0 < n < 1 << 31:
        raise ValueError("n")
    call = _call(raw.get("conversation_id")) or call_now
    event: Event
    match raw["kind"]:
        case "turn":
            event = TurnReported(
                n=n,
                at_time=from_iso(raw["at"]),
                conversation_id=call,
                sender=_speaker(raw["sender"]),
                text=_text(raw["text"], max_turn_chars),
                event_id=_number(raw.get("event_id")),
                typed=raw.get("typed") is True,
                latency_ms=_number(raw.get("latency_ms")),
                mixed=raw.get("mixed") is True and raw["sender"] == Sender.CLIENT,
            )
        case "correction":
            original = _text(raw["original"], max_turn_chars) if raw.get("original") else None
            text = _text(raw["text"], max_turn_chars)
            event = TurnCorrected(n, call, _number(raw.get("event_id")), text, original)
        case "interruption":
            event = TurnInterrupted(n, call, _number(raw.get("event_id")))
        case "timing":
            event = TurnTimed(n, _whole_number(raw["turn"]), _whole_number(raw["latency_ms"]))
        case "delay":
            event = TurnMeasured(n, _whole_number(raw["turn"]), _heard(raw))
        case "silence":
            event = SilenceHeard(n, from_iso(raw["at"]), _seconds(raw["seconds"]), Breaker(raw["broken_by"]))
        case "reminder":
            event = AgentReminded(n, from_iso(raw["at"]))
        case "status":
            event = CallChanged(
                n=n,
                at_time=from_iso(raw["at"]),
                state=CallState(raw["status"]),
                conversation_id=_call(raw.get("conversation_id")),
                reason=_name(raw.get("reason")),
                close_code=_close_code(raw.get("close_code")),
                close_reason=_name(raw.get("close_reason")),
            )
        case _:
            event = TroubleNoticed(n)
    return event


def _text(value: object, max_chars: int) -> str:
    """Storable text, cut before anything is done with it."""
    if not isinstance(value, str):
        raise TypeError("text")
    return storable(cut(value, max_chars))


def _speaker(name: str) -> Sender:
    """A page reports turns of people and the agent, never of the system."""
    sender = Sender(name)
    if sender is Sender.SYSTEM:
        raise ValueError("sender")
    return sender


def _call(value: object) -> str | None:
    """The id of a call; None for one that the provider cannot have made: nobody could be asked for its record."""
    name = _name(value)
    return name if name and is_conversation_id(name) else None


def _name(value: object) -> str | None:
    if not value:
        return None
    if not isinstance(value, str):
        raise TypeError("name")
    return storable(value[:MAX_NAME_CHARS])


def _whole_number(value: object) -> int:
    number = _number(value)
    if number is None:
        raise ValueError("number")
    return number


def _number(value: object) -> int | None:
    return round(value) if isinstance(value, (int, float)) and abs(value) < 1 << 53 else None


def _heard(raw: Mapping[str, Any]) -> dict[str, int | bool]:
    """What the event says of DELAYS and `cut_in`, as far as it can be true."""
    times = {name: _number(raw.get(name)) for name in DELAYS}
    heard: dict[str, int | bool] = {
        name: ms for name, ms in times.items() if ms is not None and 0 <= ms <= MAX_DELAY_MS
    }
    if isinstance(raw.get(CUT_IN), bool):
        heard[CUT_IN] = raw[CUT_IN]
    return heard


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= MAX_SILENCE_SECONDS:
        raise ValueError("seconds")
    return float(value)


def _close_code(value: object) -> int | None:
    """A web socket's close code, which has four digits."""
    code = _number(value)
    return code if code is not None and 1000 <= code <= 4999 else None
