"""What cannot be asked is one sentence that names it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from coachroom.metrics.parameters import MetricError, Parameters, RetentionKind, Segment, SegmentBy
from coachroom.metrics.run import run
from coachroom.store.store import Store

AS_OF = datetime(2026, 5, 1)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"start": datetime(2026, 4, 2), "end": datetime(2026, 4, 1)}, "before the start"),
        ({"now": datetime(2026, 4, 1)}, "future"),
        ({"interval": "fortnight"}, "choose day, week or month"),
        ({"kind": "sticky"}, "choose recurring, unbounded or cumulative"),
        ({"timezone": "Europe/Atlantis"}, "Europe/Atlantis"),
        ({"timezone": "../etc/passwd"}, "passwd"),
        ({"min_group": -1}, "negative"),
    ],
)
def test_a_wrong_parameter_is_named(wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(MetricError, match=named) as caught:
        Parameters(as_of=AS_OF, **wrong)
    assert "\n" not in str(caught.value)


def test_an_unknown_metric_is_suggested(store: Store) -> None:
    with pytest.raises(MetricError, match="There is no metric retentoin; did you mean retention"):
        run(store, "retentoin", as_of=AS_OF)
    with pytest.raises(MetricError, match="lists them"):
        run(store, "xyz", as_of=AS_OF)


def test_only_retention_has_kinds(store: Store) -> None:
    with pytest.raises(MetricError, match="nps has no kinds"):
        run(store, "nps", as_of=AS_OF, kind=RetentionKind.RECURRING)


def test_a_cohort_is_a_month() -> None:
    with pytest.raises(MetricError, match="2026-13"):
        Segment(SegmentBy.COHORT, "2026-13")


def test_times_with_an_offset_become_utc() -> None:
    east = timezone(timedelta(hours=2))
    parameters = Parameters(as_of=datetime(2026, 5, 1, 2, tzinfo=east), end=datetime(2026, 4, 1, tzinfo=UTC))
    assert parameters.as_of == datetime(2026, 5, 1)
    assert parameters.until == datetime(2026, 4, 1)
