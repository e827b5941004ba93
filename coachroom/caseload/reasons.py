"""Why a coach should look at a client, in plain words, and what they could do. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import pandas as pd

from coachroom.clock import short_date

CHECK_IN_ITEMS = {
    "heard": "being heard",
    "right_topics": "talking about what matters",
    "approach_fits": "the coach's way of working",
    "overall": "the session as a whole",
}


class Need(StrEnum):
    """Why a coach should look at a client, most urgent first."""

    LOW_RATING = "low rating"
    LOW_CHECK_IN = "check-in"
    FAILED_SESSION = "failed session"
    QUIET = "quiet"
    NOT_BEGUN = "not begun"


# Under so many points of 40 a check-in is worth a talk.
WORTH_A_TALK = 36
ABOUT_ITEM = {
    "heard": "ask where they did not feel heard.",
    "right_topics": "ask what they would rather talk about.",
    "approach_fits": "ask what the coach should do differently.",
    "overall": "ask what was missing.",
}
WHAT_TO_DO = {
    Need.LOW_RATING: "Ask what was missing.",
    Need.FAILED_SESSION: "Say sorry, and ask whether it works now.",
    Need.QUIET: "Ask how the last next step went.",
    Need.NOT_BEGUN: "Offer to do the first session together.",
}


def reason(client: Mapping[Any, Any]) -> str:
    """The reason of a row of the caseload that has a need, as the end of a sentence about the client."""
    need = Need(client["need"])
    if need is Need.LOW_RATING:
        return f"gave {client['rating']:.0f} of 5 stars to the last session that they rated"
    if need is Need.LOW_CHECK_IN:
        return _check_in(client)
    if need is Need.FAILED_SESSION:
        return "could not reach the coach in the last session"
    if need is Need.QUIET:
        last = client["last_session"]
        return f"has not been here for {_days(client['days_away'])}, since {short_date(last)}"
    return f"joined {_days(client['days_joined'])} ago and has not had a session yet"


def what_to_do(client: Mapping[Any, Any]) -> str:
    """What one could do about the reason of such a row."""
    need = Need(client["need"])
    if need is Need.LOW_CHECK_IN:
        return f"Under {WORTH_A_TALK} points are worth a talk: {ABOUT_ITEM[_lowest_item(client)]}"
    return WHAT_TO_DO[need]


def reasons(rows: pd.DataFrame) -> list[str | None]:
    """The reason of each row of a caseload, None where there is none."""
    return [reason(row) if isinstance(row["need"], str) else None for row in rows.to_dict("records")]


def _check_in(client: Mapping[Any, Any]) -> str:
    item = _lowest_item(client)
    return (
        f"gave {client['check_in']:.0f} of 40 points in the last check-in, "
        f"{client[item]:.0f} of 10 for {CHECK_IN_ITEMS[item]}"
    )


def _lowest_item(client: Mapping[Any, Any]) -> str:
    """The item that was answered lowest, of equals the first."""
    return min(CHECK_IN_ITEMS, key=lambda each: client[each])


def _days(days: int) -> str:
    return f"{days} {'day' if days == 1 else 'days'}"
