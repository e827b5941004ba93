"""Any metric, by any interval, for any part of the community, or the parts beside each other."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

from coachroom.charts import catalogue
from coachroom.charts.theme import SEGMENTS
from coachroom.metrics.definitions import DEFINITIONS, definition
from coachroom.metrics.parameters import RetentionKind, Segment, SegmentBy
from coachroom.ui.dashboard.downloads import download_comparison, download_sessions
from coachroom.ui.dashboard.figures import frame_of, marked_days
from coachroom.ui.dashboard.filters import PARTS_BY_MONTH, parts, parts_by_month
from coachroom.ui.dashboard.noted_days import noted_days
from coachroom.ui.dashboard.notices import nothing_yet
from coachroom.ui.dashboard.panel import CHART, TABLE, metric_definition, metric_panel, metric_table, picture
from coachroom.ui.dashboard.queries import day_notes
from coachroom.ui.dashboard.saved_views import saved_views
from coachroom.ui.dashboard.view import View
from coachroom.ui.formatting import plain

TITLES = {metric.title: metric.id for metric in DEFINITIONS}
WHOLE = "nothing"
SPLITS = {WHOLE: None, "tier": SegmentBy.TIER, "cohort": SegmentBy.COHORT, "agent": SegmentBy.AGENT}


def explore(view: View) -> None:
    """What to look at is chosen here; the filters are those of every page."""
    with st.container(horizontal=True, key="explore"):
        title = st.selectbox("Metric", list(TITLES), key="metric", bind="query-params", width=280)
        split = st.selectbox(
            "Compare by", list(SPLITS), key="compare", bind="query-params", filter_mode=None, width=150
        )
        metric = definition(TITLES[str(title)])
        kind = _kind() if metric.takes_kind else None
    saved_views(view.person)
    st.write(metric.meaning)
    by = SPLITS[str(split)]
    if by is None:
        metric_panel(view, metric.id, kind=kind)
    elif catalogue.can_be_split(metric.id):
        _compared(view, metric.id, by)
    else:
        st.info(f"{metric.title} is a whole picture of its own. To look at one part, choose it under Who.")
        metric_panel(view, metric.id, kind=kind)
    _sessions(view)
    noted_days(view)


def _sessions(view: View) -> None:
    st.header("Session facts", anchor=False)
    st.write(
        "One row a session of the months that are over and that the range touches, of the whole community: how it "
        "ended, how long it was, turns, words and waits. It names nobody; what few people share is left out."
    )
    download_sessions(view)


def _kind() -> RetentionKind:
    kinds = [str(kind) for kind in RetentionKind]
    return RetentionKind(st.selectbox("Kind", kinds, key="kind", bind="query-params", filter_mode=None, width=150))


def _compared(view: View, metric_id: str, by: SegmentBy) -> None:
    """A line for each part; numbers about few people are hidden as everywhere."""
    chosen = view.interval
    frames = [
        frame_of(parts_by_month(replace(view, segment=segment)), metric_id).assign(segment=label)
        for label, segment in parts(by, view)[: len(SEGMENTS)]
    ]
    view = parts_by_month(replace(view, segment=Segment(by, None)))
    known = [frame for frame in frames if not frame.empty]
    metric = definition(metric_id)
    with st.container(border=True, key="panel_compared"):
        st.header(f"{metric.title} by {by.value}", anchor=False)
        if not known:
            nothing_yet(view, metric_id, pd.concat(frames))
            return
        frame = pd.concat(known, ignore_index=True)
        rows = frame[["segment", *(column.name for column in metric.columns)]]
        said = catalogue.split_sentence(metric_id, frame)
        if st.session_state.get("compared_as", CHART) == TABLE:
            metric_table(view, metric, rows, said)
        else:
            picture(
                catalogue.split_chart(metric_id, frame, view.interval, notes=day_notes(view.version)).to_dict(
                    validate=False
                ),
                said,
            )
        st.caption(plain(said))
        if view.interval is not chosen and metric.takes_interval:
            st.caption(f"One point a {view.interval}, not a {chosen}: {PARTS_BY_MONTH}.")
        days = marked_days(view, metric_id, frame)
        if days:
            st.caption(plain(days))
        if len(parts(by, view)) > len(SEGMENTS):
            st.caption(f"The {len(SEGMENTS)} largest or latest parts; choose another one under Who.")
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            st.segmented_control(
                "Show as", [CHART, TABLE], default=CHART, required=True, key="compared_as",
                label_visibility="collapsed",
            )  # fmt: skip
            metric_definition(view, metric, frame.head(0), "compared")
            download_comparison(view, metric_id, by, rows, key="compared")
