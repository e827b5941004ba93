"""What is in the database, counted: for pages that choose, for administrators, for who watches the server."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import pandas as pd

from coachroom.metrics.run import fragment
from coachroom.store.statements import load_statements
from coachroom.store.store import Engine, Reads, Store

SQL = load_statements("coachroom.metrics", "_inventory.sql")
_AGENTS = f"WITH {fragment('_told_versions')}\n{SQL['agents']}"


@dataclass(frozen=True)
class RecentSessions:
    """Sessions that are over, and how many of them failed."""

    sessions: int
    failed: int


@dataclass(frozen=True)
class UsedAgent:
    """An agent in one of its versions, where it is known in which, and the day (UTC) on which it was first met."""

    agent_id: str
    version: str | None
    since: date

    @property
    def part(self) -> str:
        """As the value of a segment."""
        return self.agent_id if self.version is None else f"{self.agent_id} {self.version}"


class Inventory:
    """Counts what one store holds; what belongs to numbers is asked where these are read."""

    def __init__(self, store: Store, numbers: Reads | None = None) -> None:
        self._store = store
        self._numbers: Reads = numbers or store

    def row_counts(self) -> tuple[int, ...]:
        """How many rows the tables of numbers have, those of session facts first: changes when something is added."""
        return self._numbers.execute(SQL["version"])[0]

    def tiers(self) -> list[str]:
        """The Skool tiers there are, the largest first."""
        return [str(tier) for (tier,) in self._numbers.execute(SQL["tiers"])]

    def agents(self) -> list[UsedAgent]:
        """The agents that sessions were held with, each version by itself, the most used first."""
        return [UsedAgent(*row) for row in self._numbers.execute(_AGENTS)]

    def months_of_joining(self, zone: str) -> list[str]:
        """The months in which clients joined, such as 2026-05, the latest first: at most 24."""
        return [str(month) for (month,) in self._numbers.execute(SQL["months_of_joining"], [zone])]

    def sources(self) -> list[str]:
        """Where clients' entries of the roster come from, the most frequent first."""
        return [str(source) for (source,) in self._numbers.execute(SQL["sources"])]

    def staff(self, most: int) -> list[str]:
        """The e-mails of those who see different numbers: an administrator, an analyst, and up to `most` coaches."""
        return [str(email) for (email,) in self._store.execute(SQL["staff"], [most])]

    def first_session(self) -> datetime | None:
        """When the first session began, naive UTC."""
        found: datetime | None = self._numbers.execute(SQL["first_session"])[0][0]
        return found

    def rows_by_table(self) -> pd.DataFrame:
        """How many rows each main table has: columns table and rows."""
        return self._store.frame(SQL["rows_by_table"])

    def recent_sessions(self, since: datetime) -> RecentSessions:
        """The sessions that began at `since` (naive UTC) or later and are over."""
        return RecentSessions(*self._store.execute(SQL["sessions_since"], [since])[0])

    def missing_transcripts(self, since: datetime) -> int:
        """Calls since then whose record could not be fetched."""
        return int(self._store.execute(SQL["missing_transcripts"], [since])[0][0])

    def clients_without_coach(self) -> int:
        """Active clients that no coach is assigned to."""
        return int(self._store.execute(SQL["clients_without_coach"])[0][0])

    def roster_updated_at(self) -> datetime | None:
        """When the roster last took something over from Skool, naive UTC."""
        found: datetime | None = self._store.execute(SQL["roster_age"])[0][0]
        return found

    def sessions_by_status(self) -> dict[str, int]:
        """How many sessions have each status."""
        return dict(self._store.execute(SQL["sessions_by_status"]))

    def calls_by_record(self) -> dict[str, int]:
        """How many calls there are for each state of the provider's record."""
        return dict(self._store.execute(SQL["calls_by_record"]))

    def turn_count(self) -> int:
        """How many turns are on disk: about so many in PostgreSQL, which would read them all to count them."""
        statement = "estimated_turns" if self._store.engine is Engine.POSTGRESQL else "turns"
        return int(self._store.execute(SQL[statement])[0][0])
