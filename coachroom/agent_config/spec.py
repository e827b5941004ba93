"""The file that describes the agent (data/agent.toml), checked: a mistake is one sentence that names file and key."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from elevenlabs.types.client_event import ClientEvent
from pydantic import AfterValidator, ConfigDict, Field
from pydantic.dataclasses import dataclass

from coachroom.did_you_mean import did_you_mean
from coachroom.languages import ENGLISH
from coachroom.settings import Settings
from coachroom.toml_file import TomlFileError, read_toml

MAX_HOSTS = 10
MIN_HANG_UP_SECONDS = 120
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
LanguageCode = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[a-zA-Z]{2,4})?$")]
ENGLISH_VOICE_MODELS = frozenset({"eleven_turbo_v2", "eleven_flash_v2"})


@dataclass(frozen=True, config=_STRICT)
class Turns:
    """How much room to think the agent leaves. `asks_after_seconds`: in ElevenLabs' own bounds.

    `hangs_up_after_seconds`: a silence of two minutes may be thinking; a call never ends before.
    """

    eagerness: Literal["patient", "normal", "eager"] = "patient"
    asks_after_seconds: Annotated[int, Field(ge=1, le=30)] = 25
    hangs_up_after_seconds: Annotated[int, Field(ge=MIN_HANG_UP_SECONDS)] = 600
    think_ahead: bool = False
    may_stay_silent: bool = True


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
    """What a call may set differently. The room sends a further language that the client chose, and text_only for
    typed talks where it is allowed."""

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

    Without `max_minutes` a call may take as long as a session; without `llm`, `voice_id` and `voice_model` those stay
    as they are, unless the model speaks English only and the agent more. `further_languages`: what clients may choose
    beside the agent's own, each with the first message in it. `placeholders`: values of variables beyond those that
    the room fills in.
    """

    name: Text
    language: LanguageCode
    first_message: Text
    prompt: Text
    client_events: tuple[Annotated[str, AfterValidator(_known_event)], ...]
    max_minutes: Annotated[int, Field(ge=1, le=300)] | None = None
    end_call: bool = True
    llm: Text | None = None
    voice_id: Text | None = None
    voice_model: Text | None = None
    further_languages: dict[LanguageCode, Text] = dataclasses.field(default_factory=dict)
    turns: Turns = dataclasses.field(default_factory=Turns)
    privacy: Privacy = dataclasses.field(default_factory=Privacy)
    access: Access = dataclasses.field(default_factory=Access)
    overrides: Overrides = dataclasses.field(default_factory=Overrides)
    limits: CallLimits = dataclasses.field(default_factory=CallLimits)
    placeholders: dict[str, str | int] = dataclasses.field(default_factory=dict)

    @property
    def languages(self) -> tuple[str, ...]:
        """Codes of all that it speaks, its own first."""
        return (self.language, *self.further_languages)

    def override_for(self, language: str | None) -> str | None:
        """The language that a call must ask for, so that a client who chose this one is spoken to in it."""
        return language if language in self.further_languages else None


SECTIONS: dict[str, Any] = {
    "turns": Turns,
    "privacy": Privacy,
    "access": Access,
    "overrides": Overrides,
    "limits": CallLimits,
}


def read(path: Path) -> AgentFile:
    """The agent of the file. Raises TomlFileError: one sentence."""
    file = read_toml(
        path,
        AgentFile,
        _known_keys,
        what="agent's file",
        way_out="start in coachroom's folder or set COACHROOM_AGENT_FILE",
    )
    if (mistake := _contradiction(file)) is not None:
        raise TomlFileError(f"{path}: {mistake}")
    return file


def read_agent_file(settings: Settings) -> AgentFile:
    """The file of the settings; in a folder without one, the one that coachroom brings. Raises TomlFileError."""
    return read(settings.project_file("agent_file"))


def _contradiction(file: AgentFile) -> str | None:
    """What two keys say against each other."""
    if file.language in file.further_languages:
        return f"further_languages names {file.language}, which is the agent's own language; take it out there."
    if file.further_languages and not file.overrides.language:
        return "overrides.language must be true where there are further_languages: calls ask for theirs with it."
    if file.voice_model in ENGLISH_VOICE_MODELS and set(file.languages) != {ENGLISH}:
        spoken = ", ".join(file.languages)
        return f"voice_model {file.voice_model} speaks English only; name one that speaks {spoken}."
    return None


def _known_keys(place: Sequence[str]) -> list[str]:
    return [field.name for field in dataclasses.fields(SECTIONS[place[0]] if place else AgentFile)]
