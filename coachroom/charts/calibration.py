"""How good an estimate is: predicted shares beside observed ones."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from coachroom.charts import formatting
from coachroom.charts.marks import interval_tooltips, value_axis
from coachroom.charts.theme import BLUE, GREY, Drawn, finish
from coachroom.metrics.return_risk import Band, ReturnModel
from coachroom.metrics.units import SHARE

HEIGHT = 240
ALL = (0.0, 1.0)


def calibration(model: ReturnModel) -> Drawn:
    """A point for each band of estimates with what came in its 95 % interval; on the dashed line both agree."""
    drawn = pd.DataFrame(
        {
            "predicted": [band.predicted for band in model.bands],
            "observed": [band.tally.share for band in model.bands],
            "low": [band.low for band in model.bands],
            "high": [band.high for band in model.bands],
            "clients": [band.tally.clients for band in model.bands],
        }
    )
    axis = alt.Axis(format=".0%", tickCount=5, grid=False)
    x = alt.X("predicted:Q", title="estimated", scale=alt.Scale(domain=list(ALL)), axis=axis)
    y = value_axis("observed", "came back", domain=ALL, unit=SHARE)
    same = pd.DataFrame({"predicted": ALL, "observed": ALL})
    tooltip = [
        alt.Tooltip("predicted:Q", format=".1%", title="estimated"),
        alt.Tooltip("observed:Q", format=".1%", title="came back"),
        *interval_tooltips(),
        alt.Tooltip("clients:Q", format=",", title="clients"),
    ]
    base = alt.Chart(drawn).encode(x=x)
    line = alt.Chart(same).mark_line(color=GREY, strokeDash=[5, 4], strokeWidth=1.5).encode(x=x, y=y)
    spans = base.mark_rule(color=BLUE, opacity=0.55, strokeWidth=2).encode(
        y=alt.Y("low:Q", title="came back"), y2="high:Q"
    )
    points = base.mark_point(color=BLUE, filled=True, size=70).encode(y=y, tooltip=tooltip)
    return finish(alt.layer(line, spans, points), sentence(model), HEIGHT)


def sentence(model: ReturnModel) -> str:
    """What the chart shows."""
    parts = "; ".join(
        f"of those estimated at {span(band)} in fact {formatting.percent(band.tally.share)} came back"
        for band in model.bands
    )
    return (
        f"On {formatting.some(model.later.times, 'later case')} of "
        f"{formatting.some(model.later.clients, 'client')}: {parts}. {error(model)}"
    )


def error(model: ReturnModel) -> str:
    """How far off it was, beside the simplest estimate there is."""
    return f"Mean squared error {model.brier:.3f}; one share for everybody would have had {model.base_brier:.3f}."


def table(bands: Sequence[Band]) -> pd.DataFrame:
    """The chart's numbers in words."""
    return pd.DataFrame(
        {
            "Estimated": [span(band) for band in bands],
            "On average": [formatting.percent(band.predicted) for band in bands],
            "Came back": [formatting.percent(band.tally.share) for band in bands],
            "95 % interval": [f"{formatting.percent(band.low)} to {formatting.percent(band.high)}" for band in bands],
            "Clients": [f"{band.tally.clients:,}" for band in bands],
        }
    )


def span(band: Band) -> str:
    """Such as "10 to 25 %"."""
    return f"{100 * band.start:.0f} to {formatting.percent(band.end)}"
