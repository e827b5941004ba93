"""Dates as people type them."""

from __future__ import annotations

from datetime import datetime

import pytest

from coachroom.metrics.dates import parse_moment
from coachroom.metrics.parameters import MetricError


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2026-05-01", "UTC", datetime(2026, 5, 1)),
        (" 2026-05-01 ", "UTC", datetime(2026, 5, 1)),
        ("2026-05-01", "Europe/Berlin", datetime(2026, 4, 30, 22)),
        ("2026-01-01T09:30", "Europe/Berlin", datetime(2026, 1, 1, 8, 30)),
        ("2026-05-01T09:30Z", "Europe/Berlin", datetime(2026, 5, 1, 9, 30)),
        ("2026-05-01T09:30:00.5-02:00", "UTC", datetime(2026, 5, 1, 11, 30, 0, 500_000)),
        ("2018-11-04", "America/Sao_Paulo", datetime(2018, 11, 4, 3)),  # a day without midnight begins at 01:00
    ],
)
def test_what_has_no_offset_is_in_the_reporting_zone(text: str, zone: str, expected: datetime) -> None:
    assert parse_moment(text, zone) == expected


@pytest.mark.parametrize("text", ["", "soon", "2026-02-30", "2026-05-01T25:00", "0001-01-01", "2026-05-01 soon"])
def test_anything_else_is_one_sentence(text: str) -> None:
    with pytest.raises(MetricError, match="is no date: give one like"):
        parse_moment(text, "Asia/Tokyo")
