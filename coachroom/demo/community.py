"""The demo community: invented people, their sessions and what came of them, to look at and to measure with.

It is written in one transaction: a run that is killed or fails leaves no part of it. Everything of it can be told
apart: ids begin with `demo-`, members have the source `demo`, and one row of the audit log says how it was made.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, time

from coachroom.clock import from_iso
from coachroom.demo.fill import fill
from coachroom.errors import CoachroomError
from coachroom.people.demo import demo_people, seed_demo_people
from coachroom.rooms import consent
from coachroom.store.statements import load_statements
from coachroom.store.store import Store, Transaction
from coachroom.store.writer import Writer

SQL = load_statements("coachroom.demo", "community.sql")

MAX_CLIENTS = 1_000_000
MAX_SESSIONS = 2_000_000
# More than this and somebody would have to talk the whole day.
MAX_SESSIONS_A_CLIENT = 500
EARLIEST = datetime(2000, 1, 1)
SMALL_CLIENTS, SMALL_SESSIONS, SMALL_SEED = 60, 900, 1


class DemoError(CoachroomError):
    """The demo community cannot be made as asked; nothing was written."""


@dataclass(frozen=True)
class Community:
    """What makes one community: the same four give the same rows. All of it is over before `until` (naive UTC).

    The demo people of development sign-in are the first of the `clients`.
    """

    clients: int
    sessions: int
    seed: int
    until: datetime

    def __post_init__(self) -> None:
        if not 1 <= self.clients <= MAX_CLIENTS:
            raise DemoError(f"{self.clients} clients are no community: give --clients from 1 to {MAX_CLIENTS}.")
        if not 0 <= self.sessions <= MAX_SESSIONS:
            raise DemoError(f"{self.sessions} sessions cannot be: give --sessions from 0 to {MAX_SESSIONS}.")
        if self.sessions > self.clients * MAX_SESSIONS_A_CLIENT:
            enough = -(-self.sessions // MAX_SESSIONS_A_CLIENT)
            raise DemoError(
                f"{self.clients} clients cannot have {self.sessions} sessions: give --clients {enough} or more."
            )
        if not -(2**63) <= self.seed < 2**63:
            raise DemoError(f"The seed {self.seed} is too large: give --seed a number of at most 18 digits.")
        if self.until < EARLIEST:
            raise DemoError(f"--until {self.until:%Y-%m-%d} is too long ago: give a date from {EARLIEST.year} on.")


@dataclass(frozen=True)
class RowCounts:
    """How much demo there is."""

    clients: int
    sessions: int
    turns: int


def existing(store: Store) -> Community | None:
    """The demo community that is there, if one is."""
    found = store.execute(SQL["marker"])
    if not found:
        return None
    made = json.loads(found[0][0])
    return Community(made["clients"], made["sessions"], made["seed"], from_iso(made["until"]))


def is_demo(store: Store) -> bool:
    """Whether what is shown comes from a demo community."""
    return existing(store) is not None


class DemoCommunity:
    """Whether this process shows invented people: every call asks, as a community can be generated meanwhile."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def exists(self) -> bool:
        return is_demo(self._store)


def counts(store: Store) -> RowCounts:
    """How much demo there is. Looks at every turn."""
    return RowCounts(*store.execute(SQL["counts"])[0])


def memory_limit(sessions: int) -> str:
    """What the engine needs to write so many at once: mostly the index of their turns."""
    return f"{1700 * max(1, sessions / 1_000_000):.0f}MB"


def ask(store: Store, *, clients: int, sessions: int, seed: int, until: str | None, now: datetime) -> Community:
    """The community that an operator asks for. Raises DemoError.

    Without `until` (ISO 8601, UTC) it is the one that is there, if the other three fit, else one up to today.
    """
    if until is None:
        there = existing(store)
        same = there is not None and (there.clients, there.sessions, there.seed) == (clients, sessions, seed)
        return there if there is not None and same else Community(clients, sessions, seed, start_of_day(now))
    try:
        moment = from_iso(until)
    except ValueError:
        raise DemoError(f"{until!r} is no date: give --until one like 2026-05-01.") from None
    if moment > now:
        raise DemoError(f"--until {until} lies in the future: give today or an earlier date.")
    return Community(clients, sessions, seed, moment)


def generate(store: Store, writer: Writer, community: Community, *, now: datetime, replace: bool = False) -> bool:
    """Fills the database; returns once it is committed. False: this very community is there already.

    Raises DemoError where there is anything that is not demo, or another community that is not to be replaced.
    """
    if store.execute(SQL["anything_real"])[0][0]:
        raise DemoError(
            "The database holds real members or sessions, and a demo must never mix with them: "
            "set COACHROOM_DATABASE to a new file."
        )
    there = existing(store)
    if there == community and not replace:
        return False
    if there is not None and not replace:
        raise DemoError(
            f"Another demo community is there ({there.clients} clients, {there.sessions} sessions, "
            f"seed {there.seed}, until {there.until}): give --replace to put this one in its place."
        )
    seed_demo_people(writer, now)
    writer.submit(lambda transaction: _write(transaction, community, there is not None)).result()
    return True


def seed_small_community(store: Store, writer: Writer, now: datetime) -> bool:
    """Gives a database without any session or real member the small community up to today; False: it has some.

    For development only.
    """
    if existing(store) or store.execute(SQL["any_session"])[0][0] or store.execute(SQL["anything_real"])[0][0]:
        return False
    return generate(store, writer, Community(SMALL_CLIENTS, SMALL_SESSIONS, SMALL_SEED, start_of_day(now)), now=now)


def start_of_day(now: datetime) -> datetime:
    """The midnight (UTC) before `now`: until then a community that is asked for today reaches."""
    return datetime.combine(now.date(), time())


def _write(transaction: Transaction, community: Community, replaces: bool) -> None:
    if replaces:
        for name, sql in SQL.items():
            if name.startswith("clear_"):
                transaction.execute(sql)
    people = demo_people()
    fill(
        transaction,
        clients=community.clients,
        sessions=community.sessions,
        seed=community.seed,
        until=community.until,
        known=[person.client_id for person in people if person.client_id is not None],
        coach=next(person.email for person in people if person.role == "coach"),
        consent_version=consent.VERSION,
    )
    made = {
        "clients": community.clients,
        "sessions": community.sessions,
        "seed": community.seed,
        "until": community.until.isoformat(),
    }
    transaction.execute(SQL["mark"], [community.until, json.dumps(made)])
