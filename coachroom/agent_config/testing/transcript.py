"""One talk as the checks see it: who said what, and which tools the agent used. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Speaker(StrEnum):
    CLIENT = "client"
    AGENT = "agent"


@dataclass(frozen=True)
class Said:
    speaker: Speaker
    text: str


@dataclass(frozen=True)
class ToolUse:
    tool: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class Transcript:
    """What happened, in its order; `ended`: why the call was over before the client was done."""

    events: tuple[Said | ToolUse, ...] = ()
    ended: str = ""

    @property
    def said(self) -> tuple[Said, ...]:
        return tuple(event for event in self.events if isinstance(event, Said))

    @property
    def answers(self) -> tuple[str, ...]:
        """What the agent said, its greeting included."""
        return tuple(said.text for said in self.said if said.speaker is Speaker.AGENT)

    @property
    def uses(self) -> tuple[ToolUse, ...]:
        return tuple(event for event in self.events if isinstance(event, ToolUse))

    def answered(self) -> int:
        """How many of the client's lines an answer stands behind."""
        pairs = zip(self.said, self.said[1:], strict=False)
        return sum((first.speaker, then.speaker) == (Speaker.CLIENT, Speaker.AGENT) for first, then in pairs)

    def agent_share(self) -> float:
        """The agent's part of all words, 0 where nobody said any."""
        words = dict.fromkeys(Speaker, 0)
        for said in self.said:
            words[said.speaker] += len(said.text.split())
        total = sum(words.values())
        return words[Speaker.AGENT] / total if total else 0.0
