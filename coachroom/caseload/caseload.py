"""A human coach's clients: who needs a talk, who has gone quiet, and what happened with one of them.

Every query has the viewer as a parameter: a coach sees the clients assigned to them and nobody else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd

from coachroom.caseload.reasons import Need
from coachroom.clock import days_between, there, zone_named
from coachroom.errors import CoachroomError
from coachroom.metrics.run import fragment
from coachroom.people.name_search import named_like
from coachroom.people.people import Person, Role
from coachroom.people.profiles import UTC_ZONE
from coachroom.store.statements import load_statements
from coachroom.store.store import Store, Transaction

SQL = load_statements("coachroom.caseload", "caseload.sql")
_TIMELINE = f"WITH {fragment('_told_versions')}\n{SQL['timeline']}"

QUIET_DAYS = 14
NOT_BEGUN_DAYS = 7
RECENT_DAYS = 28
MAX_SHOWN = 500
MAX_SESSIONS = 300
MAX_COMMENTS = 20
# Half of the answers of voice services are faster.
SLOW_MS = 1500
MAX_SLOW_TURNS = 200
TALK_NEEDS = (Need.LOW_RATING, Need.LOW_CHECK_IN, Need.FAILED_SESSION)


class ClientNotFoundError(CoachroomError):
    """There is no such client, or they are somebody else's: the answer is the same."""

    def __init__(self) -> None:
        super().__init__("There is no client of yours at this address.")


@dataclass(frozen=True)
class Client:
    """One client as their coach knows them.

    `coached_by_viewer`: whether whoever looks is their human coach and both are members, so that `ensure_coach_of`
    lets them write, suggest and book. `is_member`: whether the client is one still.
    """

    id: str
    name: str
    tier: str | None
    coach_email: str | None
    coached_by_viewer: bool
    is_member: bool


@dataclass(frozen=True)
class Caseload:
    """The clients, those who need somebody first, at most MAX_SHOWN of them; and how many there are in all.

    Columns: client_id, client, tier, coach_email, joined_at, sessions, recent_sessions, last_session, rating,
    check_in, its four items, need, days_away and days_joined: since the last session and since they joined.
    `last_session` is on the client's own clock, and days are those of their calendar.
    """

    as_of: datetime
    rows: pd.DataFrame
    clients: int
    need_a_talk: int
    gone_quiet: int
    not_begun: int

    @property
    def to_talk_with(self) -> pd.DataFrame:
        """Those of `rows` who need a talk, the most urgent first."""
        return self.rows[self.rows["need"].isin(list(TALK_NEEDS))]


class CaseloadReader:
    """Reads clients for one person at a time: a coach their own, an administrator everybody's, others none."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def load(
        self, viewer: Person, as_of: datetime, *, min_valid_seconds: float, named: str | None = None
    ) -> Caseload:
        """The clients this person may see, only those whose name contains `named` if it is given."""
        values = {
            "coach": _coach(viewer),
            "as_of": as_of,
            "among": named_like(self._store, named) if named else None,
            "most": MAX_SHOWN,
            "min_valid_seconds": min_valid_seconds,
            "recent_from": as_of - timedelta(days=RECENT_DAYS),
            "quiet_before": as_of - timedelta(days=QUIET_DAYS),
            "not_begun_before": as_of - timedelta(days=NOT_BEGUN_DAYS),
            "needs": list(Need),
            "talk_needs": list(TALK_NEEDS),
        }
        frame = self._store.frame(SQL["caseload"], values)
        totals = ("clients", "need_a_talk", "gone_quiet", "not_begun")
        numbers = [0 if frame.empty else int(frame[name].iloc[0]) for name in totals]
        zones = [zone_named(zone) or UTC_ZONE for zone in frame["timezone"]]
        frame["days_away"] = _days_since(frame["last_session"], as_of, zones)
        frame["days_joined"] = _days_since(frame["joined_at"], as_of, zones)
        frame["last_session"] = [
            at if pd.isna(at) else there(at.to_pydatetime(), zone).replace(tzinfo=None)
            for at, zone in zip(frame["last_session"], zones, strict=True)
        ]
        return Caseload(as_of, frame.drop(columns=["timezone", *totals]), *numbers)

    def find_client(self, viewer: Person, client_id: str) -> Client:
        """The client, if this person may see them. Raises ClientNotFoundError."""
        found = self._store.execute(SQL["one_client"], [client_id, _coach(viewer)])
        if not found:
            raise ClientNotFoundError
        id, name, tier, coach_email, is_member = found[0]
        # A coach finds their own clients alone, and only while they are a member themselves.
        mine = viewer.role is Role.COACH and bool(is_member)
        return Client(id, name, tier, coach_email, coached_by_viewer=mine, is_member=bool(is_member))

    def coached_by(self, coach: Person) -> frozenset[str]:
        """The clients for whom `ensure_coach_of` lets this coach write: a page asks before it offers it."""
        return _coached_by(self._store, coach.email)

    def comments(self, viewer: Person, as_of: datetime, *, client: Client | None = None) -> pd.DataFrame:
        """What clients wrote for this person to read: of one client, or the latest of all they may see.

        Columns: client_id, client, start_time, rating, comment.
        """
        values = {
            "coach": _coach(viewer),
            "reader": viewer.role.value,
            "client": client.id if client else None,
            "as_of": as_of,
            "since": None if client else as_of - timedelta(days=RECENT_DAYS),
            "most": MAX_COMMENTS,
        }
        return self._store.frame(SQL["comments"], values)

    def timeline(self, client: Client, as_of: datetime) -> pd.DataFrame:
        """A client's ended sessions, latest first: how each went, how it felt, and how long the answers took."""
        return self._store.frame(_TIMELINE, [client.id, as_of, MAX_SESSIONS])

    def slow_turns(self, client: Client, as_of: datetime) -> pd.DataFrame:
        """The client's turns that were answered later than SLOW_MS, latest first: when, and which part took how long.

        Columns: start_time (the session's), at_time, felt_ms, transcript_ms, answer_ms; a part that was not measured
        is missing.
        """
        return self._store.frame(SQL["slow_turns"], [client.id, as_of, SLOW_MS, MAX_SLOW_TURNS])


def ensure_coach_of(transaction: Transaction, email: str, client_id: str) -> None:
    """Within the caller's transaction: somebody is the client's own coach, and both are members.

    Raises ClientNotFoundError.

    Asked where something is written, as the page may be an old one.
    """
    if not _coached_by(transaction, email, client_id):
        raise ClientNotFoundError


def ensure_coach_on_record(transaction: Transaction, email: str, client_id: str) -> None:
    """As `ensure_coach_of`, also of a client who was removed, whose coach on record is a member still.

    Raises ClientNotFoundError.
    """
    if not transaction.execute(SQL["is_coach_on_record"], [client_id, email]):
        raise ClientNotFoundError


def _coached_by(source: Store | Transaction, email: str, client_id: str | None = None) -> frozenset[str]:
    return frozenset(str(id) for (id,) in source.execute(SQL["coached_by"], [email, client_id]))


def _days_since(moments: pd.Series, as_of: datetime, zones: Sequence[ZoneInfo]) -> pd.Series:
    """Days of each one's own calendar, missing where the moment is."""
    days = [
        None if pd.isna(at) else days_between(at.to_pydatetime(), as_of, zone)
        for at, zone in zip(moments, zones, strict=True)
    ]
    return pd.Series(days, moments.index, dtype="Int64")


def _coach(viewer: Person) -> str | None:
    if viewer.role is Role.ADMIN:
        return None
    if viewer.role is not Role.COACH:
        raise ClientNotFoundError
    return viewer.email
