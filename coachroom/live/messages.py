"""What the two pages send over their sockets: JSON text, checked field by field; what nobody knows is left out."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from coachroom.errors import CoachroomError
from coachroom.live.states import Act
from coachroom.text import storable

MAX_MESSAGE_BYTES = 64 * 1024
MAX_SDP_CHARS = 48 * 1024
MAX_TOKEN_CHARS = 4_096
MAX_LINE_CHARS = 1_024
MAX_WORDS_CHARS = 2_000
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
CALL_STATES = frozenset({"none", "connecting", "in_call"})


class LiveMessageError(CoachroomError):
    """A page sent what no page of ours sends."""

    def __init__(self) -> None:
        super().__init__("This is no message of a live session; reload the page.")


class Side(StrEnum):
    CLIENT = "client"
    COACH = "coach"

    @property
    def other(self) -> Side:
        return Side.COACH if self is Side.CLIENT else Side.CLIENT


@dataclass(frozen=True)
class Enter:
    """The first message; the client's page shows its token."""

    token: str | None


@dataclass(frozen=True)
class Admission:
    admit: bool


@dataclass(frozen=True)
class Leave:
    """Whoever sends it ends the visit."""


@dataclass(frozen=True)
class Desc:
    """A session description; `names` are the ids of the streams in an offer."""

    desc: Mapping[str, Any]
    names: Mapping[str, str] | None


@dataclass(frozen=True)
class Candidate:
    """One network candidate; None says that there are no more."""

    candidate: Mapping[str, Any] | None


@dataclass(frozen=True)
class Done:
    """Whether the client's page has done what the coach wanted."""

    id: str
    done: bool
    why: str | None


@dataclass(frozen=True)
class State:
    """How a page stands, with the fields that its side has."""

    fields: Mapping[str, Any]

    @property
    def linked(self) -> bool:
        return self.fields.get("linked") is True

    @property
    def cancels_echo(self) -> bool:
        """Whether the microphone leaves out what the loudspeaker plays."""
        return self.fields.get("echo") is True


@dataclass(frozen=True)
class Lapsed:
    """The AI coach was held as long as may be; the page has ended its call."""


@dataclass(frozen=True)
class Order:
    """What the coach wants done in the client's page."""

    id: str
    act: Act
    text: str | None


LiveMessage = Enter | Admission | Leave | Desc | Candidate | Done | State | Lapsed | Order


def read_message(text: str, side: Side) -> LiveMessage:
    """The message that a page of this side sent. Raises LiveMessageError."""
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        raise LiveMessageError from None
    if not isinstance(fields, dict) or not isinstance(fields.get("type"), str):
        raise LiveMessageError
    read = READERS[side].get(fields["type"])
    if read is None:
        raise LiveMessageError
    return read(fields)


def _enter(fields: Mapping[str, Any]) -> Enter:
    return Enter(_text(fields, "token", MAX_TOKEN_CHARS))


def _enter_as_coach(_: Mapping[str, Any]) -> Enter:
    return Enter(None)


def _answer(fields: Mapping[str, Any]) -> Admission:
    return Admission(_flag(fields, "admit"))


def _leave(_: Mapping[str, Any]) -> Leave:
    return Leave()


def _lapsed(_: Mapping[str, Any]) -> Lapsed:
    return Lapsed()


def _desc(fields: Mapping[str, Any]) -> Desc:
    desc = _object(fields, "desc")
    kind = _text(desc, "type", MAX_LINE_CHARS)
    if kind not in {"offer", "answer"}:
        raise LiveMessageError
    names = fields.get("names")
    kept = None
    if names is not None:
        given = _object(fields, "names")
        kept = {name: _text(given, name, MAX_LINE_CHARS) for name in ("me", "agent") if given.get(name) is not None}
    return Desc({"type": kind, "sdp": _text(desc, "sdp", MAX_SDP_CHARS)}, kept)


def _candidate(fields: Mapping[str, Any]) -> Candidate:
    if fields.get("candidate") is None:
        return Candidate(None)
    given = _object(fields, "candidate")
    kept: dict[str, Any] = {"candidate": _text(given, "candidate", MAX_LINE_CHARS, empty=True)}
    for name in ("sdpMid", "usernameFragment"):
        if given.get(name) is not None:
            kept[name] = _text(given, name, MAX_LINE_CHARS, empty=True)
    place = given.get("sdpMLineIndex")
    if place is not None:
        if not isinstance(place, int) or isinstance(place, bool) or not 0 <= place < 64:
            raise LiveMessageError
        kept["sdpMLineIndex"] = place
    return Candidate(kept)


def _done(fields: Mapping[str, Any]) -> Done:
    why = fields.get("why")
    return Done(_id(fields), _flag(fields, "done"), None if why is None else _text(fields, "why", MAX_LINE_CHARS))


def _client_state(fields: Mapping[str, Any]) -> State:
    call = fields.get("call")
    if not isinstance(call, str) or call not in CALL_STATES:
        raise LiveMessageError
    return State({"call": call} | {name: _flag(fields, name) for name in ("linked", "held", "muted", "mixer")})


def _coach_state(fields: Mapping[str, Any]) -> State:
    return State({name: _flag(fields, name) for name in ("linked", "echo")})


def _order(fields: Mapping[str, Any]) -> Order:
    act, text = fields.get("act"), fields.get("text")
    if not isinstance(act, str) or act not in set(Act):
        raise LiveMessageError
    words = None if text is None else _text(fields, "text", MAX_WORDS_CHARS, empty=True)
    return Order(_id(fields), Act(act), words)


READERS: Mapping[Side, Mapping[str, Callable[[Mapping[str, Any]], LiveMessage]]] = {
    Side.CLIENT: {
        "enter": _enter,
        "answer": _answer,
        "end": _leave,
        "desc": _desc,
        "ice": _candidate,
        "done": _done,
        "state": _client_state,
        "lapsed": _lapsed,
    },
    Side.COACH: {
        "enter": _enter_as_coach,
        "order": _order,
        "desc": _desc,
        "ice": _candidate,
        "state": _coach_state,
        "leave": _leave,
    },
}


def _object(fields: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = fields.get(name)
    if not isinstance(value, dict):
        raise LiveMessageError
    return value


def _text(fields: Mapping[str, Any], name: str, longest: int, *, empty: bool = False) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or len(value) > longest or (not value and not empty):
        raise LiveMessageError
    return storable(value)


def _flag(fields: Mapping[str, Any], name: str) -> bool:
    value = fields.get(name)
    if not isinstance(value, bool):
        raise LiveMessageError
    return value


def _id(fields: Mapping[str, Any]) -> str:
    value = fields.get("id")
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise LiveMessageError
    return value
