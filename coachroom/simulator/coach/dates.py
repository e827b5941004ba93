"""The day that somebody names, where they name it in a few plain words."""

from __future__ import annotations

import re
from datetime import date, timedelta

_ISO = re.compile(r"\b\d{4}-\d\d-\d\d\b")
_NEAR = re.compile(r"\b(?P<near>today|tonight|tomorrow)\b", re.IGNORECASE)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKDAY = re.compile(rf"\b(?:by|on|until|till|before|this|next)\s+(?P<day>{'|'.join(_WEEKDAYS)})\b", re.IGNORECASE)


def day_named(text: str, today: date) -> date | None:
    """The day from today on that the text names; a weekday is the next one that is not today."""
    if written := _ISO.search(text):
        try:
            day = date.fromisoformat(written.group())
        except ValueError:
            return None
        return day if day >= today else None
    if near := _NEAR.search(text):
        return today + timedelta(days=near["near"].lower() == "tomorrow")
    if weekday := _WEEKDAY.search(text):
        ahead = (_WEEKDAYS.index(weekday["day"].lower()) - today.weekday()) % 7
        return today + timedelta(days=ahead or 7)
    return None
