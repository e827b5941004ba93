"""Numbers from the mirror of a PostgreSQL are those of a DuckDB file with the same rows, to the last digit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import product
from pathlib import Path

import pandas as pd
import pytest

from coachroom.clock import utc_now
from coachroom.demo import community as demo
from coachroom.metrics.definitions import DEFINITIONS
from coachroom.metrics.mirrored import mirrored_tables
from coachroom.metrics.parameters import Interval, RetentionKind, Segment, SegmentBy
from coachroom.metrics.return_risk import return_forecasts, return_model
from coachroom.metrics.run import run
from coachroom.store.duck import DuckStore
from coachroom.store.migrate import migrate
from coachroom.store.mirror import Mirror
from coachroom.store.postgres import PostgresStore
from coachroom.store.writer import Writer
from tests.databases import new_postgres
from tests.metrics.community import golden, write
from tests.moved import carry_over

Both = tuple[DuckStore, PostgresStore, Mirror]
GOLDEN_AS_OF, DEMO_AS_OF = datetime(2026, 3, 30), datetime(2026, 5, 1)
TABLES = [table.name for table in mirrored_tables()]


def _both(file: DuckStore, folder: Path) -> Iterator[Both]:
    source = PostgresStore(new_postgres())
    migrate(source, DEMO_AS_OF)
    carry_over(file, source, TABLES, folder)
    mirror = Mirror(source, mirrored_tables(), folder, utc_now)
    mirror.refresh()
    yield file, source, mirror
    mirror.close()
    source.close()
    file.close()


@pytest.fixture(scope="module")
def golden_ones(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    file = DuckStore(None)
    migrate(file, DEMO_AS_OF)
    write(file, golden())
    yield from _both(file, tmp_path_factory.mktemp("golden"))


@pytest.fixture(scope="module")
def invented(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    file = DuckStore(None)
    migrate(file, DEMO_AS_OF)
    writer = Writer(file)
    demo.generate(file, writer, demo.Community(80, 700, 3, DEMO_AS_OF), now=DEMO_AS_OF)
    writer.close()
    yield from _both(file, tmp_path_factory.mktemp("invented"))


def _assert_same(both: Both, as_of: datetime, segments: list[Segment | None], *, suppress: bool = False) -> None:
    file, _, mirror = both
    said = 0
    for metric, segment in product(DEFINITIONS, segments):
        interval = Interval.WEEK if segment is None else Interval.MONTH
        for kind in list(RetentionKind) if metric.takes_kind else [None]:
            given = {"as_of": as_of, "interval": interval, "kind": kind, "segment": segment, "suppress": suppress}
            wanted, found = run(file, metric.id, **given), run(mirror, metric.id, **given)
            pd.testing.assert_frame_equal(found, wanted, check_exact=True, obj=f"{metric.id} {interval} {segment}")
            said += len(found) > 0
    assert said > len(DEFINITIONS) / 2


def test_of_the_community_that_was_worked_out_by_hand(golden_ones: Both) -> None:
    _assert_same(
        golden_ones, GOLDEN_AS_OF, [None, Segment(SegmentBy.TIER, "premium"), Segment(SegmentBy.CLIENT, "a")]
    )


def test_of_an_invented_community(invented: Both) -> None:
    file = invented[0]
    ((coach,),) = file.execute(
        "SELECT coach_email FROM members WHERE client_id IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
    )
    _assert_same(invented, DEMO_AS_OF, [None, Segment(SegmentBy.COACH, coach), Segment(SegmentBy.COHORT, "2026-02")])
    _assert_same(invented, DEMO_AS_OF, [None], suppress=True)


def test_of_the_forecast_of_who_comes_back(invented: Both) -> None:
    file, _, mirror = invented
    clients = [client for (client,) in file.execute("SELECT id FROM client_profiles ORDER BY id")]
    made = [return_model(store, DEMO_AS_OF, min_valid_seconds=60) for store in (file, mirror)]
    assert made[0] == made[1]
    forecasts = [
        return_forecasts(store, made[0], clients, DEMO_AS_OF, min_valid_seconds=60) for store in (file, mirror)
    ]
    assert forecasts[0] == forecasts[1]
    assert forecasts[0]


def test_after_rows_were_changed_and_deleted(invented: Both) -> None:
    file, source, mirror = invented
    for store in (file, source):
        with store.transaction() as transaction:
            transaction.execute("UPDATE session_facts SET client_turns = client_turns + 1 WHERE client_no % 3 = 0")
            transaction.execute("UPDATE feedback SET rating = 1 WHERE rating = 5")
            transaction.execute("DELETE FROM check_ins WHERE overall = 3")
    mirror.refresh()
    assert mirror.differences() == []
    _assert_same(invented, DEMO_AS_OF, [None])
