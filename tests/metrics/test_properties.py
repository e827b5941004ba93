"""What must hold whatever the numbers are: orders, sums, time zones, and who changes whose numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coachroom.metrics.definitions import DEFINITIONS, ColumnType
from coachroom.metrics.parameters import Interval, Parameters, RetentionKind, Segment, SegmentBy
from coachroom.metrics.run import measure, run
from coachroom.store.store import Store
from tests.metrics.community import Community, SessionRow, Turn, golden, write
from tests.metrics.rows import rows_of
from tests.metrics.strategies import CLIENTS, communities

LATER = datetime(2026, 7, 1)
A_FEW = settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)


def row(number: int, start: datetime, client: str = "a", seconds: float = 600) -> SessionRow:
    return SessionRow(f"v{number}", client, start, start + timedelta(seconds=seconds), "completed", turns=(HELLO,))


HELLO = Turn("client", "hello")


def everything(store: Store, parameters: Parameters) -> dict[str, pd.DataFrame]:
    return {metric.id: measure(store, metric.id, parameters) for metric in DEFINITIONS}


@A_FEW
@given(community=communities(), interval=st.sampled_from(list(Interval)))
def test_retention_kinds_contain_each_other(store: Store, community: Community, interval: Interval) -> None:
    write(store, community)
    recurring, unbounded, cumulative = (
        run(store, "retention", as_of=LATER, interval=interval, kind=kind)
        for kind in (RetentionKind.RECURRING, RetentionKind.UNBOUNDED, RetentionKind.CUMULATIVE)
    )
    assert (cumulative["retained"] <= recurring["retained"]).all()
    assert (recurring["retained"] <= unbounded["retained"]).all()
    for frame in (recurring, unbounded, cumulative):
        first = frame[frame["period"] == 0]
        assert (first["retained"] == first["cohort_size"]).all()
        assert (frame["low"] <= frame["value"]).all()
        assert (frame["value"] <= frame["high"]).all()


@A_FEW
@given(community=communities(), interval=st.sampled_from(list(Interval)))
def test_lifecycle_adds_up(store: Store, community: Community, interval: Interval) -> None:
    write(store, community)
    frame = run(store, "lifecycle", as_of=LATER, interval=interval)
    assert (frame["new"] + frame["returning"] + frame["resurrecting"] == frame["active"]).all()
    # Who was active is active again or dormant in the next interval.
    stay = frame["returning"] + frame["dormant"]
    assert list(stay[1:]) == list(frame["active"][:-1])


@A_FEW
@given(community=communities(), random=st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(store: Store, community: Community, random: object) -> None:
    asked = Parameters(as_of=LATER, timezone="Europe/Berlin")
    write(store, community)
    before = everything(store, asked)
    shuffled = {}
    for part in (
        "sessions",
        "goals",
        "reviews",
        "actions",
        "invitations",
        "appointments",
        "asks",
        "trial_ends",
        "draws",
    ):
        rows = list(getattr(community, part))
        random.shuffle(rows)  # type: ignore[attr-defined]
        shuffled[part] = tuple(rows)
    write(store, replace(community, **shuffled))
    for metric_id, frame in everything(store, asked).items():
        pd.testing.assert_frame_equal(frame, before[metric_id], check_exact=True, obj=metric_id)


@A_FEW
@given(community=communities(), inside=st.sets(st.sampled_from(CLIENTS)))
def test_others_do_not_change_a_segments_numbers(store: Store, community: Community, inside: set[str]) -> None:
    asked = Parameters(as_of=LATER, interval=Interval.MONTH)
    # Each client stands on the roster once, by the tier.
    community = replace(community, invitations=())
    write(store, replace(community, tiers={client: "gold" if client in inside else "free" for client in CLIENTS}))
    segment = everything(store, replace(asked, segment=Segment(SegmentBy.TIER, "gold")))
    write(store, replace(only(community, inside), tiers=dict.fromkeys(inside, "gold")))
    for metric_id, frame in everything(store, asked).items():
        pd.testing.assert_frame_equal(segment[metric_id], frame, check_exact=True, obj=metric_id)


def only(community: Community, clients: set[str]) -> Community:
    goals = tuple(goal for goal in community.goals if goal.client in clients)
    own = {goal.id for goal in goals}
    return Community(
        sessions=tuple(v for v in community.sessions if v.client in clients),
        goals=goals,
        reviews=tuple(review for review in community.reviews if review.goal in own),
        actions=tuple(action for action in community.actions if action.client in clients),
        appointments=tuple(agreed for agreed in community.appointments if agreed.client in clients),
        asks=tuple(ask for ask in community.asks if ask.client in clients),
        trial_ends=tuple(end for end in community.trial_ends if end.client in clients),
    )


@pytest.mark.parametrize(
    ("zone", "midnights"),
    [
        # Clocks went forward in Berlin on Sunday 29 March 2026: a day of 23 hours.
        ("Europe/Berlin", [datetime(2026, 3, 28, 23), datetime(2026, 3, 29, 22), datetime(2026, 3, 30, 22)]),
        # Clocks went back in New York on Sunday 1 November 2026: a day of 25 hours.
        ("America/New_York", [datetime(2026, 11, 1, 4), datetime(2026, 11, 2, 5), datetime(2026, 11, 3, 5)]),
        ("Asia/Kolkata", [datetime(2026, 5, 1, 18, 30), datetime(2026, 5, 2, 18, 30), datetime(2026, 5, 3, 18, 30)]),
        ("UTC", [datetime(2026, 5, 2), datetime(2026, 5, 3), datetime(2026, 5, 4)]),
    ],
)
def test_a_day_begins_and_ends_at_local_midnight(store: Store, zone: str, midnights: list[datetime]) -> None:
    instants = [moment + timedelta(milliseconds=step) for moment in midnights for step in (-1, 0)]
    write(store, Community(sessions=tuple(row(n, moment) for n, moment in enumerate(instants))))
    frame = run(store, "session_outcomes", as_of=datetime(2027, 1, 1), interval=Interval.DAY, timezone=zone)
    assert list(frame["sessions"]) == [1, 2, 2, 1]
    gaps = run(store, "return_gaps", as_of=datetime(2027, 1, 1), timezone=zone)
    assert rows_of(gaps) == [(0, 2), (1, 3)]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Kolkata"])
def test_days_of_other_lengths_are_all_there(store: Store, zone: str) -> None:
    write(store, Community(sessions=(row(1, datetime(2026, 3, 1, 12)),)))
    days = run(store, "active_clients", as_of=datetime(2026, 12, 1, 12), timezone=zone)["day"]
    assert list(days.dt.date) == [date(2026, 3, 1) + timedelta(days=n) for n in range(276)]


def test_a_leap_day_is_a_day(store: Store) -> None:
    moments = [datetime(2024, 2, 28, 12), datetime(2024, 2, 29, 12), datetime(2024, 3, 1, 12)]
    write(store, Community(sessions=tuple(row(n, moment) for n, moment in enumerate(moments))))
    days = run(store, "active_clients", as_of=datetime(2024, 3, 2))
    assert rows_of(days[["day", "dau"]]) == [(moment.date(), 1) for moment in moments]
    assert rows_of(run(store, "return_gaps", as_of=datetime(2024, 3, 2))) == [(1, 2)]
    months = run(store, "retention", as_of=datetime(2024, 3, 2), interval=Interval.MONTH)
    assert rows_of(months[["cohort_start", "period", "mature"]]) == [
        (date(2024, 2, 1), 0, True),
        (date(2024, 2, 1), 1, False),
    ]


def test_a_session_across_midnight_belongs_to_the_day_it_began(store: Store) -> None:
    write(store, Community(sessions=(row(1, datetime(2026, 3, 8, 23, 50), seconds=1200),)))
    frame = run(store, "session_duration", as_of=LATER, interval=Interval.DAY)
    assert rows_of(frame) == [(date(2026, 3, 8), 1, 1200.0, 1200.0, 1200.0, 1200.0)]


def test_a_session_across_as_of_counts_and_one_that_begins_then_does_not(store: Store) -> None:
    as_of = datetime(2026, 3, 9)
    write(store, Community(sessions=(row(1, as_of - timedelta(minutes=5)), row(2, as_of, "b"))))
    frame = run(store, "session_duration", as_of=as_of)
    assert rows_of(frame) == [(date(2026, 3, 2), 1, 600.0, 600.0, 600.0, 600.0)]
    assert list(run(store, "active_clients", as_of=as_of)["day"].dt.date) == [date(2026, 3, 8)]


@pytest.mark.parametrize("suppress", [False, True])
def test_an_empty_database_gives_the_same_columns_and_types(store: Store, suppress: bool) -> None:
    asked = Parameters(as_of=LATER, suppress=suppress)
    write(store, Community())
    empty = everything(store, asked)
    write(store, golden())
    for metric_id, full in everything(store, asked).items():
        assert dict(empty[metric_id].dtypes) == dict(full.dtypes), metric_id
    assert {metric_id: len(frame) for metric_id, frame in empty.items() if len(frame)} == {
        "return_rate": 3,
        "reliable_change": 1,
        "funnel": 5,
    }
    assert rows_of(empty["return_rate"]) == [(k, 0, 0, None, None, None) for k in (7, 14, 30)]


def test_a_range_without_sessions_still_has_its_days(store: Store) -> None:
    write(store, Community())
    frame = run(store, "active_clients", as_of=LATER, start=datetime(2026, 5, 1), end=datetime(2026, 5, 3))
    assert rows_of(frame) == [(date(2026, 5, day), 0, 0, 0, None) for day in (1, 2)]


def test_the_window_of_a_month_moves_on(store: Store) -> None:
    write(store, Community(sessions=(row(1, datetime(2026, 3, 1, 12)),)))
    frame = run(store, "active_clients", as_of=datetime(2026, 4, 5))
    assert list(frame["wau"]) == [1] * 7 + [0] * 28
    assert list(frame["mau"]) == [1] * 30 + [0] * 5


@pytest.mark.parametrize("metric", DEFINITIONS, ids=lambda metric: metric.id)
def test_numbers_about_few_people_are_suppressed(store: Store, metric: object) -> None:
    """The golden community has twelve clients: with groups of thirteen, what is left is keys, zeros and gaps."""
    assert metric in DEFINITIONS
    write(store, golden())
    frame = run(store, metric.id, as_of=LATER, suppress=True, min_group=13)  # type: ignore[attr-defined]
    for column in metric.columns:  # type: ignore[attr-defined]
        if not column.key and column.type is not ColumnType.FLAG:
            assert all(pd.isna(value) or value == 0 for value in frame[column.name]), column.name


def test_groups_that_are_large_enough_are_shown(store: Store) -> None:
    write(store, golden())
    as_of = datetime(2026, 3, 30)
    for metric in DEFINITIONS:
        plain, told = (
            run(store, metric.id, as_of=as_of),
            run(store, metric.id, as_of=as_of, suppress=True, min_group=1),
        )
        pd.testing.assert_frame_equal(plain, told, obj=metric.id)
    # Week 1: a, b, c and f had valid sessions, a b c d rated; week 2: a b c d g, b d rated.
    sessions = run(store, "session_duration", as_of=as_of, suppress=True, min_group=4)["sessions"]
    assert list(sessions) == [5, 6, 4, 4]
    # Only week 2 is about five people: it goes with the others, which it would be held against.
    sessions = run(store, "session_duration", as_of=as_of, suppress=True, min_group=5)["sessions"]
    assert [None if pd.isna(n) else n for n in sessions] == [None, None, None, None]
    csat = run(store, "csat", as_of=as_of, suppress=True, min_group=4)
    assert rows_of(csat[["responses", "sessions"]]) == [(None, 5), (None, 6), (None, 4), (0, 4)]
    # Each number of a row follows from the others: one that is hidden hides them all.
    lifecycle = run(store, "lifecycle", as_of=as_of, suppress=True, min_group=3)
    assert rows_of(lifecycle)[1] == (date(2026, 3, 9), None, None, None, None, 5)
    # Rows of a histogram go altogether: only b and c came back after 7 days, b and f after 14.
    assert rows_of(run(store, "return_gaps", as_of=as_of, suppress=True, min_group=2)) == [(7, 2), (14, 2)]
