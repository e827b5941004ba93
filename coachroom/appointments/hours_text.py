"""Hours as people write and read them: "9:00-12:30, 14-17"."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from coachroom.appointments.calendars import CELL_MINUTES, DAY_MINUTES, Hours
from coachroom.coaching.validation import InvalidInputError

MAX_STRETCHES = 6
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_TIME = r"(\d{1,2})(?:[:.](\d{2}))?"
_STRETCH = re.compile(rf"{_TIME}\s*(?:-|–|—|to)\s*{_TIME}", re.ASCII)
_OFF = frozenset({"", "off", "-", "–", "none"})


def read_hours(text: str) -> tuple[Hours, ...]:
    """The stretches of a day, in order; none for an empty text or "off". Raises InvalidInputError."""
    if text.strip().lower() in _OFF:
        return ()
    hours = tuple(sorted(_stretch(part.strip()) for part in text.split(",")))
    if len(hours) > MAX_STRETCHES:
        raise InvalidInputError(f"A day has at most {MAX_STRETCHES} stretches of hours: join some of them.")
    for one, other in pairwise(hours):
        if other.begins < one.ends:
            raise InvalidInputError(f"{hours_text([one])} and {hours_text([other])} overlap: join the two.")
    return hours


def read_week(texts: Sequence[str]) -> Mapping[int, tuple[Hours, ...]]:
    """The hours of each weekday, 0 is Monday, from a text for each. Raises InvalidInputError, which names every
    weekday that cannot be read."""
    week, wrong = {}, []
    for weekday, (name, text) in enumerate(zip(WEEKDAYS, texts, strict=True)):
        try:
            week[weekday] = read_hours(text)
        except InvalidInputError as error:
            wrong.append(f"{name}: {error}")
    if wrong:
        raise InvalidInputError(" ".join(wrong))
    return week


def hours_text(hours: Sequence[Hours]) -> str:
    """Such as "09:00–12:30, 14:00–17:00"; empty where there are none."""
    return ", ".join(f"{minute_text(each.begins)}–{minute_text(each.ends)}" for each in hours)


def _stretch(text: str) -> Hours:
    found = _STRETCH.fullmatch(text)
    if found is None:
        raise InvalidInputError(f"“{text[:40]}” is no stretch of hours: write it as 9:00-12:30.")
    begins, ends = (int(hour) * 60 + int(minute or 0) for hour, minute in (found.group(1, 2), found.group(3, 4)))
    if any(int(minute or 0) > 59 for minute in found.group(2, 4)) or ends > DAY_MINUTES:
        raise InvalidInputError(f"“{text}” holds no time of a day: hours go from 0:00 to 24:00.")
    if begins >= ends:
        raise InvalidInputError(f"“{text}” ends before it begins: hours past midnight belong to the next day.")
    if begins % CELL_MINUTES or ends % CELL_MINUTES:
        raise InvalidInputError(f"“{text}”: hours begin and end at whole {CELL_MINUTES} minutes.")
    return Hours(begins, ends)


def minute_text(minute: int) -> str:
    """A minute of a day, such as "09:00"."""
    return f"{minute // 60:02}:{minute % 60:02}"
