"""What an analyst sees of few people cannot be had from the rest of what an analyst sees."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pandas as pd

from coachroom.metrics.parameters import Interval, Segment, SegmentBy
from coachroom.metrics.run import run
from coachroom.metrics.small_groups import Counted, days_of, hidden_together, pieces_of
from coachroom.store.store import Store
from tests.metrics.community import Community, SessionRow, Turn, write

LATER = datetime(2026, 7, 1)
HELLO = (Turn("client", "hello"),)


def session(client: str, day: datetime, rating: int | None = None) -> SessionRow:
    start = day + timedelta(hours=12)
    end = start + timedelta(minutes=10)
    return SessionRow(f"{client}-{day:%m%d}", client, start, end, "completed", None, HELLO, rating=rating)


def people(tier: str, count: int) -> list[str]:
    return [f"{tier}{number}" for number in range(count)]


def tiers(*groups: list[str]) -> dict[str, str]:
    return {client: client.rstrip("0123456789") for group in groups for client in group}


def seen(store: Store, interval: Interval, segment: str | None = None) -> pd.DataFrame:
    """What an analyst sees of satisfaction."""
    part = Segment(SegmentBy.TIER, segment) if segment else None
    return run(store, "csat", as_of=LATER, interval=interval, segment=part, suppress=True)


def test_the_only_free_members_answer_is_not_the_rest_of_the_others(store: Store) -> None:
    gold, silver, free = people("gold", 7), people("silver", 6), people("free", 1)
    rated = [session(client, datetime(2026, 4, 8), 4) for client in (*gold, *silver)]
    rated.append(session("free0", datetime(2026, 4, 8), 5))
    write(store, Community(sessions=tuple(rated), tiers=tiers(gold, silver, free)))
    for interval in Interval:
        shown = {tier: seen(store, interval, tier)["responses"].sum() for tier in ("gold", "silver", "free")}
        whole = seen(store, interval)["responses"].sum()
        assert shown["free"] == 0
        assert whole - shown["gold"] - shown["silver"] != 1


def test_a_quiet_day_is_not_the_rest_of_its_week(store: Store) -> None:
    clients = people("gold", 8)
    busy = [session(client, datetime(2026, 4, day), 4) for day in (6, 7, 8) for client in clients]
    write(store, Community(sessions=(*busy, session("gold0", datetime(2026, 4, 9), 1))))
    days, week = seen(store, Interval.DAY)["responses"], seen(store, Interval.WEEK)["responses"]
    assert week.sum() - days.sum() != 1


def test_a_quiet_week_is_not_the_rest_of_its_month(store: Store) -> None:
    clients = people("gold", 8)
    busy = [session(client, datetime(2026, 4, day), 4) for day in (1, 6, 13, 20) for client in clients]
    write(store, Community(sessions=(*busy, session("gold0", datetime(2026, 4, 29), 1))))
    weeks, month = seen(store, Interval.WEEK)["responses"], seen(store, Interval.MONTH)["responses"]
    assert month.sum() - weeks.sum() != 1


def test_a_range_that_ends_a_day_earlier_does_not_show_that_day(store: Store) -> None:
    clients = people("gold", 8)
    busy = [session(client, datetime(2026, 4, 6), 4) for client in clients]
    write(store, Community(sessions=(*busy, session("gold0", datetime(2026, 4, 12), 1))))
    ends = [datetime(2026, 4, 12), datetime(2026, 4, 13)]
    shown = [run(store, "csat", as_of=LATER, end=end, suppress=True)["responses"].sum() for end in ends]
    assert shown[1] - shown[0] != 1


def test_what_is_hidden_together_holds_something_large_or_everything() -> None:
    assert hidden_together({"a": 9, "b": 5, "c": 0}, 5) == set()
    assert hidden_together({"a": 9, "b": 5, "c": 1, "d": 0}, 5) == {"b", "c"}
    assert hidden_together({"a": 4, "b": 1, "c": 0}, 5) == {"a", "b", "c"}


def test_a_week_is_cut_where_a_month_begins() -> None:
    assert pieces_of(date(2026, 3, 1)) == [date(2026, 3, day) for day in (1, 2, 9, 16, 23, 30)]
    assert days_of(date(2026, 3, 30)) == [date(2026, 3, 30), date(2026, 3, 31)]
    assert days_of(date(2026, 3, 1)) == [date(2026, 3, 1)]


def test_a_short_part_of_a_week_is_as_large_as_its_largest_day() -> None:
    days = {date(2026, 3, 30): 4, date(2026, 3, 31): 3}
    assert Counted(days, {}).people_in(date(2026, 3, 30)) == 4
    assert Counted(days, {}, once=True).people_in(date(2026, 3, 30)) == 7
