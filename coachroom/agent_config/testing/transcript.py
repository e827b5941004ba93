"""One talk as the checks see it: who said what, and which tools the agent used. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from coachroom.recording.words import spoken_words
from coachroom.rooms.states import Sender


@dataclass(frozen=True)
class Said:
    speaker: Sender
    text: str

    @property
    def words(self) -> str:
        """Without what is no word, such as dots and audio tags."""
        return spoken_words(self.speaker, self.text)


@dataclass(frozen=True)
class ToolCall:
    tool: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class Transcript:
    """What happened, in its order; `ended`: why the call was over before the client was done."""

    events: tuple[Said | ToolCall, ...] = ()
    ended: str = ""

    @property
    def said(self) -> tuple[Said, ...]:
        return tuple(event for event in self.events if isinstance(event, Said))

    @property
    def answers(self) -> tuple[str, ...]:
        """The words of the agent, its greeting included."""
        return tuple(said.words for said in self.said if said.speaker is Sender.AGENT and said.words)

    @property
    def uses(self) -> tuple[ToolCall, ...]:
        return tuple(event for event in self.events if isinstance(event, ToolCall))

    def answered(self) -> int:
        """How many of the client's lines an answer with words stands behind; a silence is a line of the client's."""
        speakers = [said.speaker for said in self.said if said.speaker is Sender.CLIENT or said.words]
        return sum(pair == (Sender.CLIENT, Sender.AGENT) for pair in itertools.pairwise(speakers))

    def agent_share(self) -> float:
        """The agent's part of all words, 0 where nobody said any."""
        counts = {Sender.CLIENT: 0, Sender.AGENT: 0}
        for said in self.said:
            counts[said.speaker] += len(said.words.split())
        total = sum(counts.values())
        return counts[Sender.AGENT] / total if total else 0.0
