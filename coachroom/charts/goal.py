"""One goal's check-ins over time, in the client's own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import altair as alt
import pandas as pd

from coachroom.charts.catalogue import Chart
from coachroom.charts.marks import days_axis, levels, value_axis
from coachroom.charts.theme import BLUE, MAX_MARKS, finish
from coachroom.clock import short_date
from coachroom.coaching.goals import LEVELS, CheckIn
from coachroom.coaching.score_text import score_meaning, signed_score

HEIGHT = 150


def frame_of(check_ins: Sequence[CheckIn], words: Mapping[int, str]) -> pd.DataFrame:
    """One row a check-in, oldest first: created_at (naive UTC), score, meaning, note."""
    rows = [(each.created_at, each.score, score_meaning(each.score, words), each.note or "") for each in check_ins]
    return pd.DataFrame(rows, columns=["created_at", "score", "meaning", "note"])


def check_ins(frame: pd.DataFrame) -> Chart:
    """The client's scores over time; `frame` as `frame_of` makes it, with a row at least."""
    drawn = frame.tail(MAX_MARKS)
    drawn = drawn.assign(
        x=drawn["created_at"].dt.tz_localize("UTC"), when=[short_date(moment) for moment in drawn["created_at"]]
    )
    first, last = drawn["x"].min(), drawn["x"].max()
    room = max((last - first) * 0.04, pd.Timedelta(hours=12))
    tooltips = [
        alt.Tooltip("when:N", title="when"),
        alt.Tooltip("score:Q", format="+d", title="where"),
        alt.Tooltip("meaning:N", title="that is"),
        alt.Tooltip("note:N", title="note"),
    ]
    base = alt.Chart(drawn).encode(
        x=days_axis(drawn["x"], room),
        y=value_axis("score", "where you stand; 0 is as hoped", domain=(LEVELS[0] - 0.3, LEVELS[-1] + 0.3)),
        tooltip=tooltips,
    )
    line = base.mark_line(color=BLUE, opacity=0.6)
    return finish(alt.layer(*levels((0, "")), line, base.mark_point(color=BLUE)), sentence(frame), HEIGHT)


def sentence(frame: pd.DataFrame) -> str:
    """What the picture shows."""
    latest = frame.iloc[-1]
    latest_score = f"{signed_score(int(latest['score']))}, {latest['meaning']}"
    if len(frame) == 1:
        return f"One check-in, on {short_date(latest['created_at'])}: {latest_score}."
    first = frame.iloc[0]
    return (
        f"{len(frame)} check-ins, from {signed_score(int(first['score']))} on {short_date(first['created_at'])} "
        f"to {latest_score}, on {short_date(latest['created_at'])}."
    )
