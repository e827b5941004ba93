"""The file that describes the agent (data/agent.toml), checked: a mistake is one sentence that names file and key."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, get_args

from elevenlabs.types.client_event import ClientEvent
from pydantic import AfterValidator, ConfigDict, Field
from pydantic.dataclasses import dataclass

from coachroom.agent_config.toml_file import read_toml
from coachroom.did_you_mean import did_you_mean

MAX_HOSTS = 10
# All events there are, as the pinned SDK knows them.
CLIENT_EVENTS: tuple[str, ...] = get_args(get_args(ClientEvent)[0])

_STRICT = ConfigDict(extra="forbid", strict=True)


def _known_event(name: str) -> str:
    if name not in CLIENT_EVENTS:
        way_out = did_you_mean(name, CLIENT_EVENTS, f"choose among {', '.join(CLIENT_EVENTS)}")
        raise ValueError(f"ElevenLabs has no event {name!r}; {way_out}")
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
    """Calls at once (-1: as many as the plan allows) and a day; `queue`: who calls beyond them waits in line."""

    concurrent: Annotated[int, Field(ge=-1)] = -1
    daily: Annotated[int, Field(ge=1)] = 1000
    queue: bool = False


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
    """The agent of the file. Raises TomlFileError: one sentence."""
    return read_toml(
        path,
        AgentFile,
        _known_keys,
        what="agent's file",
        way_out="start in coachroom's folder or set COACHROOM_AGENT_FILE",
    )


def _known_keys(place: Sequence[str]) -> list[str]:
    return [field.name for field in dataclasses.fields(SECTIONS[place[0]] if place else AgentFile)]
