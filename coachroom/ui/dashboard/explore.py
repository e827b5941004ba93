"""Any metric, by any interval, for any part of the community, or the parts beside each other."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

from coachroom.charts import catalogue
from coachroom.charts.theme import SEGMENTS
from coachroom.metrics.definitions import DEFINITIONS, definition
from coachroom.metrics.parameters import RetentionKind, SegmentBy
from coachroom.ui.dashboard.figures import frame_of
from coachroom.ui.dashboard.filters import parts
from coachroom.ui.dashboard.notices import nothing_yet
from coachroom.ui.dashboard.panel import CHART, TABLE, metric_panel, metric_table, picture
from coachroom.ui.dashboard.view import View

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
    st.write(metric.meaning)
    by = SPLITS[str(split)]
    if by is None:
        metric_panel(view, metric.id, kind=kind)
    elif catalogue.can_be_split(metric.id):
        _compared(view, metric.id, by)
    else:
        st.info(f"{metric.title} is a whole picture of its own. To look at one part, choose it under Who.")
        metric_panel(view, metric.id, kind=kind)


def _kind() -> RetentionKind:
    kinds = [str(kind) for kind in RetentionKind]
    return RetentionKind(st.selectbox("Kind", kinds, key="kind", bind="query-params", filter_mode=None, width=150))


def _compared(view: View, metric_id: str, by: SegmentBy) -> None:
    """A line for each part; numbers about few people are hidden as everywhere."""
    frames = [
        frame_of(replace(view, segment=segment), metric_id).assign(segment=label)
        for label, segment in parts(by, view)[: len(SEGMENTS)]
    ]
    known = [frame for frame in frames if not frame.empty]
    metric = definition(metric_id)
    with st.container(border=True, key="panel_compared"):
        st.subheader(f"{metric.title} by {by.value}", anchor=False)
        if not known:
            nothing_yet(metric_id, suppressed=False, min_group=view.min_group)
            return
        frame = pd.concat(known, ignore_index=True)
        said = catalogue.split_sentence(metric_id, frame)
        if st.session_state.get("compared_as", CHART) == TABLE:
            metric_table(metric, frame[["segment", *(column.name for column in metric.columns)]], said)
        else:
            picture(catalogue.split_chart(metric_id, frame, view.interval).to_dict(validate=False), said)
        st.caption(said)
        if len(parts(by, view)) > len(SEGMENTS):
            st.caption(f"The {len(SEGMENTS)} largest or latest parts; choose another one under Who.")
        st.segmented_control(
            "Show as", [CHART, TABLE], default=CHART, required=True, key="compared_as", label_visibility="collapsed"
        )
