"""Every metric's chart by its id: what pages and notebooks ask for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import altair as alt
import pandas as pd

from coachroom.charts import pictures
from coachroom.charts.day_marks import DayMark, day_marks, marks_sentence, with_marks
from coachroom.charts.formatting import exactly
from coachroom.charts.frames import over_time
from coachroom.charts.headlines import LEADS, T_SCORE
from coachroom.charts.marks import Layer, largest, time_axis, value_axis
from coachroom.charts.retention import height as retention_height
from coachroom.charts.sentences import along_time, sentence
from coachroom.charts.theme import HEIGHT, finish, segment_colour
from coachroom.metrics.day_notes import DayNote
from coachroom.metrics.parameters import Interval

Chart = Layer


def chart(
    metric_id: str,
    frame: pd.DataFrame,
    interval: Interval = Interval.WEEK,
    open_from: date | None = None,
    *,
    dark: bool = False,
    notes: Sequence[DayNote] = (),
) -> Chart:
    """The metric's picture. The frame is what `metrics.run` gave and has something to show.

    The interval that begins at `open_from` is not over yet, and its counts look like it. `dark`: for a dark page.
    `notes` are marked in it where it has a time axis.
    """
    if open_from is not None and "interval_start" in frame:
        frame = frame.assign(is_open=frame["interval_start"] >= pd.Timestamp(open_from))
    if metric_id == "retention":
        drawn, height = pictures.retention(frame, interval, dark=dark), retention_height(frame)
    else:
        drawn, height = pictures.picture(metric_id, frame, interval), HEIGHT
    said = sentence(metric_id, frame, interval, open_from)
    return _framed(drawn, said, day_marks(metric_id, frame, interval, notes), height)


def goal_scores(frame: pd.DataFrame, interval: Interval = Interval.WEEK, *, notes: Sequence[DayNote] = ()) -> Chart:
    """The other side of goal attainment: the clients' T scores."""
    said = along_time(T_SCORE, frame, interval)
    marks = day_marks("goal_attainment", frame, interval, notes)
    return _framed(pictures.goal_scores(frame, interval), said, marks)


def _framed(drawn: Chart, said: str, marks: Sequence[DayMark], height: int = HEIGHT) -> Chart:
    return finish(with_marks(drawn, marks), f"{said} {marks_sentence(marks)}".strip(), height)


def can_be_split(metric_id: str) -> bool:
    """Whether there is one number an interval, so that parts of the community can be compared."""
    return metric_id in LEADS


def split_chart(
    metric_id: str, frame: pd.DataFrame, interval: Interval = Interval.WEEK, *, notes: Sequence[DayNote] = ()
) -> Chart:
    """One line for each `segment`, a column of the frame beside the metric's own."""
    lead = LEADS[metric_id]
    names = list(dict.fromkeys(frame["segment"]))
    shown = Interval.DAY if lead.at == "day" else interval
    drawn = over_time(frame, shown, at=lead.at, marks=2)
    numbers = drawn[lead.column]
    drawn = drawn.assign(said=[exactly(value, lead.unit) for value in numbers])
    lines = (
        alt.Chart(drawn)
        .mark_line(point=lead.at != "day")
        .encode(
            x=time_axis(drawn.sort_values("x")),
            y=value_axis(lead.column, lead.axis, unit=lead.unit, top=largest(numbers), domain=lead.domain),
            color=segment_colour(names),
            strokeDash=alt.StrokeDash("segment:N", sort=None, scale=alt.Scale(domain=names), legend=None),
            tooltip=[
                alt.Tooltip("segment:N", title="part"),
                alt.Tooltip("when:N", title="when"),
                alt.Tooltip("said:N", title=lead.label),
            ],
        )
    )
    return _framed(lines, split_sentence(metric_id, frame), day_marks(metric_id, frame, interval, notes))


def split_sentence(metric_id: str, frame: pd.DataFrame) -> str:
    """The latest number of each part."""
    lead = LEADS[metric_id]
    parts = []
    for name, rows in frame.groupby("segment", sort=False):
        known = rows[lead.column].dropna()
        parts.append(f"{name} {lead.form(float(known.iloc[-1]))}" if len(known) else f"{name} nothing to show")
    return f"{lead.label}, latest of each part: {', '.join(parts)}."
