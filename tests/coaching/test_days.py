"""A day as somebody writes it is the day that is kept, or it is refused."""

from __future__ import annotations

from datetime import date

import pytest

from coachroom.coaching.days import day_written
from coachroom.coaching.validation import InvalidInputError

FRIDAY = date(2026, 5, 1)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("", None),
        ("  ", None),
        ("today", "2026-05-01"),
        ("Tomorrow!", "2026-05-02"),
        ("by Monday", "2026-05-04"),
        ("fri", "2026-05-08"),
        ("4th of May", "2026-05-04"),
        ("2026-05-04", "2026-05-04"),
        ("2026/5/4", "2026-05-04"),
        ("4 May", "2026-05-04"),
        ("May 4th, 2027", "2027-05-04"),
        ("4 may 2026", "2026-05-04"),
        ("30 april", "2027-04-30"),
        ("4.5.", "2026-05-04"),
        ("04.05.2027", "2027-05-04"),
        ("29 Feb 2028", "2028-02-29"),
        ("29 Feb", "2028-02-29"),
    ],
)
def test_what_names_a_day_is_that_day(text: str, day: str | None) -> None:
    assert day_written(text, FRIDAY) == (date.fromisoformat(day) if day else None)


@pytest.mark.parametrize(
    "text",
    [
        "soon",
        # One day to some, a week later to others.
        "next Friday",
        "31 February",
        "2026-13-01",
        "4/5/2026",
        "4 Mai",
        "2026-04-30",
        "2040-01-01",
        "0001-01-01",
        "29 Feb 2027",
        "m 4",
    ],
)
def test_what_cannot_be_taken_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError):
        day_written(text, FRIDAY)
