"""What a client is told of the budget."""

from __future__ import annotations

from datetime import UTC, datetime, time
from math import floor
from zoneinfo import ZoneInfo

from coachroom.budget.allowance import Allowance
from coachroom.budget.amounts import Kind, Period
from coachroom.budget.days import ONE_DAY

FEW_CALLS = 3
SPENT = {
    Period.CLIENT_DAY: "You have used your time with the coach for today.",
    Period.COMMUNITY_DAY: "Your community has used its time with the coach for today.",
    Period.COMMUNITY_MONTH: "Your community has used its time with the coach for this month.",
}
OWNER = {
    Period.CLIENT_DAY: ("You have", "left today"),
    Period.COMMUNITY_DAY: ("Your community has", "left today"),
    Period.COMMUNITY_MONTH: ("Your community has", "left this month"),
}


def spent_sentence(allowance: Allowance, period: Period, now: datetime, zone: ZoneInfo) -> str:
    """No call can start: why, and from when on it can, on the clocks of `zone`."""
    return f"{SPENT[period]} {_renewal(allowance, period, now, zone)}"


def left_sentence(allowance: Allowance, wanted_minutes: float, now: datetime, zone: ZoneInfo) -> str | None:
    """What is left, where that is less than a whole session or only a few calls; None where it is enough."""
    period, left = allowance.least(Kind.MINUTES)
    what = _some_minutes(left)
    if left >= wanted_minutes:
        period, left = allowance.least(Kind.CALLS)
        what = f"{floor(left)} more call{'' if left < 2 else 's'}" if left <= FEW_CALLS else ""
    if not what:
        return None
    whose, until = OWNER[period]
    return f"{whose} {what} with the coach {until}. {_renewal(allowance, period, now, zone)}"


def _some_minutes(minutes: float) -> str:
    whole = floor(minutes)
    return f"{whole:,} minute{'' if whole == 1 else 's'}"


def _renewal(allowance: Allowance, period: Period, now: datetime, zone: ZoneInfo) -> str:
    begins = allowance.renewed_at(period).replace(tzinfo=UTC).astimezone(zone)
    tomorrow = now.replace(tzinfo=UTC).astimezone(zone).date() + ONE_DAY
    clock = "midnight" if begins.time() == time() else f"{begins:%H:%M}"
    day = "" if begins.date() <= tomorrow else f"on {begins.day} {begins:%B} "
    return f"The next {'month' if period is Period.COMMUNITY_MONTH else 'day'} starts {day}at {clock}."
