"""A metric's frame for a page, computed once for everybody who asks for the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st
from altair.utils import schemapi

from coachroom.app.current import get_services
from coachroom.charts import catalogue
from coachroom.charts.day_marks import day_marks, marks_sentence
from coachroom.charts.headlines import T_SCORE
from coachroom.charts.sentences import along_time, sentence
from coachroom.metrics.day_notes import DayNote
from coachroom.metrics.parameters import Interval, Parameters, RetentionKind, Segment
from coachroom.metrics.reader import MetricsReader
from coachroom.ui.dashboard.queries import KEPT_SECONDS, Version, day_notes
from coachroom.ui.dashboard.view import View

# Each part of a chart would be held against the schema as it is made, a third of the work; tests do that.
schemapi.disable_debug_mode()


def frame_of(view: View, metric_id: str, kind: RetentionKind | None = None) -> pd.DataFrame:
    """The metric's rows, as `metrics.run` gives them."""
    parameters, metrics = view.parameters(kind), get_services().metrics
    if view.suppresses and view.segment is not None:
        parts = _parts(view.version, metric_id, replace(parameters, segment=Segment(view.segment.by, None)), metrics)
        if view.segment.value in parts:
            return parts[str(view.segment.value)]
    return _frame(view.version, metric_id, parameters, metrics)


def picture_of(
    view: View, metric_id: str, kind: RetentionKind | None = None, *, scores: bool = False
) -> dict[str, Any]:
    """The metric's chart as a Vega-Lite document; `scores`: the other side of goal attainment."""
    # Only the matrix has colours that need to know.
    dark = metric_id == "retention" and st.context.theme.type == "dark"
    return drawn(view, metric_id, kind, scores=scores, dark=dark)


def drawn(
    view: View, metric_id: str, kind: RetentionKind | None = None, *, scores: bool = False, dark: bool = False
) -> dict[str, Any]:
    """Like `picture_of`, for a page that is light or `dark`."""
    frame = frame_of(view, metric_id, kind)
    return _picture(
        metric_id, frame, view.interval, view.open_from, day_notes(view.version), scores=scores, dark=dark
    )


def marked_days(view: View, metric_id: str, frame: pd.DataFrame) -> str:
    """What the letters in a metric's chart stand for; nothing where none is in it."""
    return marks_sentence(day_marks(metric_id, frame, view.interval, day_notes(view.version)))


def sentence_of(view: View, metric_id: str, kind: RetentionKind | None = None, *, scores: bool = False) -> str:
    """What the chart shows, in words."""
    if scores:
        return along_time(T_SCORE, frame_of(view, metric_id), view.interval, view.open_from)
    return sentence(metric_id, frame_of(view, metric_id, kind), view.interval, view.open_from)


# The parameters hold everything that may differ between readers: role (suppression), segment, time zone, as_of.
@st.cache_data(ttl=KEPT_SECONDS, max_entries=400, show_spinner=False)
def _frame(version: Version, metric_id: str, parameters: Parameters, _metrics: MetricsReader) -> pd.DataFrame:
    del version
    return _metrics.measure(metric_id, parameters)


# One part is hidden for another's sake: they are computed together. The segment says by what they are parts.
@st.cache_data(ttl=KEPT_SECONDS, max_entries=100, show_spinner=False)
def _parts(
    version: Version, metric_id: str, parameters: Parameters, _metrics: MetricsReader
) -> dict[str, pd.DataFrame]:
    del version
    return _metrics.measure_parts(metric_id, parameters)


# Keyed by what is drawn, not by when: as long as the numbers stay the same, so does the picture.
@st.cache_data(max_entries=300, show_spinner=False)
def _picture(
    metric_id: str,
    frame: pd.DataFrame,
    interval: Interval,
    open_from: date,
    notes: tuple[DayNote, ...],
    *,
    scores: bool,
    dark: bool,
) -> dict[str, Any]:
    if scores:
        chart = catalogue.goal_scores(frame, interval, notes=notes)
    else:
        chart = catalogue.chart(metric_id, frame, interval, open_from, dark=dark, notes=notes)
    document: dict[str, Any] = chart.to_dict(validate=False)
    return document
