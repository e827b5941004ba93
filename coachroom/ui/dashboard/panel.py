"""One metric on a page: its chart or its table, what it means, and the way to take it away."""

from __future__ import annotations

from typing import Any, Literal

import pandas as pd
import streamlit as st

from coachroom.charts.frames import has_something
from coachroom.charts.headlines import LEADS
from coachroom.charts.sentences import between
from coachroom.metrics.definitions import Column, ColumnType, Definition, definition
from coachroom.metrics.parameters import RetentionKind
from coachroom.metrics.units import SHARE, Unit
from coachroom.ui.dashboard.downloads import download_metric
from coachroom.ui.dashboard.figures import frame_of, marked_days, picture_of, sentence_of
from coachroom.ui.dashboard.notices import missing_word, nothing_yet
from coachroom.ui.dashboard.reminders import talk_reminders_note
from coachroom.ui.dashboard.view import View
from coachroom.ui.formatting import plain

CHART, TABLE = "Chart", "Table"
MAX_TABLE_HEIGHT = 320
ROUNDED = (
    "For analysts means, medians and shares are rounded, so that no single person's answer shows in them; counts of "
    "answers follow from the rounded shares. Counts of people and sessions are exact."
)


def metric_panel(
    view: View, metric_id: str, *, kind: RetentionKind | None = None, title: str = "", scores: bool = False
) -> None:
    """Title, chart or table, the chart in one sentence, definition and download."""
    metric = definition(metric_id)
    key = f"{metric_id}_scores" if scores else metric_id
    frame = frame_of(view, metric_id, kind)
    with st.container(border=True, height="stretch", key=f"panel_{key}"):
        st.header(title or metric.title, anchor=False)
        if not has_something(metric_id, frame):
            nothing_yet(view, metric_id, frame)
            metric_definition(view, metric, frame, key)
            return
        said = sentence_of(view, metric_id, kind, scores=scores)
        days = marked_days(view, metric_id, frame)
        shown = st.session_state.get(f"{key}_as", CHART)
        if shown == TABLE:
            metric_table(view, metric, frame, said)
        else:
            picture(picture_of(view, metric_id, kind, scores=scores), f"{said} {days}".strip())
        st.caption(said)
        if days:
            st.caption(plain(days))
        if view.suppresses and metric.dates is None and metric.takes_start:
            st.caption("Over the whole time, whatever range is chosen.")
        elif metric.dates is None and not metric.takes_start:
            st.caption("From the first day on, whatever range is chosen.")
        if metric_id == "talk_ratio":
            talk_reminders_note(view)
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            st.segmented_control(
                "Show as", [CHART, TABLE], default=CHART, required=True, key=f"{key}_as", label_visibility="collapsed"
            )
            metric_definition(view, metric, frame, key)
            download_metric(view, metric_id, kind, key=key)


def picture(document: dict[str, Any], said: str) -> None:
    """A chart, with what it shows for those who cannot see it."""
    # The description is for notebooks; Streamlit wants it by another name.
    document.pop("description", None)
    st.vega_lite_chart(spec=document, width="stretch", alt=said)


def metric_table(view: View, metric: Definition, frame: pd.DataFrame, said: str) -> None:
    """The rows as a file has them, in the same units; every column says what it means."""
    config = {column.name: table_column(column) for column in metric.columns}
    height: int | Literal["content"] = "content" if len(frame) <= 8 else MAX_TABLE_HEIGHT
    st.dataframe(
        frame,
        hide_index=True,
        width="stretch",
        height=height,
        column_config=config,
        placeholder=missing_word(view, metric, frame),
        alt=said,
    )


def table_column(column: Column) -> Any:
    """How a table shows a metric's column: its unit beside the numbers, and what it means on asking."""
    if column.type is ColumnType.DATE:
        return st.column_config.DateColumn(help=column.meaning, format="YYYY-MM-DD")
    if column.unit is None:
        return st.column_config.Column(help=column.meaning)
    return unit_column(
        column.unit, help=f"{column.meaning}; {column.unit.said}", whole=column.type is ColumnType.COUNT
    )


def unit_column(unit: Unit, label: str | None = None, *, help: str | None = None, whole: bool = False) -> Any:
    """Numbers in their own unit, shares in percent."""
    if unit is SHARE:
        return st.column_config.NumberColumn(label, help=help, format="percent")
    digits = 0 if whole else 1
    form = f"%.{digits}f {unit.sign}" if unit.sign else None if whole else "%.4g"
    return st.column_config.NumberColumn(label, help=help, format=form)


def metric_definition(view: View, metric: Definition, frame: pd.DataFrame, key: str) -> None:
    """What the metric means, how it is computed, and its latest number."""
    with st.popover("How is this computed?", type="tertiary", key=f"{key}_definition"):
        st.write(metric.meaning)
        st.caption("Formula")
        st.text(metric.formula)
        st.caption("Unit, source")
        st.text(f"{metric.unit}; {metric.source}")
        latest = latest_number(metric.id, frame)
        if latest:
            st.caption("Latest")
            st.text(latest)
        st.caption(
            f"Days, weeks and months are those of {view.timezone}. A session counts as valid from "
            f"{view.min_valid_seconds:g} seconds on and with a word of the client. A 95 % interval is where the true "
            "rate lies with that certainty, given so many cases."
        )
        if view.suppresses and metric.is_rounded:
            st.caption(ROUNDED)


def latest_number(metric_id: str, frame: pd.DataFrame) -> str:
    """The last number of a series with what it is based on; nothing for other metrics."""
    lead = LEADS.get(metric_id)
    known = frame.dropna(subset=[lead.column]) if lead else frame.head(0)
    if lead is None or known.empty:
        return ""
    row = known.tail(1)
    said = f"{lead.label} {lead.form(float(row[lead.column].iloc[0]))}"
    if lead.n:
        said += f", n = {int(lead.case_count(row).iloc[0]):,} {lead.of}"
    if {"low", "high"} <= set(row.columns):
        said += f", {between(row['low'].iloc[0], row['high'].iloc[0])}"
    return said
