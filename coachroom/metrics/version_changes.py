"""The days on which a new version of the agent was first met: marked in charts as notes on days are."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from coachroom.clock import day_there
from coachroom.metrics.day_notes import DayNote, read_day_notes
from coachroom.store.statements import load_statements
from coachroom.store.store import Reads, Store

SQL = load_statements("coachroom.metrics", "_version_changes.sql")
# The ends of the provider's ids tell them apart.
SHOWN_CHARS = 12


def version_changes(store: Reads, zone: ZoneInfo, min_group: int) -> tuple[DayNote, ...]:
    """The latest 50 changes as notes on days of `zone`, of versions that at least `min_group` clients have met."""
    rows = store.execute(SQL["changes"], [min_group])
    return tuple(
        DayNote(f"version-{version}", day_there(first_at, zone), f"New version of the AI coach: {shown(version)}")
        for version, first_at in reversed(rows)
    )


def marked_days(store: Store, zone: ZoneInfo, min_group: int) -> tuple[DayNote, ...]:
    """What people noted on days, and the changes of version."""
    return (*read_day_notes(store), *version_changes(store, zone, min_group))


def shown(version: str) -> str:
    """A version's id as far as it tells it from others."""
    return version if len(version) <= SHOWN_CHARS else f"…{version[-SHOWN_CHARS:]}"
