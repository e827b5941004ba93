"""The file that describes the agent (data/agent.toml), checked: a mistake is one sentence that names file and key."""

from __future__ import annotations

import dataclasses
import difflib
import json
import tomllib
from pathlib import Path
from typing import Annotated, Any, get_args

from elevenlabs.types.client_event import ClientEvent
from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from coachroom.errors import CoachroomError

MAX_FILE_BYTES = 256 * 1024
MAX_HOSTS = 10
# All events there are, as the pinned SDK knows them.
CLIENT_EVENTS: tuple[str, ...] = get_args(get_args(ClientEvent)[0])

_STRICT = ConfigDict(extra="forbid", strict=True)


class AgentFileError(CoachroomError):
    """The agent's file is missing, unreadable or has a value that cannot be used."""


def _known_event(name: str) -> str:
    if name not in CLIENT_EVENTS:
        near = difflib.get_close_matches(name, CLIENT_EVENTS, n=1)
        raise ValueError(f"ElevenLabs has no event {name!r}" + (f", did you mean {near[0]!r}?" if near else ""))
    return name


def _host(name: str) -> str:
    """A host name as an allow-list takes it: no scheme, no path, and a dot or a port."""
    if "/" in name or " " in name or not ("." in name or ":" in name):
        raise ValueError(f"{name!r} is no host: give it like coach.example.com or localhost:8501")
    return name


Text = Annotated[str, Field(min_length=1)]


@dataclass(frozen=True, config=_STRICT)
class Privacy:
    """What ElevenLabs keeps; `retention_days` -1 is for ever."""

    record_voice: bool = False
    retention_days: Annotated[int, Field(ge=-1)] = 30
    delete_transcript_and_pii: bool = True
    delete_audio: bool = True


@dataclass(frozen=True, config=_STRICT)
class Access:
    """Who may begin a call. Without `hosts` the host of COACHROOM_PUBLIC_URL is the only one."""

    signed_addresses_only: bool = True
    hosts: Annotated[tuple[Annotated[str, AfterValidator(_host)], ...], Field(max_length=MAX_HOSTS)] = ()


@dataclass(frozen=True, config=_STRICT)
class Overrides:
    """What a call may set differently. The widget always sends the language, and text_only for typed talks."""

    language: bool = True
    text_only: bool = True
    first_message: bool = False
    prompt: bool = False


@dataclass(frozen=True, config=_STRICT)
class CallLimits:
    """Calls at once (-1: as many as the plan allows) and a day."""

    concurrent: Annotated[int, Field(ge=-1)] = -1
    daily: Annotated[int, Field(ge=1)] = 1000


@dataclass(frozen=True, config=_STRICT)
class AgentFile:
    """The agent as it should be.

    Without `max_minutes` a call may take as long as a session; without `llm` and `voice_id` those stay as they are.
    `placeholders`: values of variables beyond those that the room fills in.
    """

    name: Text
    language: Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-zA-Z]{2,4})?$")]
    first_message: Text
    prompt: Text
    client_events: tuple[Annotated[str, AfterValidator(_known_event)], ...]
    max_minutes: Annotated[int, Field(ge=1, le=300)] | None = None
    end_call: bool = True
    llm: Text | None = None
    voice_id: Text | None = None
    privacy: Privacy = dataclasses.field(default_factory=Privacy)
    access: Access = dataclasses.field(default_factory=Access)
    overrides: Overrides = dataclasses.field(default_factory=Overrides)
    limits: CallLimits = dataclasses.field(default_factory=CallLimits)
    placeholders: dict[str, str | int] = dataclasses.field(default_factory=dict)


SECTIONS: dict[str, Any] = {
    "privacy": Privacy,
    "access": Access,
    "overrides": Overrides,
    "limits": CallLimits,
}


def read(path: Path) -> AgentFile:
    """The agent of the file. Raises AgentFileError: one sentence."""
    document = _document(path)
    try:
        # As JSON, because there a list may become a tuple while all else stays strict.
        return TypeAdapter(AgentFile).validate_json(json.dumps(document, default=str))
    except ValidationError as error:
        raise AgentFileError(_sentence(path, error)) from None


def _document(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise AgentFileError(
            f"The agent's file {path} cannot be read ({error.strerror}): "
            "start in coachroom's folder or set COACHROOM_AGENT_FILE."
        ) from error
    if len(content) > MAX_FILE_BYTES:
        raise AgentFileError(f"{path} is too large for an agent's file: it may have {MAX_FILE_BYTES // 1024} kB.")
    try:
        return tomllib.loads(content.decode())
    except UnicodeDecodeError:
        raise AgentFileError(f"{path} is no UTF-8 text: save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise AgentFileError(f"{path} is no valid TOML ({error}): correct that place.") from None


def _sentence(path: Path, error: ValidationError) -> str:
    # A key that is not known comes first: a misspelt key is also reported as a missing one.
    errors = error.errors(include_url=False, include_context=False)
    first = min(errors, key=lambda one: one["type"] != "unexpected_keyword_argument")
    place = [str(part) for part in first["loc"]]
    key = ".".join(place)
    if first["type"] == "unexpected_keyword_argument":
        owner = SECTIONS[place[0]] if len(place) > 1 else AgentFile
        known = [field.name for field in dataclasses.fields(owner)]
        near = difflib.get_close_matches(place[-1], known, n=1)
        way_out = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}."
        return f"{path}: there is no key {key}; {way_out}"
    if first["type"] == "missing":
        return f"{path}: the key {key} is missing; add it."
    message = first["msg"].removeprefix("Value error, ").rstrip(".?")
    return f"{path}: {key} cannot be used: {message[:1].lower()}{message[1:]}."
