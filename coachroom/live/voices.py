"""When the agent hears a human coach beside the client: while the coach talks to both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from coachroom.live.joins import Joins
from coachroom.live.states import MODE_AFTER, Join, JoinAct, LiveMode
from coachroom.recording.shared_voice import SharedVoice


def shared_voices(joins: Joins, session_id: str) -> list[SharedVoice]:
    """Those times of all joins of the session, each join's in their order."""
    return [voice for join, acts in joins.with_acts(session_id) for voice in voices_of(join, acts)]


def voices_of(join: Join, acts: Sequence[JoinAct]) -> Iterator[SharedVoice]:
    """Those times of one join, by what its coach did, given in order."""
    begins_at: datetime | None = None
    for at_time, mode in _changes(acts):
        if mode is LiveMode.BOTH:
            begins_at = begins_at or at_time
        elif begins_at is not None:
            yield SharedVoice(begins_at, at_time)
            begins_at = None
    if begins_at is not None:
        yield SharedVoice(begins_at, join.ended_at)


def _changes(acts: Iterable[JoinAct]) -> Iterator[tuple[datetime, LiveMode]]:
    return ((act.at, MODE_AFTER[act.act]) for act in acts if act.act in MODE_AFTER)
