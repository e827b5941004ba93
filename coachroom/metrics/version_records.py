"""What sessions say of a comparison's two versions, and of the community's pace: for planning and guarding it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from coachroom.comparisons.beside import RETURNED_WITHIN, Beside, Happened
from coachroom.comparisons.guard import ArmRecord, Records
from coachroom.comparisons.planning import NEW_CLIENTS_WITHIN, RATINGS_WITHIN, SESSIONS_WITHIN, CommunityPace
from coachroom.comparisons.states import Arm
from coachroom.metrics.statistics import wilson
from coachroom.store.statements import load_statements
from coachroom.store.store import Store

SQL = load_statements("coachroom.metrics", "_version_records.sql")


@dataclass(frozen=True)
class _DrawnSession:
    """One ended session of a drawn client; `over`: when the comparison ended, None while it runs."""

    arm: str
    client: str
    fence: bool
    failed: bool
    is_valid: bool
    rating: int | None
    start: datetime
    end: datetime
    completed: bool
    over: datetime | None


def pace_at(store: Store, min_valid_seconds: float, now: datetime) -> CommunityPace:
    """What the community did before `now`, naive UTC; a valid session lasts so many seconds at least."""
    since = [now - within for within in (RATINGS_WITHIN, NEW_CLIENTS_WITHIN, SESSIONS_WITHIN)]
    return CommunityPace(*map(int, store.execute(SQL["pace"], [min_valid_seconds, now, *since])[0]))


def records_of(store: Store, min_valid_seconds: float, comparison_id: str) -> Records:
    """By the version drawn, not met. Who was drawn among the first is in the failures alone."""
    rows = [_DrawnSession(*row) for row in store.execute(SQL["ended"], [comparison_id, min_valid_seconds])]
    return {arm: _record([row for row in rows if row.arm == arm]) for arm in Arm}


def _record(rows: list[_DrawnSession]) -> ArmRecord:
    valid = [row for row in rows if row.is_valid and not row.fence]
    ratings = [(row.client, float(row.rating)) for row in valid if row.rating is not None]
    failed = sum(row.failed for row in rows)
    return ArmRecord(
        clients=len({row.client for row in valid}),
        sessions=len(valid),
        ratings=ratings,
        failed=failed,
        ended=len(rows),
        failing=_interval(failed, len(rows)),
        answering=_interval(len(ratings), len(valid)),
        beside=_beside(valid),
    )


def _beside(valid: list[_DrawnSession]) -> dict[Beside, Happened]:
    """Of a session that ended later than so long before the comparison's end it is not known who came back."""
    starts: dict[str, list[datetime]] = defaultdict(list)
    for row in valid:
        starts[row.client].append(row.start)
    ended = [row for row in valid if row.over is not None]
    known = [row for row in ended if row.over is not None and row.end + RETURNED_WITHIN <= row.over]
    returned = [
        (row.client, float(any(row.end <= start <= row.end + RETURNED_WITHIN for start in starts[row.client])))
        for row in known
    ]
    return {Beside.RETURNED: returned, Beside.COMPLETED: [(row.client, float(row.completed)) for row in ended]}


def _interval(part: int, whole: int) -> tuple[float, float]:
    return wilson(part / whole, whole) if whole else (0.0, 1.0)
