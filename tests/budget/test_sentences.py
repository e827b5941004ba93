"""What a client is told of the budget, on the client's own clock."""

from __future__ import annotations

from datetime import datetime
from math import inf
from zoneinfo import ZoneInfo

import pytest

from coachroom.budget.allowance import Allowance
from coachroom.budget.amounts import Amounts, Period
from coachroom.budget.days import community_day
from coachroom.budget.sentences import left_sentence, spent_sentence

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
NOW = datetime(2026, 5, 12, 12)
SESSION_MINUTES = 30
OF_MONTH = (
    "Your community has 12 minutes with the coach left this month. The next month starts on 1 June at midnight."
)


def allowance(*left: Amounts) -> Allowance:
    """What is left by period; of a period that is not given, everything."""
    given = [*left, *[Amounts(inf, inf, inf)] * (len(Period) - len(left))]
    return Allowance(dict(zip(Period, given, strict=True)), community_day(NOW, BERLIN))


def left(*amounts: Amounts, zone: ZoneInfo = BERLIN) -> str | None:
    return left_sentence(allowance(*amounts), SESSION_MINUTES, NOW, zone)


@pytest.mark.parametrize(
    ("amounts", "sentence"),
    [
        ([Amounts(30, 4, 9)], None),
        ([Amounts(29.9, 4, 9)], "You have 29 minutes with the coach left today. The next day starts at midnight."),
        ([Amounts(1.2, 4, 9)], "You have 1 minute with the coach left today. The next day starts at midnight."),
        ([Amounts(90, 3, 9)], "You have 3 more calls with the coach left today. The next day starts at midnight."),
        ([Amounts(90, 1, 9)], "You have 1 more call with the coach left today. The next day starts at midnight."),
        (
            [Amounts(90, 9, 9), Amounts(12, 99, 99)],
            "Your community has 12 minutes with the coach left today. The next day starts at midnight.",
        ),
        (
            [Amounts(90, 9, 9), Amounts(99, 99, 99), Amounts(12, 99, 99)],
            OF_MONTH,
        ),
        # Of equals the one that lasts longest is named.
        (
            [Amounts(12, 9, 9), Amounts(12, 99, 99), Amounts(12, 99, 99)],
            OF_MONTH,
        ),
    ],
)
def test_what_is_left_is_said_where_it_is_little(amounts: list[Amounts], sentence: str | None) -> None:
    assert left(*amounts) == sentence


def test_the_next_day_starts_on_the_readers_clock() -> None:
    assert left(Amounts(10, 4, 9), zone=NEW_YORK) == (
        "You have 10 minutes with the coach left today. The next day starts at 18:00."
    )


def test_a_month_that_is_used_up_names_the_day_on_which_the_next_begins() -> None:
    sentence = spent_sentence(allowance(), Period.COMMUNITY_MONTH, NOW, NEW_YORK)
    assert sentence.endswith("for this month. The next month starts on 31 May at 18:00.")
