"""A day as somebody writes it: "2026-05-04", "4 May", "4.5.", "tomorrow" or "Friday". Pure."""

from __future__ import annotations

import re
from datetime import date, timedelta

from coachroom.coaching.validation import InvalidInputError, bare, quoted

MAX_DAYS_AHEAD = 3_660
EXAMPLES = "2026-12-04, 4 December, tomorrow or Friday"
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_ISO = re.compile(r"(?P<year>\d{4})[-/](?P<month>\d{1,2})[-/](?P<day>\d{1,2})")
_DOTS = re.compile(r"(?P<day>\d{1,2})\.\s*(?P<month>\d{1,2})\.\s*(?P<year>\d{4})?")
_DAY_FIRST = re.compile(
    r"(?P<day>\d{1,2})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<name>[a-z]{3,9})\.?,?(?:\s+(?P<year>\d{4}))?"
)
_MONTH_FIRST = re.compile(r"(?P<name>[a-z]{3,9})\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?(?:\s+(?P<year>\d{4}))?")
_LEAD = re.compile(r"^(?:by|on|until|till|this)\s+")


def day_written(text: str, today: date) -> date | None:
    """The day from today on that the text names; None where there is no text. Raises InvalidInputError."""
    words = _LEAD.sub("", " ".join(text.casefold().split()).rstrip("!, "))
    if not words:
        return None
    day = _near(words, today) or _written(words, today)
    if day is None:
        raise InvalidInputError(f"{quoted(bare(text, 40), 40)} is not a day we can read: write it like {EXAMPLES}.")
    return day_ahead(day, today)


def day_ahead(day: date, today: date) -> date:
    """The day, where it is today or later and not too far away. Raises InvalidInputError."""
    if day < today:
        raise InvalidInputError(f"{day.isoformat()} is over: choose a day from {today.isoformat()} on, or none.")
    if (day - today).days > MAX_DAYS_AHEAD:
        raise InvalidInputError(f"{day.isoformat()} is more than ten years away: choose an earlier day, or none.")
    return day


def _near(words: str, today: date) -> date | None:
    if words in {"today", "tonight", "tomorrow"}:
        return today + timedelta(days=words == "tomorrow")
    weekday = next((n for n, name in enumerate(_WEEKDAYS) if words in {name, name[:3]}), None)
    return None if weekday is None else today + timedelta(days=(weekday - today.weekday()) % 7 or 7)


def _written(words: str, today: date) -> date | None:
    found = next(
        (match for form in (_ISO, _DOTS, _DAY_FIRST, _MONTH_FIRST) if (match := form.fullmatch(words))), None
    )
    if found is None:
        return None
    parts = found.groupdict()
    month = _month(parts["name"]) if "name" in parts else int(parts["month"])
    if parts["year"]:
        return _day(int(parts["year"]), month, int(parts["day"]))
    # Without a year it is the next such day: that of a leap year may be eight years away.
    days = (_day(today.year + years, month, int(parts["day"])) for years in range(9))
    return next((day for day in days if day is not None and day >= today), None)


def _month(name: str) -> int:
    """0 for what is no month."""
    return next((n for n, month in enumerate(_MONTHS, 1) if month.startswith(name)), 0)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
