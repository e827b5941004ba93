"""The retention matrix: a row for each cohort, a column for each interval since it began."""

from __future__ import annotations

import altair as alt
import pandas as pd

from coachroom.charts.formatting import count
from coachroom.charts.frames import FEW, plain
from coachroom.charts.marks import Layer, interval_tooltips
from coachroom.charts.theme import GREY, HEAT, HEAT_FEW, HEAT_LEAST, HEAT_TEXT_TURNS, LIGHT_TEXT, PAGE_TEXT
from coachroom.clock import short_date
from coachroom.metrics.parameters import Interval

MAX_COHORTS = 18
LAST_PERIOD = 12
# How much of its colour a period has that is not over yet.
RUNNING = 0.3


def retention(frame: pd.DataFrame, interval: Interval, *, dark: bool = False) -> Layer:
    """Cells of periods that are not over are pale with a dashed edge; cohorts of few clients are grey."""
    drawn = cells(frame)
    names = list(dict.fromkeys(drawn["cohort"]))
    axis = alt.Axis(domain=False, ticks=False, labelAngle=0, grid=False, labelOverlap=False)
    base = alt.Chart(drawn).encode(
        x=alt.X("period:O", title=f"{interval.value}s since the first session; cells: % still active", axis=axis),
        y=alt.Y("cohort:N", sort=names, title=None, axis=axis),
        tooltip=[
            alt.Tooltip("cohort:N", title="began"),
            alt.Tooltip("cohort_size:Q", format=",", title="clients"),
            alt.Tooltip("period:O", title=f"{interval.value}s later"),
            alt.Tooltip("value:Q", format=".1%", title="active"),
            *interval_tooltips(),
            alt.Tooltip("state:N", title="period"),
        ],
    )
    # One colour, more or less of it: on a dark page little is dark, on a light page light.
    shades = base.encode(fill=alt.Fill("fill:N", scale=None), fillOpacity=alt.FillOpacity("shade:Q", scale=None))
    over = shades.transform_filter("datum.mature").mark_rect(cornerRadius=2)
    running = shades.transform_filter("!datum.mature").mark_rect(
        cornerRadius=2, stroke=GREY, strokeDash=[3, 3], strokeWidth=1
    )
    text = base.encode(text="label:N")
    inks = ((alt.datum.shade > HEAT_TEXT_TURNS, LIGHT_TEXT), (alt.datum.shade <= HEAT_TEXT_TURNS, PAGE_TEXT[dark]))
    labels = [text.transform_filter(where).mark_text(fontSize=11, color=ink) for where, ink in inks]
    return alt.layer(over, running, *labels)


def cells(frame: pd.DataFrame) -> pd.DataFrame:
    """The latest cohorts and their first periods, which is what a screen has room for; the table has all."""
    latest = sorted(frame["cohort_start"].unique())[-MAX_COHORTS:]
    drawn = plain(frame[frame["cohort_start"].isin(latest) & (frame["period"] <= LAST_PERIOD)])
    drawn = drawn.dropna(subset=["value"])
    few = drawn["cohort_size"].lt(FEW)
    full = HEAT_LEAST + (1 - HEAT_LEAST) * drawn["value"]
    return drawn.assign(
        period=drawn["period"].astype("int64"),
        cohort=[
            f"{short_date(start)} ({count(size)})"
            for start, size in zip(drawn["cohort_start"], drawn["cohort_size"], strict=True)
        ],
        label=[f"{100 * value:.0f}" for value in drawn["value"]],
        fill=few.map({True: HEAT_FEW, False: HEAT}),
        shade=full.where(drawn["mature"], full * RUNNING),
        state=drawn["mature"].map({True: "over", False: "not over yet: the number can still rise"}),
    )


def height(frame: pd.DataFrame) -> int:
    """Rows that a finger can tell apart."""
    return 70 + 26 * min(MAX_COHORTS, max(1, int(frame["cohort_start"].nunique())))
