"""Conversations as they are kept: in memory, bounded, the oldest leave first."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from coachroom.simulator.call.protocol import Message, Start
from coachroom.simulator.mood import NORMAL, Mood

MAX_CONVERSATIONS = 500
MAX_TURNS = 2_000
MAX_TOLD = 100
MAX_TEXT_CHARS_IN_ALL = 32 * 1024 * 1024  # of the turns of all conversations together
MAX_AUDIO_BYTES = 64 * 1024 * 1024  # of all conversations together: about half an hour

Status = Literal["in-progress", "processing", "done", "failed"]
Role = Literal["user", "agent"]


@dataclass(slots=True)
class PracticeTurn:
    """One line of a transcript. `at` is in seconds from the beginning of the call."""

    role: Role
    message: str | None
    at: float
    event_id: int
    medium: Literal["audio", "text"] | None = None
    original: str | None = None
    feedback: str | None = None
    tool_calls: list[Message] = field(default_factory=list)
    tool_results: list[Message] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ToldContext:
    """One contextual update: its id, if it has one, its text, and when it came in seconds of the call."""

    context_id: str
    text: str
    at: float


@dataclass(slots=True)
class PracticeCall:
    """One conversation from its first second to its analysis."""

    id: str
    agent_id: str
    started: datetime
    start: Start
    mood: Mood = NORMAL
    # Of what is drawn in this call.
    seed: str = ""
    status: Status = "in-progress"
    turns: list[PracticeTurn] = field(default_factory=list)
    # The newest contextual updates, which are in no transcript.
    told: deque[ToldContext] = field(default_factory=lambda: deque(maxlen=MAX_TOLD))
    # What its record holds, once it is over; until `whole_at` (monotonic) only the first half.
    recorded: list[PracticeTurn] | None = None
    whole_at: float = 0.0
    seconds: float = 0.0
    # How long it waited in the queue; None where it did not. Neither `started` nor `seconds` has it in.
    queued_seconds: float | None = None
    # Which version of the agent's settings it was held with.
    version_id: str | None = None
    branch_id: str | None = None
    ended_because: str | None = None
    close_code: int | None = None
    summary: str | None = None
    title: str | None = None
    collected: dict[str, str | int] = field(default_factory=dict)
    next_step: str = "unknown"
    rating: int | None = None
    liked: str | None = None
    comment: str | None = None
    audio: bytearray = field(default_factory=bytearray)

    @property
    def started_unix(self) -> int:
        return unix(self.started)

    def count(self, role: str) -> int:
        turns = self.turns if self.recorded is None else self.recorded
        return sum(turn.role == role and bool(turn.message) for turn in turns)

    @property
    def text_chars(self) -> int:
        """How much was said, in characters."""
        return sum(len(turn.message or "") for turn in self.turns)

    def agent_turn(self, event_id: int) -> PracticeTurn | None:
        """The agent's turn with that event id, if it said one."""
        return next(
            (turn for turn in reversed(self.turns) if turn.event_id == event_id and turn.role == "agent"), None
        )


class Archive:
    """Records by id, in the order in which they began."""

    def __init__(
        self,
        limit: int = MAX_CONVERSATIONS,
        audio_bytes: int = MAX_AUDIO_BYTES,
        text_chars: int = MAX_TEXT_CHARS_IN_ALL,
    ) -> None:
        self._records: dict[str, PracticeCall] = {}
        self._limit = limit
        self._text_chars = text_chars
        self._audio_room = audio_bytes

    def add(self, record: PracticeCall) -> None:
        self._records[record.id] = record
        sizes = [each.text_chars for each in self._records.values()]
        left, size = len(sizes), sum(sizes)
        for chars in sizes[:-1]:
            if left <= self._limit and size <= self._text_chars:
                break
            left, size = left - 1, size - chars
            self.delete(next(iter(self._records)))

    def get(self, conversation_id: str) -> PracticeCall | None:
        return self._records.get(conversation_id)

    def delete(self, conversation_id: str) -> bool:
        """Forget a conversation; False when it is not there."""
        record = self._records.pop(conversation_id, None)
        if record is None:
            return False
        self._drop_audio(record)
        return True

    def newest_first(self) -> Iterator[PracticeCall]:
        return reversed(self._records.values())

    def keep_audio(self, record: PracticeCall, pcm: bytes) -> None:
        """Add to the client's audio of a record; when all of it becomes too much, the oldest recording goes.

        Nothing is kept for a record that has been deleted meanwhile.
        """
        if record.id not in self._records:
            return
        record.audio += pcm
        self._audio_room -= len(pcm)
        for oldest in self._records.values():
            if self._audio_room >= 0:
                return
            self._drop_audio(oldest)

    def _drop_audio(self, record: PracticeCall) -> None:
        self._audio_room += len(record.audio)
        record.audio = bytearray()


def unix(moment: datetime) -> int:
    """Whole seconds since 1970. A moment without a time zone is taken as UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(aware.timestamp())
