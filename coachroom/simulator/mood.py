"""How awkward the practice agent is: switches, and the draws of one call. Pure: the seed and the time are arguments.

In the normal mood nothing of it happens. In the awkward one frames come late, lines break, and records are what the
real service's records are. A call keeps the mood in which it began.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random


@dataclass(frozen=True, slots=True)
class Wait:
    """The shortest and the longest of a wait, in seconds; each single one is drawn."""

    least: float = 0.0
    most: float = 0.0

    def draw(self, random: Random) -> float:
        return random.uniform(self.least, self.most)


@dataclass(frozen=True, slots=True)
class Delays:
    """How long the frames of each channel are on their way. A channel keeps its order, but overtakes others."""

    user_transcripts: Wait = Wait()
    agent_responses: Wait = Wait()
    audio: Wait = Wait()
    tool_calls: Wait = Wait()
    # Interruptions too.
    corrections: Wait = Wait()


@dataclass(frozen=True, slots=True)
class Mood:
    """Switches of one call; the default is a service that never misbehaves."""

    delays: Delays = Delays()
    # How long all lines are taken when the call begins; what the client sends meanwhile is discarded.
    queue: Wait = Wait()
    # The wait ends without a free line.
    queue_times_out: bool = False
    # A spoken turn and its answer have one event id, as at the real service.
    shared_event_ids: bool = False
    # The line breaks once this many turns were said.
    break_after_turns: int | None = None
    # 1011: the agent broke down, 1002: it hears or says nothing any more.
    break_code: int = 1011
    # How long a record takes beyond the usual half second, and how long it then lacks its second half.
    record_late: Wait = Wait()
    record_partial: Wait = Wait()
    # In the record some answers stand behind what the client said while they were on their way.
    late_answers: bool = False
    # The record has turns without words: "..." of a client who is silent, empty ones, and those with no message.
    silences: bool = False
    empty_turns: bool = False
    null_messages: bool = False
    # Some answers begin with how they are to be said, as "[warmly]".
    audio_tags: bool = False
    # The agent hangs up once its goodbye is sent, when the client has not heard its end.
    hurried_goodbye: bool = False
    # A call in a language that the agent does not speak is neither begun nor closed.
    unknown_language_hangs: bool = False


NORMAL = Mood()
AWKWARD = Mood(
    delays=Delays(
        user_transcripts=Wait(0.1, 0.8),
        agent_responses=Wait(0.2, 0.6),
        audio=Wait(0.0, 0.3),
        tool_calls=Wait(0.0, 0.5),
        corrections=Wait(0.0, 0.8),
    ),
    queue=Wait(0.1, 1.0),
    shared_event_ids=True,
    break_after_turns=40,
    record_late=Wait(0.0, 1.5),
    record_partial=Wait(0.5, 2.0),
    late_answers=True,
    silences=True,
    empty_turns=True,
    null_messages=True,
    audio_tags=True,
    hurried_goodbye=True,
    unknown_language_hangs=True,
)


@dataclass(slots=True)
class Moods:
    """The mood of the calls that begin from now on; it may be changed at any time.

    `seed`: the same seed gives the nth call the same draws.
    """

    current: Mood = NORMAL
    seed: int = 0
    _calls: int = field(default=0, init=False)

    def begin_call(self) -> tuple[Mood, str]:
        """The mood and the seed of a call that begins now."""
        self._calls += 1
        return self.current, f"{self.seed}.{self._calls}"


def drawn_by(seed: str, purpose: str) -> Random:
    """What one purpose in a call draws from, whatever else is drawn in it."""
    return Random(f"{seed}.{purpose}")  # noqa: S311
