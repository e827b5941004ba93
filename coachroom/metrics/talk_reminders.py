"""How often the agent was reminded during a call to ask more and say less."""

from __future__ import annotations

from dataclasses import dataclass

from coachroom.metrics.parameters import Parameters
from coachroom.metrics.run import Frames, who_counts
from coachroom.store.statements import load_statements

SQL = load_statements("coachroom.metrics", "_talk_reminders.sql")


@dataclass(frozen=True)
class TalkReminders:
    """Reminders, and the ended sessions with one."""

    reminders: int
    sessions: int


def talk_reminders(store: Frames, parameters: Parameters) -> TalkReminders:
    """Those in the segment's sessions that began in the range. Small groups are not hidden here."""
    segment = parameters.segment
    values = {
        "until": parameters.until,
        "start": parameters.start,
        "zone": parameters.timezone,
        "min_valid_seconds": parameters.min_valid_seconds,
        "segment": segment.value if segment else None,
    }
    row = store.frame(f"WITH {who_counts(segment)}\n{SQL['talk_reminders']}", values).iloc[0]
    return TalkReminders(int(row["reminders"]), int(row["sessions"]))
