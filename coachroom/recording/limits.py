"""How much of what is said is kept."""

from __future__ import annotations

from dataclasses import dataclass

TRANSCRIPT_FULL = (
    "This conversation is longer than we can keep word for word. You can go on; what is said from now on may be "
    "missing from your transcript. To have it all on record, end this session and open a new room."
)


@dataclass(frozen=True)
class RecordingLimits:
    """A longer turn is cut with a mark; a session that holds so many bytes or turns takes no more of its page.

    `session_bytes` counts what the page reported as it is stored: each turn's words and its context, as UTF-8.
    """

    turn_chars: int = 20_000
    session_bytes: int = 4_000_000
    session_turns: int = 5_000


DEFAULT_LIMITS = RecordingLimits()
