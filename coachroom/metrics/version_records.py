"""What sessions say of a comparison's two versions, and of the community's pace: for planning and guarding it."""

from __future__ import annotations

from datetime import datetime

from coachroom.comparisons.guard import ArmRecord, Records
from coachroom.comparisons.planning import NEW_CLIENTS_WITHIN, RATINGS_WITHIN, SESSIONS_WITHIN, CommunityPace
from coachroom.comparisons.states import Arm
from coachroom.metrics.statistics import wilson
from coachroom.store.statements import load_statements
from coachroom.store.store import Row, Store

SQL = load_statements("coachroom.metrics", "_version_records.sql")


def pace_at(store: Store, min_valid_seconds: float, now: datetime) -> CommunityPace:
    """What the community did before `now`, naive UTC; a valid session lasts so many seconds at least."""
    since = [now - within for within in (RATINGS_WITHIN, NEW_CLIENTS_WITHIN, SESSIONS_WITHIN)]
    return CommunityPace(*map(int, store.execute(SQL["pace"], [min_valid_seconds, now, *since])[0]))


def records_of(store: Store, min_valid_seconds: float, comparison_id: str) -> Records:
    """By the version drawn, not met. Who was drawn among the first is in the failures alone."""
    rows = store.execute(SQL["ended"], [comparison_id, min_valid_seconds])
    return {arm: _record([row for row in rows if row[0] == arm]) for arm in Arm}


def _record(rows: list[Row]) -> ArmRecord:
    valid = [(client, rating) for _, client, fence, _, is_valid, rating in rows if is_valid and not fence]
    ratings = [(client, float(rating)) for client, rating in valid if rating is not None]
    failed = sum(bool(row[3]) for row in rows)
    return ArmRecord(
        clients=len({client for client, _ in valid}),
        sessions=len(valid),
        ratings=ratings,
        failed=failed,
        ended=len(rows),
        failing=_interval(failed, len(rows)),
        answering=_interval(len(ratings), len(valid)),
    )


def _interval(part: int, whole: int) -> tuple[float, float]:
    return wilson(part / whole, whole) if whole else (0.0, 1.0)
