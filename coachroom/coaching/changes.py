"""What became of a client's goals and actions since a given time, for a human coach before the next talk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from coachroom.coaching.goals import GoalStatus
from coachroom.store.statements import load_statements
from coachroom.store.store import Store

SQL = load_statements("coachroom.coaching", "changes.sql")


class Became(StrEnum):
    """What became of an action. `late`: still open after its due time; `open`: from before, not due yet."""

    DONE = "done"
    DONE_LATE = "done late"
    LATE = "late"
    DROPPED = "dropped"
    AGREED = "agreed"
    OPEN = "open"


@dataclass(frozen=True)
class GoalChange:
    """A goal that was set, closed or checked. `before` and `after`: levels −2 … +2, None where none was given."""

    title: str
    is_new: bool
    closed: GoalStatus | None
    before: int | None
    after: int | None


@dataclass(frozen=True)
class Changes:
    """Goals about which something happened, and actions, each with its title."""

    goals: tuple[GoalChange, ...]
    actions: tuple[tuple[str, Became], ...]


def changes(store: Store, client_id: str, since: datetime, until: datetime) -> Changes:
    """From `since` on and before `until` (naive UTC). Titles only: notes and reasons are the client's."""
    times = [client_id, since, until]
    goals = [
        GoalChange(title, is_new, GoalStatus(closed) if closed else None, before, after)
        for title, is_new, closed, before, after in store.execute(SQL["goals_since"], times)
    ]
    return Changes(
        goals=tuple(goal for goal in goals if goal.is_new or goal.closed or goal.after is not None),
        actions=tuple((title, Became(became)) for title, became in store.execute(SQL["actions_since"], times)),
    )
