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
from coachroom.errors import CoachroomError
from coachroom.rooms.states import Sender
from coachroom.text import storable

_EPOCH = re.compile(r"[A-Za-z0-9_-]{1,64}")
MAX_NAME_CHARS = 200
MAX_EVENTS = 5_000


class DeliveryError(CoachroomError):
    """The request holds no valid delivery of events."""


class CallState(StrEnum):
    CONNECTING = "connecting"
    CONNECTED = "connected"
    # All lines are taken: the call waits, and nobody listens.
    QUEUED = "queued"
    DISCONNECTED = "disconnected"
    FAILED = "failed"


@dataclass(frozen=True)
class TurnReported:
    """A turn: final words of the client or the whole text of the agent's answer."""

    n: int
    at_time: datetime
    conversation_id: str | None
    sender: Sender
    text: str
    event_id: int | None
    typed: bool
    latency_ms: int | None


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
class CallChanged:
    """The call's state, with the provider's conversation id where it is known."""

    n: int
    at_time: datetime
    state: CallState
    conversation_id: str | None
    reason: str | None


@dataclass(frozen=True)
class AgentReminded:
    """The page has told the agent to ask more and say less."""

    n: int
    at_time: datetime


@dataclass(frozen=True)
class TroubleNoticed:
    """Any other event (mute, left, …): acknowledged, not stored."""

    n: int


Event = TurnReported | TurnCorrected | TurnInterrupted | TurnTimed | CallChanged | AgentReminded | TroubleNoticed


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


def read_delivery(body: bytes) -> Delivery:
    """The delivery in this JSON text. Raises DeliveryError."""
    try:
        document = json.loads(body)
        epoch = str(document["epoch"])
        if not _EPOCH.fullmatch(epoch):
            raise ValueError("epoch")
        # An event names its call: when it is sent again, another call may be active.
        call = _name(document.get("conversation_id"))
        if len(document["events"]) > MAX_EVENTS:
            raise ValueError("events")
        events = tuple(sorted((_event(each, call) for each in document["events"]), key=lambda event: event.n))
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


def _event(raw: Mapping[str, Any], call_now: str | None) -> Event:
    n = int(raw["n"])
    if not 0 < n < 1 << 31:
        raise ValueError("n")
    call = _name(raw.get("conversation_id")) or call_now
    event: Event
    match raw["kind"]:
        case "turn":
            event = TurnReported(
                n=n,
                at_time=from_iso(raw["at"]),
                conversation_id=call,
                sender=_speaker(raw["sender"]),
                text=storable(raw["text"]),
                event_id=_number(raw.get("event_id")),
                typed=raw.get("typed") is True,
                latency_ms=_number(raw.get("latency_ms")),
            )
        case "correction":
            original = storable(raw["original"]) if raw.get("original") else None
            event = TurnCorrected(n, call, _number(raw.get("event_id")), storable(raw["text"]), original)
        case "interruption":
            event = TurnInterrupted(n, call, _number(raw.get("event_id")))
        case "timing":
            event = TurnTimed(n, int(raw["turn"]), int(raw["latency_ms"]))
        case "reminder":
            event = AgentReminded(n, from_iso(raw["at"]))
        case "status":
            event = CallChanged(
                n=n,
                at_time=from_iso(raw["at"]),
                state=CallState(raw["status"]),
                conversation_id=_name(raw.get("conversation_id")),
                reason=_name(raw.get("reason")),
            )
        case _:
            event = TroubleNoticed(n)
    return event


def _speaker(name: str) -> Sender:
    """A page reports turns of the client and the agent, never of a human coach or the system."""
    sender = Sender(name)
    if sender not in (Sender.CLIENT, Sender.AGENT):
        raise ValueError("sender")
    return sender


def _name(value: object) -> str | None:
    return storable(value)[:MAX_NAME_CHARS] if value else None


def _number(value: object) -> int | None:
    return round(value) if isinstance(value, (int, float)) and abs(value) < 1 << 53 else None
