"""Over random communities no hidden number follows from all that an analyst can see of a metric.

The numbers of all intervals, parts of the community and kinds are taken together, as sums of what one day, tier,
cohort and agent contribute. A hidden number is safe if it is no combination of those shown, by exact linear algebra,
where what must be nothing is left out.
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from coachroom.metrics import published, small_groups
from coachroom.metrics.definitions import DEFINITIONS, Definition, definition
from coachroom.metrics.parameters import Interval, Parameters, Segment, SegmentBy
from coachroom.metrics.run import measure
from coachroom.store.store import Store
from tests.metrics.community import Action, Community, Goal, Review, SessionRow, Turn, write
from tests.metrics.subtraction import CHOSEN, choices, leaks, names

FEW = 3
AS_OF = datetime(2026, 5, 20)
FIRST = datetime(2026, 2, 12)
ASKED = Parameters(as_of=AS_OF, suppress=True, min_group=FEW)
TALK = (Turn("client", "one two"), Turn("agent", "three four five", interrupted=True, felt_ms=900))
# A failure is told as it was found: making it smaller takes minutes.
A_FEW = settings(
    max_examples=2,
    phases=[Phase.explicit, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


def community(chance: random.Random) -> Community:
    """Days that are busy, quiet or empty, tiers of many and of one, and clients of no tier."""
    clients = [f"c{number:02d}" for number in range(chance.randint(5, 22))]
    mood = chance.choice([0.02, 0.06, 0.15])
    sessions = [
        _session(chance, client, FIRST + timedelta(days=day))
        for day in range((AS_OF - FIRST).days)
        for busy in [chance.choice([0, 1, 1, 3])]
        for client in clients
        if chance.random() < mood * busy
    ]
    goals = tuple(Goal(f"g{client}", client, 1.0) for client in clients)
    moments = [session.start for session in sessions]
    # Sometimes nobody is without a tier.
    pool = ["gold"] * 5 + ["silver"] * 4 + ["free"] + [""] * chance.choice([0, 0, 1])
    tiers = {client: chance.choice(pool) for client in clients}
    return Community(
        sessions=tuple(sessions),
        goals=goals,
        reviews=tuple(Review(f"g{v.client}", chance.randint(-2, 2), v.start) for v in sessions),
        actions=tuple(
            Action(f"a{number}", chance.choice(clients), "done", moment, moment)
            for number, moment in enumerate(moments)
        ),
        tiers={client: tier for client, tier in tiers.items() if tier},
    )


def _session(chance: random.Random, client: str, day: datetime) -> SessionRow:
    start = day + timedelta(minutes=chance.randint(0, 1439))
    failed = chance.random() < 0.15
    rated = not failed and chance.random() < 0.6
    return SessionRow(
        f"{client}-{day:%m%d}",
        client,
        start,
        start + timedelta(seconds=chance.choice([30, 600, 900])),
        "failed" if failed else "completed",
        chance.choice(["left", "agent_unreachable"]) if failed else None,
        TALK,
        rating=chance.randint(1, 5) if rated else None,
        nps=chance.randint(0, 10) if rated else None,
        check_in=(5, 6, 7, 8) if rated else None,
        evaluation=chance.choice(["success", "failure", "unknown"]) if rated else None,
        before=3 if rated else None,
        after=chance.randint(3, 9) if rated else None,
    )


def settle(store: Store, seed: int) -> None:
    """Puts the community of this seed into the database; its sessions are with three agents, some with none."""
    write(store, community(random.Random(seed)))
    agents = "['a', 'a', 'a', 'a', 'b', 'b', 'b', 'c']" if seed % 2 else "['a', 'a', 'a', 'b', 'b', 'b', 'c', NULL]"
    store.execute(f"UPDATE session_facts SET agent_id = {agents}[CAST(1 + hash(session_id) % 8 AS bigint)]")


@pytest.mark.parametrize("metric", DEFINITIONS, ids=lambda metric: metric.id)
@A_FEW
@given(seed=st.integers(0, 10_000))
def test_no_hidden_number_follows_from_those_shown(store: Store, metric: Definition, seed: int) -> None:
    settle(store, seed)
    assert leaks(store, metric, ASKED) == []


def only_the_small_ones(sizes: dict[object, int], min_group: int) -> frozenset[object]:
    return frozenset(key for key, people in sizes.items() if 0 < people < min_group)


@pytest.mark.parametrize("place", [published, small_groups], ids=["parts", "days and weeks"])
def test_without_a_second_hidden_number_some_would_follow(
    store: Store, place: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, "hidden_together", only_the_small_ones)
    found = []
    for seed in range(10):
        settle(store, seed)
        found += leaks(store, definition("session_duration"), ASKED)
    assert found


@A_FEW
@given(seed=st.integers(0, 10_000), first=st.integers(0, 95), days=st.integers(1, 60), hours=st.integers(0, 23))
def test_a_range_chooses_rows_and_changes_no_number(
    store: Store, seed: int, first: int, days: int, hours: int
) -> None:
    settle(store, seed)
    start = FIRST + timedelta(days=first, hours=hours)
    for metric in DEFINITIONS:
        keys = [column.name for column in metric.keys]
        for interval in Interval:
            asked = replace(ASKED, interval=interval)
            whole = measure(store, metric.id, asked)
            narrow = measure(
                store,
                metric.id,
                replace(asked, start=start, end=start + timedelta(days=days), as_of=AS_OF + timedelta(hours=hours)),
            )
            if keys:
                # Days on which nothing had happened yet have rows only where a range names them.
                empty = narrow[~narrow[keys].apply(tuple, axis=1).isin(whole[keys].apply(tuple, axis=1))]
                assert not empty.drop(columns=keys).fillna(0).any(axis=None), metric.id
                whole, narrow = (
                    whole.merge(narrow[keys], on=keys)[list(whole.columns)],
                    narrow.drop(index=empty.index).reset_index(drop=True),
                )
            pd.testing.assert_frame_equal(narrow, whole.astype(narrow.dtypes), obj=metric.id)


def test_a_part_of_the_community_is_shown_by_the_month(store: Store) -> None:
    settle(store, 7)
    for metric in DEFINITIONS:
        for by in CHOSEN:
            for name in names(store, by, ASKED)[:1]:
                frames = [
                    measure(store, metric.id, replace(ASKED, interval=interval, segment=Segment(by, name)))
                    for interval in Interval
                ]
                assert all(frame.equals(frames[0]) for frame in frames), metric.id


def test_one_client_is_never_a_part_that_an_analyst_sees(store: Store) -> None:
    settle(store, 1)
    for metric in DEFINITIONS:
        assert measure(store, metric.id, replace(ASKED, segment=Segment(SegmentBy.CLIENT, "c00"))).empty


def test_everything_is_looked_at(store: Store) -> None:
    settle(store, 1)
    asked = {str(choice.segment and choice.segment.by) for choice in choices(store, DEFINITIONS[0], ASKED)}
    assert asked == {"None", "tier", "cohort", "agent"}
