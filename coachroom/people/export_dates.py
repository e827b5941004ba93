"""Dates in a file that a spreadsheet has saved again: all of them together tell the order of day and month."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from coachroom.clock import from_iso

_NUMBERS = re.compile(r"(\d{1,4})([./-])\s?(\d{1,2})\2\s?(\d{1,4})(?:[,\s]+(.+))?")
_DAY_FIRST = re.compile(
    r"(?:[^\W\d]+,?\s+)?(\d{1,2})(?:\.|st|nd|rd|th)?[\s-]+(?:de\s+)?([^\W\d]+)\.?,?[\s-]+(?:de\s+)?(\d{4})(?:[,\s]+(.+))?"
)
_MONTH_FIRST = re.compile(r"(?:[^\W\d]+,\s+)?([^\W\d]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})(?:[,\s]+(.+))?")
_TIME = re.compile(
    r"(?:at\s+|um\s+)?(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,]\d+)?)?(?:\s*([ap])\.?\s?m\.?)?(?:\s*(?:Z|UTC|Uhr))?",
    re.I,
)
_SERIAL = re.compile(r"(\d{5})([.,]\d+)?")
# How the names of months begin in English, German, Spanish, French, Italian, Portuguese and Dutch.
_MONTHS = (
    ("jan", "jän", "ene", "gen"), ("feb", "fév", "fev"), ("mar", "mär", "mrz", "maa"), ("apr", "abr", "avr"),
    ("may", "mai", "mag", "mei"), ("jun", "juin", "giu"), ("jul", "juil", "lug"), ("aug", "ago", "aoû", "aou"),
    ("sep", "set"), ("oct", "okt", "ott", "out"), ("nov",), ("dec", "dez", "dic", "déc"),
)  # fmt: skip
# Spreadsheets count days from here; only days of this century are taken for such.
_SERIAL_START = datetime(1899, 12, 30)
_SERIAL_DAYS = range(36526, 73051)
# Nobody joined a community before or will after; the first and last years have no time in every zone.
_YEARS = range(1990, 2101)


class _Order(Enum):
    """Where the day stands in a date whose year comes last; the values are the places of day and month."""

    DAY_FIRST = (0, 1)
    MONTH_FIRST = (1, 0)


@dataclass(frozen=True)
class DateReader:
    """Reads the dates of one column. `order` is None where the column does not tell it."""

    order: _Order | None

    def read(self, text: str) -> datetime | None:
        """The naive UTC datetime that the text means; None where it cannot be told."""
        found = (_iso(text), _serial(text), _with_month_name(text), _year_first(text))
        meant = next((moment for moment in found if moment is not None), None)
        if meant is None:
            meant = _year_last(text, self.order) if self.order is not None else _whichever(text)
        return meant if meant is not None and meant.year in _YEARS else None


def date_reader(texts: Sequence[str]) -> DateReader:
    """A reader for a column with these texts; those that are no date at all tell nothing."""
    both = [(text, _year_last(text, _Order.DAY_FIRST), _year_last(text, _Order.MONTH_FIRST)) for text in texts]
    day_first = any(day and not month for _, day, month in both)
    month_first = any(month and not day for _, day, month in both)
    if day_first != month_first:
        return DateReader(_Order.DAY_FIRST if day_first else _Order.MONTH_FIRST)
    return DateReader(None if day_first else _usual_order([text for text, day, _ in both if day]))


def _usual_order(texts: Sequence[str]) -> _Order | None:
    """What the way of writing says, where every day could be a month as well."""
    if texts and all("." in text.split()[0] for text in texts):
        return _Order.DAY_FIRST
    if any(re.search(r"\d\s*[ap]\.?\s?m", text, re.IGNORECASE) for text in texts):
        return _Order.MONTH_FIRST
    return None


def _iso(text: str) -> datetime | None:
    try:
        # "20260301" alone is a number to a spreadsheet, and "2026-W09" is nobody's date.
        return from_iso(text) if re.match(r"\d{4}-\d{2}-\d{2}", text) else None
    except ValueError:
        return None


def _serial(text: str) -> datetime | None:
    found = _SERIAL.fullmatch(text)
    if not found or int(found[1]) not in _SERIAL_DAYS:
        return None
    part = float((found[2] or ".0").replace(",", "."))
    return _SERIAL_START + timedelta(days=int(found[1]), seconds=round(part * 86400))


def _with_month_name(text: str) -> datetime | None:
    if found := _DAY_FIRST.fullmatch(text):
        day, name, year, time = found.groups()
    elif found := _MONTH_FIRST.fullmatch(text):
        name, day, year, time = found.groups()
    else:
        return None
    month = next((n for n, begins in enumerate(_MONTHS, 1) if name.casefold().startswith(begins)), None)
    return _moment(int(year), month, int(day), time) if month else None


def _year_first(text: str) -> datetime | None:
    found = _NUMBERS.fullmatch(text)
    return _moment(int(found[1]), int(found[3]), int(found[4]), found[5]) if found and len(found[1]) == 4 else None


def _year_last(text: str, order: _Order) -> datetime | None:
    found = _NUMBERS.fullmatch(text)
    if not found or len(found[1]) > 2 or len(found[4]) not in (2, 4):
        return None
    numbers = int(found[1]), int(found[3])
    day, month = (numbers[place] for place in order.value)
    year = int(found[4]) + (2000 if len(found[4]) == 2 else 0)
    return _moment(year, month, day, found[5])


def _whichever(text: str) -> datetime | None:
    """A date that means the same in both orders."""
    one, other = (_year_last(text, order) for order in _Order)
    return one if one == other else None


def _moment(year: int, month: int, day: int, time: str | None) -> datetime | None:
    hour = minute = second = 0
    if time is not None:
        found = _TIME.fullmatch(time.strip())
        if found is None:
            return None
        hour, minute, second = (int(part or 0) for part in found.group(1, 2, 3))
        if found[4]:
            if not 1 <= hour <= 12:
                return None
            hour = hour % 12 + (12 if found[4].casefold() == "p" else 0)
    try:
        return datetime(year, month, day, hour, minute, second)
    except ValueError:
        return None
