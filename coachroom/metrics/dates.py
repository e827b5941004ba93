"""Times as people type them: on the command line and in the address of a page."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from coachroom.metrics.parameters import MetricError


def parse_moment(text: str, zone: str) -> datetime:
    """A naive UTC datetime from an ISO 8601 date or time; a date is its midnight.

    What carries no offset is taken in the time zone `zone`. Raises MetricError.
    """
    try:
        local = _parsed(text.strip())
        aware = local if local.tzinfo else local.replace(tzinfo=ZoneInfo(zone))
        return aware.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise MetricError(f"{text!r} is no date: give one like 2026-05-01 or 2026-05-01T09:30.") from None


def _parsed(text: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(text), time())
    except ValueError:
        return datetime.fromisoformat(text)
