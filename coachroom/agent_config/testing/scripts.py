"""The file of scripted clients (data/agent_tests.toml), checked: what they say, and what the agent must do."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field
from pydantic.dataclasses import dataclass

from coachroom import project_files
from coachroom.agent.tool_specs import Tool
from coachroom.coaching.approach import Lead, Opening, Pace, Tone
from coachroom.did_you_mean import did_you_mean
from coachroom.settings import Settings
from coachroom.toml_file import read_toml

FILE_NAME = "agent_tests.toml"
MAX_LINES = 20
END_CALL = "end_call"
TOOL_NAMES = (*(tool.value for tool in Tool), END_CALL)

_STRICT = ConfigDict(extra="forbid", strict=True)


def _known_tool(name: str) -> str:
    if name not in TOOL_NAMES:
        way_out = did_you_mean(name, TOOL_NAMES, f"there are {', '.join(TOOL_NAMES)}")
        raise ValueError(f"the agent has no tool {name!r}; {way_out}")
    return name


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("it is empty: write something there, or leave it out")
    return text


def _client_name(name: str) -> str:
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        raise ValueError("a client's name has small letters, digits and hyphens only, such as first-session")
    return name


def _alternatives(phrase: Any) -> Any:
    """One phrase is a list of one."""
    if isinstance(phrase, str):
        return (phrase,)
    return tuple(phrase) if isinstance(phrase, list) else phrase


Text = Annotated[str, AfterValidator(_not_blank)]
Texts = tuple[Text, ...]
ToolNames = tuple[Annotated[str, AfterValidator(_known_tool)], ...]
# Of these phrases one is enough.
AnyOf = Annotated[Texts, BeforeValidator(_alternatives), Field(min_length=1)]
Count = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(gt=0, le=1)]


@dataclass(frozen=True, config=_STRICT)
class OpenAction:
    """Something the client has decided on. `due_in_days` below zero: it is late."""

    title: Text
    due_in_days: int | None = None


@dataclass(frozen=True, config=_STRICT)
class ClientRecord:
    """What the room knows of the client before the talk. `sessions`: how many they had."""

    name: Text = "Sam"
    sessions: Annotated[int, Field(ge=0)] = 0
    tone: Tone | None = None
    pace: Pace | None = None
    opening: Opening | None = None
    lead: Lead | None = None
    language: Text | None = None
    challenges: Text | None = None
    goals: Texts = ()
    actions: tuple[OpenAction, ...] = ()
    facts: Texts = ()


@dataclass(frozen=True, config=_STRICT)
class Musts:
    """What holds for every client.

    `max_agent_share`: of the words said; `max_questions`, `max_words`: in one answer.
    """

    must_not_say: Texts = ()
    max_agent_share: Share = 1.0
    max_questions: Count = 1
    max_words: Count | None = None


@dataclass(frozen=True, config=_STRICT)
class ScriptedClient:
    """One client: who they are, what they say, one line a turn, and what the agent must do.

    `must_say`: one of each entry's phrases somewhere in the answers. `judged`: conditions for a language model to
    judge. `max_asking_share`: of the answers, those that ask something. `needs_model`: no rule could answer this
    client. A `max_` of None: as for every client.
    """

    about: Text
    says: Annotated[Texts, Field(min_length=1, max_length=MAX_LINES)]
    record: ClientRecord = dataclasses.field(default_factory=ClientRecord)
    must_say: tuple[AnyOf, ...] = ()
    must_not_say: Texts = ()
    must_use: ToolNames = ()
    must_not_use: ToolNames = ()
    max_agent_share: Share | None = None
    max_questions: Count | None = None
    max_words: Count | None = None
    max_asking_share: Share | None = None
    judged: Texts = ()
    needs_model: bool = False


ClientName = Annotated[str, AfterValidator(_client_name)]


@dataclass(frozen=True, config=_STRICT)
class AgentTests:
    """All scripted clients by their names, in the order of the file."""

    client: Annotated[dict[ClientName, ScriptedClient], Field(min_length=1)]
    every: Musts = dataclasses.field(default_factory=Musts)


def file_of(settings: Settings) -> Path:
    """The clients beside the agent's file, else those that coachroom brings."""
    beside = settings.agent_file.with_name(FILE_NAME)
    return beside if beside.exists() else project_files.FOLDER / "data" / FILE_NAME


def fingerprint(path: Path) -> str:
    """The same for the same clients. Raises OSError."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read(path: Path) -> AgentTests:
    """The clients of the file; what holds for every one is in each. Raises TomlFileError: one sentence."""
    tests = read_toml(
        path, AgentTests, _known_keys, what="file of scripted clients", way_out="give its path with --file"
    )
    clients = {name: _with_every(client, tests.every) for name, client in tests.client.items()}
    return dataclasses.replace(tests, client=clients)


def _with_every(client: ScriptedClient, every: Musts) -> ScriptedClient:
    return dataclasses.replace(
        client,
        must_not_say=(*every.must_not_say, *client.must_not_say),
        max_agent_share=every.max_agent_share if client.max_agent_share is None else client.max_agent_share,
        max_questions=every.max_questions if client.max_questions is None else client.max_questions,
        max_words=every.max_words if client.max_words is None else client.max_words,
    )


def _known_keys(place: Sequence[str]) -> list[str]:
    kind: Any = AgentTests
    match place:
        case ["every"]:
            kind = Musts
        case ["client", _]:
            kind = ScriptedClient
        case ["client", _, "record"]:
            kind = ClientRecord
        case ["client", _, "record", "actions", _]:
            kind = OpenAction
    return [field.name for field in dataclasses.fields(kind)]
