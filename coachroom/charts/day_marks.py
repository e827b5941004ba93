"""Days that something happened on: a line across the chart with a letter above it, and the words beside the chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from string import ascii_uppercase

import altair as alt
import pandas as pd

from coachroom.charts.theme import FEW, MAX_MARKS, Drawn
from coachroom.clock import short_date
from coachroom.metrics.day_notes import DayNote, notes_by_day
from coachroom.metrics.definitions import definition
from coachroom.metrics.intervals import following
from coachroom.metrics.parameters import Interval

# More lines than this would be the picture.
MAX_MARKED = 12
# Letters nearer to each other than this share of the chart's width would touch on a phone.
LETTER_ROOM = 0.04
ALONG_TIME = frozenset({"interval_start", "day"})


@dataclass(frozen=True)
class DayMark:
    """A day with the letter that stands for it."""

    letter: str
    day: date
    words: str

    @property
    def said(self) -> str:
        """Such as "A, 9 Nov 2026: new prompt"."""
        return f"{self.letter}, {short_date(self.day)}: {self.words}"


def day_marks(metric_id: str, frame: pd.DataFrame, interval: Interval, notes: Sequence[DayNote]) -> list[DayMark]:
    """The latest noted days that a metric's chart spans; none where it has no time axis."""
    dates = definition(metric_id).dates
    if dates not in ALONG_TIME or frame.empty:
        return []
    step = Interval.DAY if dates == "day" else interval
    shown = frame[dates].tail(MAX_MARKS)
    return marked(notes, shown.min().date(), following(shown.max().date(), step) - timedelta(days=1))


def marked(notes: Sequence[DayNote], first: date, last: date) -> list[DayMark]:
    """The days with a note from `first` to `last`, each with a letter in the order of time."""
    days = [(day, words) for day, words in sorted(notes_by_day(notes).items()) if first <= day <= last]
    return [DayMark(letter, *each) for letter, each in zip(ascii_uppercase, days[-MAX_MARKED:], strict=False)]


def with_marks(drawn: Drawn, marks: Sequence[DayMark]) -> Drawn:
    """The chart with a line at each marked day. The letters stand above the chart, where no line runs."""
    if not marks:
        return drawn
    days = pd.DataFrame(
        {
            "x": pd.to_datetime([mark.day for mark in marks]).tz_localize("UTC"),
            "noted": [mark.said for mark in marks],
            "letters": _letters(marks),
        }
    )
    x = alt.X("x:T", title=None, scale=alt.Scale(type="utc"))
    base = alt.Chart(days).encode(x=x, tooltip=[alt.Tooltip("noted:N", title=" ")])
    lines = base.mark_rule(color=FEW, strokeDash=[2, 3], strokeWidth=1.5)
    letters = base.mark_text(color=FEW, fontSize=11, fontWeight="bold", baseline="bottom", align="left", dx=-4, dy=-4)
    layered: Drawn = alt.layer(drawn, lines, letters.encode(y=alt.value(0), text="letters:N"))
    return layered


def marks_sentence(marks: Sequence[DayMark]) -> str:
    """What the letters stand for, for those who read the chart's words."""
    return f"Marked days: {'; '.join(mark.said for mark in marks)}." if marks else ""


def _letters(marks: Sequence[DayMark]) -> list[str]:
    """Letters that would touch stand together at the first of their days."""
    room = (marks[-1].day - marks[0].day) * LETTER_ROOM
    letters = [mark.letter for mark in marks]
    first = 0
    for place in range(1, len(marks)):
        if marks[place].day - marks[first].day < room * len(letters[first]):
            letters[first] += letters[place]
            letters[place] = ""
        else:
            first = place
    return letters
