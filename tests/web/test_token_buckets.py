"""How often something may be done: never more than the rate in any stretch of time, in bounded memory."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachroom.web.token_buckets import Rate, TokenBuckets

TAKES = st.lists(st.tuples(st.integers(0, 6), st.floats(0, 5, allow_nan=False)), max_size=200)


@given(TAKES, st.integers(1, 5), st.sampled_from([0.1, 0.5, 1, 3]), st.integers(1, 4))
def test_no_key_is_allowed_more_than_its_rate_in_any_stretch_of_time(
    takes: list[tuple[int, float]], burst: int, every: float, max_keys: int
) -> None:
    buckets, now = TokenBuckets(Rate(burst, every), max_keys), 1000.0
    allowed: dict[int, list[float]] = defaultdict(list)
    for key, pause in takes:
        now += pause
        if buckets.take(str(key), now) == 0:
            allowed[key].append(now)
        # The one that the others share comes on top.
        assert len(buckets) <= max_keys + 1
    for times in allowed.values():
        for first, since in enumerate(times):
            for last, until in enumerate(times[first:], first):
                assert last - first + 1 <= burst + (until - since) / every + 1e-6


@given(TAKES)
def test_who_waits_as_long_as_told_is_allowed(takes: list[tuple[int, float]]) -> None:
    buckets, now = TokenBuckets(Rate.a_minute(40)), 0.0
    for key, pause in takes:
        now += pause
        wait = buckets.take(str(key), now)
        if wait:
            now += wait
            assert buckets.take(str(key), now) == 0


def test_one_key_takes_nothing_from_another() -> None:
    buckets = TokenBuckets(Rate.a_minute(3))
    assert [buckets.take("a", 0.0) for _ in range(4)] == [0, 0, 0, pytest.approx(20)]
    assert buckets.take("b", 0.0) == 0
    assert buckets.take("a", 19.0) == pytest.approx(1)
    assert buckets.take("a", 20.0) == 0


def test_a_hundred_thousand_addresses_are_remembered_in_bounded_memory_and_forgotten_when_they_rest() -> None:
    buckets = TokenBuckets(Rate.a_minute(5), max_keys=1000)
    for number in range(100_000):
        buckets.take(f"address {number}", number / 1e6)
    assert len(buckets) == 1001
    assert buckets.take("somebody new", 0.2) > 0
    assert buckets.take("somebody new", 3600.0) == 0
    assert len(buckets) == 1
