"""One client's ratings in time, with how the AI coach was asked to work in each session.

Dots alone: a line or a mean would say what one person's ratings cannot.
"""

from __future__ import annotations

import altair as alt
import pandas as pd

from coachroom.charts.catalogue import Chart
from coachroom.charts.formatting import some
from coachroom.charts.marks import days_axis, value_axis
from coachroom.charts.theme import BLUE, MAX_MARKS, finish
from coachroom.clock import short_date

HEIGHT = 190
OTHERS = "in another way"
# As many as can be told apart; the last is that of all others.
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross")
MAX_STARS = 5


def dots(frame: pd.DataFrame) -> Chart:
    """`frame`: start_time (naive UTC), rating (1 to 5) and approach (words), a row at least."""
    drawn = frame.sort_values("start_time").tail(MAX_MARKS)
    ways = _shown_ways(drawn["approach"])
    drawn = drawn.assign(
        x=drawn["start_time"].dt.tz_localize("UTC"),
        when=[short_date(moment) for moment in drawn["start_time"]],
        way=drawn["approach"].where(drawn["approach"].isin(ways), OTHERS),
    )
    names = [*ways, *([OTHERS] if (drawn["way"] == OTHERS).any() else [])]
    first, last = drawn["x"].min(), drawn["x"].max()
    room = max((last - first) * 0.04, pd.Timedelta(hours=12))
    scale = alt.Scale(domain=names, range=list(SHAPES[: len(names)]))
    points = (
        alt.Chart(drawn)
        .mark_point(color=BLUE, size=75, opacity=1)
        .encode(
            x=days_axis(drawn["x"], room),
            y=value_axis("rating", "stars", domain=(0.5, MAX_STARS + 0.5)),
            shape=alt.Shape(
                "way:N", sort=None, scale=scale, legend=alt.Legend(columns=1, labelLimit=300, symbolFillColor=BLUE)
            ),
            tooltip=[
                alt.Tooltip("when:N", title="when"),
                alt.Tooltip("rating:Q", format="d", title="stars"),
                alt.Tooltip("approach:N", title="asked to work"),
            ],
        )
    )
    return finish(points, sentence(frame), HEIGHT + 22 * len(names))


def sentence(frame: pd.DataFrame) -> str:
    """What the picture shows, without a number of how they were rated."""
    ways = frame["approach"].nunique()
    first, last = frame["start_time"].min(), frame["start_time"].max()
    when = f"on {short_date(first)}" if len(frame) == 1 else f"from {short_date(first)} to {short_date(last)}"
    return (
        f"{some(len(frame), 'rated session')} {when}, {some(ways, 'way')} of working. Each dot is one; its shape "
        "says how the AI coach was asked to work."
    )


def _shown_ways(approaches: pd.Series) -> list[str]:
    """Those that are most frequent, in the order in which they began; all others share the last shape."""
    counts = approaches.value_counts()
    kept = counts.index if len(counts) <= len(SHAPES) else counts.index[: len(SHAPES) - 1]
    return [str(way) for way in approaches.drop_duplicates() if way in set(kept)]
