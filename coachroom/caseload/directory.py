"""All members, for administrators: found by name or address, by what they are, and by when they were last here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from coachroom.people.name_search import found_by
from coachroom.store.statements import load_statements
from coachroom.store.store import Store

SQL = load_statements("coachroom.caseload", "directory.sql")

# In place of a coach's e-mail: clients who have no active coach.
NO_COACH = "-"
WEEK, MONTH = timedelta(days=7), timedelta(days=30)


class LastSeen(StrEnum):
    """When somebody last signed in, used a page or was in a session."""

    WEEK = "in the last 7 days"
    MONTH = "in the last 30 days"
    LONGER = "longer ago"
    NEVER = "never"


@dataclass(frozen=True)
class MemberFilter:
    """What to look for; None looks for everything.

    `text`: a part of name or e-mail, or a whole member ID. `email`: the whole of it.
    """

    text: str = ""
    role: str | None = None
    status: str | None = None
    tier: str | None = None
    coach: str | None = None
    seen: LastSeen | None = None
    email: str | None = None


@dataclass(frozen=True)
class ListedMember:
    """One line of the list. `coach` is the name of an active coach; `last_seen` is naive UTC."""

    email: str
    name: str
    role: str
    status: str
    tier: str | None
    client_id: str | None
    coach: str | None
    last_seen: datetime | None


@dataclass(frozen=True)
class OpenSession:
    """A session that goes on. `name` and `email` are None where its client is no member any more."""

    id: str
    name: str | None
    email: str | None
    start_time: datetime
    last_seen_at: datetime
    status: str
    paused: bool


class Directory:
    """Reads; safe to use from many threads."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def find(
        self, looked_for: MemberFilter, now: datetime, *, skip: int, most: int
    ) -> tuple[list[ListedMember], int]:
        """By name, `most` members after the first `skip`, and how many there are; 0 where `skip` is beyond them."""
        seen = looked_for.seen
        since = {LastSeen.WEEK: now - WEEK, LastSeen.MONTH: now - MONTH}.get(seen) if seen else None
        values = [
            found_by(self._store, text) if (text := looked_for.text.strip()) else None,
            looked_for.email,
            looked_for.role,
            looked_for.status,
            looked_for.tier,
            looked_for.coach,
            since,
            now - MONTH if seen is LastSeen.LONGER else None,
            seen is LastSeen.NEVER,
            most,
            skip,
        ]
        rows = self._store.execute(SQL["find"], values)
        return [ListedMember(*row[:-1]) for row in rows], int(rows[0][-1]) if rows else 0

    def tiers(self) -> list[str]:
        """Every tier that a member has."""
        return [str(tier) for (tier,) in self._store.execute(SQL["tiers"])]

    def open_sessions(self) -> list[OpenSession]:
        """The sessions that go on, the oldest first."""
        return [OpenSession(*row) for row in self._store.execute(SQL["open_sessions"])]
