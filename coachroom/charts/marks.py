"""The shapes charts are made of: lines along time, rates with their 95 % interval, bars on top of each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from coachroom.charts.formatting import exactly
from coachroom.charts.frames import FEW, long, over_time, rests_on_few
from coachroom.charts.headlines import Headline
from coachroom.charts.theme import FEW as FEW_COLOUR
from coachroom.charts.theme import ONE, Drawn, colour_of
from coachroom.metrics.parameters import Interval
from coachroom.metrics.units import COUNT, SHARE, Unit

# With more points than this their error bars would touch: a band then.
MAX_ERROR_BARS = 16
MAX_TICKS = 7
MAX_DAYS = 6
MAX_STEPS = 5
# Each reference line of a chart has dashes of its own.
DASHES = [[5, 4], [2, 3]]
LONG_SPAN_DAYS = 300

Layer = Drawn
Tooltips = Sequence[alt.Tooltip]


def interval_tooltips(low: str = "low", high: str = "high") -> list[alt.Tooltip]:
    """The two ends of a share's interval, in the columns `low` and `high`."""
    return [
        alt.Tooltip(f"{low}:Q", format=".1%", title="95 % interval from"),
        alt.Tooltip(f"{high}:Q", format=".1%", title="to"),
    ]


def time_axis(drawn: pd.DataFrame) -> alt.X:
    """Dates without a time of day, months by their names, with as many labels as there is room for."""
    starts = drawn["x"].drop_duplicates()
    wide = len(starts) > 1 and (starts.iloc[-1] - starts.iloc[0]).days > LONG_SPAN_DAYS
    months = len(starts) > 1 and bool(starts.dt.day.eq(1).all())
    axis: dict[str, Any] = {
        "format": "%b %Y" if wide or months else "%-d %b",
        "labelOverlap": "greedy",
        "grid": False,
        "labelAlign": "center",
    }
    # Ticks only where intervals begin: any other day has no number.
    every = -(-len(starts) // MAX_TICKS)
    axis["values"] = [utc(moment) for moment in starts.iloc[::-1].iloc[::every]][::-1]
    return alt.X("x:T", title=None, scale=alt.Scale(type="utc"), axis=alt.Axis(**axis))


def days_axis(moments: pd.Series, room: pd.Timedelta) -> alt.X:
    """The field `x` by day, `room` wider than the `moments` (UTC, one at least) at either end.

    Days that hold something have a tick, as many as there is room for, and no day has two: Vega puts a tick at every
    few hours where there are few days, and each would name the same day.
    """
    ordered = moments.sort_values()
    ticks = ordered[~ordered.dt.normalize().duplicated()]
    every = -(-len(ticks) // MAX_DAYS)
    axis = alt.Axis(
        format="%-d %b", values=[utc(at) for at in ticks.iloc[::every]], grid=False, labelOverlap="greedy"
    )
    domain = [utc(ordered.iloc[0] - room), utc(ordered.iloc[-1] + room)]
    return alt.X("x:T", title=None, scale=alt.Scale(type="utc", domain=domain), axis=axis)


def utc(moment: pd.Timestamp) -> alt.DateTime:
    """A time as Vega-Lite takes it in axes and scales."""
    return alt.DateTime(
        year=moment.year,
        month=moment.month,
        date=moment.day,
        hours=moment.hour,
        minutes=moment.minute,
        seconds=moment.second,
        utc=True,
    )


def value_axis(
    field: str,
    title: str,
    *,
    unit: Unit = COUNT,
    top: float = 0,
    domain: tuple[float, float] | None = None,
    zero: bool = True,
) -> alt.Y:
    """What is drawn is above the axis, where it is read without turning the head.

    Beside each tick stands its number as its unit is read. `top`: the largest number drawn, for a unit whose round
    numbers are not those of what it is read as.
    """
    scale = alt.Scale(domain=list(domain)) if domain else alt.Scale(zero=zero)
    form = tick_labels(unit, top)
    axis = alt.Axis(
        titleAngle=0,
        titleAlign="left",
        titleAnchor="end",
        titleX=0,
        titleY=-14,
        titleBaseline="bottom",
        tickCount=5,
        domain=False,
        ticks=False,
        **form,
    )
    return alt.Y(f"{field}:Q", title=title, scale=scale, axis=axis)


def tick_labels(unit: Unit, top: float) -> dict[str, Any]:
    """Ticks at round numbers of what the unit is read as, and what stands beside them."""
    if unit is SHARE:
        return {"format": ".0%"}
    if not unit.reads:
        return {}
    # Four or five ticks: the next of 1, 2, 5, 10 and so on.
    least = max(top, unit.factor / 10) / unit.factor / MAX_STEPS
    power = 10.0 ** math.floor(math.log10(least))
    step = next(power * nice for nice in (1, 2, 5, 10) if power * nice >= least * (1 - 1e-9)) * unit.factor
    values = [round(step * number, 6) for number in range(math.ceil(top / step) + 1)]
    return {"values": values, "labelExpr": f"format(datum.value / {unit.factor:g}, ',~r') + ' {unit.reads}'"}


def rate(frame: pd.DataFrame, lead: Headline, interval: Interval, *, colour: str = ONE) -> list[Layer]:
    """A rate over time with its 95 % interval; points that are based on few cases are hollow and grey."""
    # An interval without a number is a gap in the line, so its row stays.
    drawn = over_time(frame, interval, marks=3)
    n = lead.case_count(drawn)
    drawn = drawn.assign(n=n, rests_on=rests_on_few(n).where(drawn[lead.column].notna()))
    x, share = time_axis(drawn), value_axis(lead.column, lead.axis, domain=lead.domain, unit=SHARE)
    base = alt.Chart(drawn).encode(x=x)
    tooltips = [
        alt.Tooltip("when:N", title="when"),
        alt.Tooltip(f"{lead.column}:Q", format=".1%", title=lead.label),
        alt.Tooltip("n:Q", format=",", title=lead.of),
    ]
    layers: list[Layer] = []
    if {"low", "high"} <= set(drawn.columns):
        tooltips += [
            *interval_tooltips(),
        ]
        between = base.encode(y=alt.Y("low:Q", title=lead.axis), y2="high:Q")
        few = len(drawn) <= MAX_ERROR_BARS
        layers.append(
            between.mark_rule(color=colour, opacity=0.55, strokeWidth=2)
            if few
            else between.mark_area(color=colour, opacity=0.2)
        )
    layers.append(base.mark_line(color=colour).encode(y=share))
    layers.append(_points(base, drawn, colour, tooltips).encode(y=share))
    return layers


def lead_line(
    frame: pd.DataFrame, lead: Headline, interval: Interval, *, extra: Tooltips = (), colour: str = ONE
) -> list[Layer]:
    """One number over time; points that are based on few cases are hollow and grey."""
    drawn = over_time(frame, interval, at=lead.at, marks=2)
    n = lead.case_count(drawn) if lead.n else pd.Series(FEW, drawn.index)
    numbers, unit = drawn[lead.column], lead.unit
    said = [exactly(value, unit) for value in numbers]
    drawn = drawn.assign(n=n, rests_on=rests_on_few(n).where(numbers.notna()), said=said)
    zero = lead.domain is None and not bool((numbers < 0).any())
    axis = value_axis(lead.column, lead.axis, unit=unit, top=largest(numbers), domain=lead.domain, zero=zero)
    base = alt.Chart(drawn).encode(x=time_axis(drawn), y=axis)
    tooltips = [
        alt.Tooltip("when:N", title="when"),
        alt.Tooltip("said:N", title=lead.label),
        *([alt.Tooltip("n:Q", format=",", title=lead.of)] if lead.n else []),
        *extra,
    ]
    return [base.mark_line(color=colour), _points(base, drawn, colour, tooltips)]


def _points(base: alt.Chart, drawn: pd.DataFrame, colour: str, tooltips: Tooltips) -> Any:
    inks = {f"{FEW} or more": (colour, colour), f"fewer than {FEW}": ("transparent", FEW_COLOUR)}
    names = [name for name in inks if (drawn["rests_on"] == name).any()]
    legend = alt.Legend(title="Based on") if f"fewer than {FEW}" in names else None
    fill, stroke = (alt.Scale(domain=names, range=[inks[name][side] for name in names]) for side in (0, 1))
    return base.mark_point(filled=False, strokeWidth=2).encode(
        fill=alt.Fill("rests_on:N", scale=fill, legend=legend),
        stroke=alt.Stroke("rests_on:N", scale=stroke, legend=legend),
        tooltip=list(tooltips),
    )


def lines(
    frame: pd.DataFrame,
    columns: dict[str, str],
    interval: Interval,
    *,
    axis: str,
    at: str = "interval_start",
    unit: Unit = COUNT,
    points: bool = True,
) -> Layer:
    """Several numbers of one unit over time, one line each."""
    drawn = long(over_time(frame, interval, at=at, marks=2 * len(columns)), columns, ["x", "when"], gaps=True)
    drawn = drawn.assign(said=[exactly(value, unit) for value in drawn["value"]])
    chart: alt.Chart = alt.Chart(drawn).encode(
        x=time_axis(drawn),
        y=value_axis("value", axis, unit=unit, top=largest(drawn["value"])),
        color=colour_of(list(columns.values())),
        tooltip=[
            alt.Tooltip("when:N", title="when"),
            alt.Tooltip("what:N", title=" "),
            alt.Tooltip("said:N", title=axis),
        ],
    )
    drawn_line: alt.Chart = chart.mark_line(point=points)
    return drawn_line


def stacked(frame: pd.DataFrame, columns: dict[str, str], interval: Interval, *, axis: str) -> Layer:
    """Counts that add up, as bars."""
    drawn = long(over_time(frame, interval, marks=len(columns)), columns, keep(frame))
    order = {name: place for place, name in enumerate(columns.values())}
    drawn = drawn.assign(place=drawn["what"].map(order))
    bars: alt.Chart = (
        alt.Chart(drawn)
        .mark_bar(size=bar_size(drawn))
        .encode(
            x=time_axis(drawn),
            y=value_axis("value", axis),
            color=colour_of(list(columns.values())),
            order="place:Q",
            fillOpacity=until_over(frame),
            tooltip=[
                alt.Tooltip("when:N", title="when"),
                alt.Tooltip("what:N", title=" "),
                alt.Tooltip("value:Q", format=",", title=axis),
            ],
        )
    )
    return bars


def largest(numbers: pd.Series) -> float:
    """The largest of the numbers, 0 where there is none."""
    return float(numbers.max()) if numbers.notna().any() else 0.0


def keep(frame: pd.DataFrame) -> list[str]:
    """What each bar needs besides its number."""
    return ["x", "when", *(["is_open"] if "is_open" in frame else [])]


def until_over(frame: pd.DataFrame) -> Any:
    """Counts of an interval that is not over yet are paler: they still grow."""
    return alt.condition("datum.is_open", alt.value(0.45), alt.value(1)) if "is_open" in frame else alt.value(1)


def bar_size(drawn: pd.DataFrame) -> float:
    """Bars that fill most of their interval even on a phone, and never touch."""
    intervals = max(1, int(drawn["x"].nunique()))
    return max(1.0, min(26.0, 220 / intervals))


def levels(*marked: tuple[float, str], zero: bool = True) -> list[Layer]:
    """Dashed lines across the chart that the numbers can be held against; the legend above says what each means.

    Words in the chart itself would lie on the lines of the numbers.
    """
    drawn = pd.DataFrame(marked, columns=["at", "text"])
    spots = alt.Chart(drawn).encode(y=alt.Y("at:Q") if zero else alt.Y("at:Q", scale=alt.Scale(zero=False)))
    names = [text for _, text in marked if text]
    if not names:
        return [spots.mark_rule(color=FEW_COLOUR, strokeDash=DASHES[0])]
    dash = alt.StrokeDash(
        "text:N",
        sort=None,
        scale=alt.Scale(domain=names, range=DASHES[: len(names)]),
        # Above the chart: beside the other legends, a phone cuts off what comes last.
        legend=alt.Legend(
            orient="top",
            # The axis has its title there, which does not count for how high the chart is.
            offset=30,
            columns=1,
            labelLimit=260,
            symbolType="stroke",
            symbolSize=400,
            symbolStrokeColor=FEW_COLOUR,
        ),
    )
    return [spots.mark_rule(color=FEW_COLOUR).encode(strokeDash=dash)]
