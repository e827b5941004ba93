"""Identifiers and times."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from coachroom.clock import days_between, doubled, new_id
from tests.services import NOON


def test_ids_sort_in_the_order_in_which_they_were_made() -> None:
    made = [new_id(NOON) for _ in range(1_000)] + [new_id(NOON + timedelta(milliseconds=1)) for _ in range(1_000)]
    assert made == sorted(made)
    assert len(set(made)) == 2_000


def test_an_id_is_a_uuid_of_version_seven_that_tells_its_millisecond() -> None:
    made = uuid.UUID(new_id(NOON))
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == 1_777_636_800_000


def test_days_between_are_those_of_the_calendar_there() -> None:
    evening, morning = datetime(2026, 5, 1, 21, 59), datetime(2026, 5, 1, 22, 1)
    assert days_between(evening, morning, ZoneInfo("Europe/Berlin")) == 1
    assert days_between(evening, morning, ZoneInfo("UTC")) == 0


def test_whoever_tries_again_waits_twice_as_long_each_time_up_to_the_longest() -> None:
    first, longest = timedelta(minutes=1), timedelta(hours=8)
    assert [doubled(first, times, longest) // first for times in range(4)] == [1, 2, 4, 8]
    assert doubled(first, 9, longest) == doubled(first, 10**6, longest) == longest
