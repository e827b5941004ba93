"""When the agent heard a human coach beside the client, so that it cannot tell whose words it heard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

# A transcript comes after the words, and a record knows whole seconds.
TRANSCRIPT_DELAY = timedelta(seconds=15)


@dataclass(frozen=True)
class SharedVoice:
    """One such time; `ends_at` is None while it lasts. Naive UTC."""

    begins_at: datetime
    ends_at: datetime | None

    def covers(self, at_time: datetime) -> bool:
        """Whether words whose transcript came then may be the coach's."""
        return self.begins_at <= at_time and (self.ends_at is None or at_time <= self.ends_at + TRANSCRIPT_DELAY)


# Those times of one session.
SharedVoices = Callable[[str], Sequence[SharedVoice]]


def nobody_else(_session_id: str) -> tuple[SharedVoice, ...]:
    """Of a session that no human coach can join."""
    return ()
