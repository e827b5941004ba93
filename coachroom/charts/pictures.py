"""One picture a metric."""

from __future__ import annotations

from dataclasses import replace

import altair as alt
import numpy as np
import pandas as pd

from coachroom.charts.formatting import count, percent
from coachroom.charts.frames import FEW, long, over_time, plain
from coachroom.charts.headlines import LEADS, PARTS, T_SCORE
from coachroom.charts.marks import (
    Layer,
    bar_size,
    interval_tooltips,
    keep,
    lead_line,
    levels,
    lines,
    rate,
    stacked,
    time_axis,
    until_over,
    value_axis,
)
from coachroom.charts.retention import retention
from coachroom.charts.sentences import (
    APPROACH_FIELDS,
    APPROACH_VALUES,
    AS_IT_COMES,
    EARLY_SESSIONS,
    FOLLOWED,
    HUMAN_MEASURES,
    HUMANS,
    NEXT_DATES,
    VERSIONS,
    step_name,
)
from coachroom.charts.theme import FEW as GREY
from coachroom.charts.theme import ONE, SEGMENTS, colour_of
from coachroom.metrics.parameters import Interval
from coachroom.metrics.statistics import Z
from coachroom.metrics.units import MILLISECONDS, SECONDS, SHARE, WORDS

MAX_GAP_DRAWN = 60
MAX_WAIT_DRAWN = 120
AT_RISK_SHOWN = (0, 7, 14, 30, 60, 90, 120)
LATENCY_GOOD_MS = 1500

__all__ = ["OWN_PICTURES", "goal_scores", "picture", "retention"]


def session_duration(frame: pd.DataFrame, interval: Interval) -> Layer:
    columns = {"p50_seconds": "median", "p90_seconds": "9 of 10"}
    return lines(frame, columns, interval, axis="length of a session", unit=SECONDS)


def session_outcomes(frame: pd.DataFrame, interval: Interval) -> Layer:
    columns = {name: name for name in ("completed", "abandoned", "failed")}
    return stacked(frame, columns, interval, axis="sessions")


def active_clients(frame: pd.DataFrame, interval: Interval) -> Layer:
    del interval  # it has a row for each day, whatever the interval
    columns = {"mau": "30 days", "wau": "7 days", "dau": "day"}
    return lines(frame, columns, Interval.DAY, axis="clients", at="day", points=len(frame) == 1)


def return_gaps(frame: pd.DataFrame, interval: Interval) -> Layer:
    del interval
    drawn = plain(frame[frame["gap_days"] <= MAX_GAP_DRAWN])
    drawn = drawn.assign(left=drawn["gap_days"] - 0.42, right=drawn["gap_days"] + 0.42)
    last = max(14.0, float(drawn["gap_days"].max())) + 0.5
    days = alt.X(
        "left:Q",
        title="days since the session before",
        scale=alt.Scale(domain=[-0.5, last], nice=False),
        axis=alt.Axis(grid=False, tickMinStep=1, values=list(range(0, int(last) + 1, 7))),
    )
    bars: alt.Chart = (
        alt.Chart(drawn)
        .mark_rect(color=ONE)
        .encode(
            x=days,
            x2="right:Q",
            y=value_axis("returns", "returns"),
            y2=alt.datum(0),
            tooltip=[
                alt.Tooltip("gap_days:Q", title="days"),
                alt.Tooltip("returns:Q", format=",", title="returns"),
            ],
        )
    )
    return bars


def return_rate(frame: pd.DataFrame, interval: Interval) -> Layer:
    del interval
    drawn = plain(frame).dropna(subset=["value"])
    drawn = drawn.assign(within=[f"within {days:.0f} days" for days in drawn["within_days"]])
    few = drawn["denominator"] < FEW
    drawn = drawn.assign(colour=few.map({True: GREY, False: ONE}))
    base = alt.Chart(drawn).encode(
        x=alt.X("within:N", sort=None, title=None, axis=alt.Axis(labelAngle=0, labelAlign="center", grid=False)),
        color=alt.Color("colour:N", scale=None),
        tooltip=[
            alt.Tooltip("within:N", title="second session"),
            alt.Tooltip("value:Q", format=".1%", title="came back"),
            alt.Tooltip("denominator:Q", format=",", title="clients"),
            *interval_tooltips(),
        ],
    )
    share = value_axis("value", "of clients", domain=(0, 1), unit=SHARE)
    interval_bar = base.mark_rule(strokeWidth=3, opacity=0.55).encode(
        y=alt.Y("low:Q", title="of clients"), y2="high:Q"
    )
    label = base.mark_text(align="left", dx=10, fontSize=13).encode(y=share, text=alt.Text("value:Q", format=".0%"))
    return alt.layer(interval_bar, base.mark_point(size=110).encode(y=share), label)


def time_to_second_session(frame: pd.DataFrame, interval: Interval) -> Layer:
    """The steps of Kaplan and Meier with their 95 % band, and the clients still observed above them."""
    del interval
    drawn = with_band(plain(frame[frame["days"] <= MAX_WAIT_DRAWN]))
    days = alt.X(
        "days:Q",
        title="days since the first session",
        scale=alt.Scale(domain=[0, max(14, int(drawn["days"].max()))], nice=False),
        axis=alt.Axis(grid=False, tickMinStep=1),
    )
    share = value_axis("survival", "have not come back", domain=(0, 1), unit=SHARE)
    base = alt.Chart(drawn).encode(x=days)
    between = base.mark_area(interpolate="step-after", color=ONE, opacity=0.18)
    tooltips = [
        alt.Tooltip("days:Q", title="days"),
        alt.Tooltip("survival:Q", format=".1%", title="have not come back"),
        *interval_tooltips(),
        alt.Tooltip("at_risk:Q", format=",", title="clients observed"),
        alt.Tooltip("returned:Q", format=",", title="came back on this day"),
    ]
    observed = alt.Chart(_at_risk(drawn)).mark_text(fontSize=11, color=GREY, baseline="bottom", align="left", dy=-2)
    return alt.layer(
        between.encode(y=alt.Y("low:Q", title="have not come back"), y2="high:Q"),
        base.mark_line(interpolate="step-after", color=ONE).encode(y=share),
        base.mark_point(size=60, opacity=0, color=ONE).encode(y=share, tooltip=tooltips),
        observed.encode(x=days, y=alt.value(0), text="observed:N"),
    )


def with_band(frame: pd.DataFrame) -> pd.DataFrame:
    """Begins at day 0 with everybody, and adds Greenwood's 95 % interval (log-log, so that it stays a share)."""
    n, d, s = frame["at_risk"], frame["returned"], frame["survival"]
    inside = s.gt(0) & s.lt(1)
    # Where a step takes everybody or nobody there is no spread to compute.
    spread = (d / (n * (n - d)).where(n > d)).cumsum().where(inside) ** 0.5 / np.log(s.where(inside)).abs()
    drawn = frame.assign(
        low=(s ** np.exp(Z * spread)).where(inside, s), high=(s ** np.exp(-Z * spread)).where(inside, s)
    )
    start = {"days": 0, "at_risk": n.iloc[0], "returned": 0, "survival": 1.0, "low": 1.0, "high": 1.0}
    return pd.concat([pd.DataFrame([start]), drawn], ignore_index=True)


def _at_risk(drawn: pd.DataFrame) -> pd.DataFrame:
    """Clients still observed at a few days: the count is in the next row that there is."""
    spots = [(day, drawn[drawn["days"] >= day].head(1)) for day in AT_RISK_SHOWN]
    known = [(day, f"{row['at_risk'].iloc[0]:,.0f}") for day, row in spots if not row.empty]
    named = [(day, f"{text} observed" if place == 0 else text) for place, (day, text) in enumerate(known)]
    return pd.DataFrame(named, columns=["days", "observed"])


def membership_survival(frame: pd.DataFrame, interval: Interval) -> Layer:
    """A curve a group from month 1 on, where watching begins, each with its 95 % band."""
    del interval
    drawn = plain(frame).assign(what=frame["sessions"].map(EARLY_SESSIONS))
    names = [name for name in EARLY_SESSIONS.values() if name in set(drawn["what"])]
    # Where nobody or everybody has left there is no band: it is as wide as the line.
    drawn = drawn.assign(
        from_share=drawn["lower"].fillna(drawn["survival"]), to_share=drawn["upper"].fillna(drawn["survival"])
    )
    months = alt.X(
        "months:Q",
        title="months since joining",
        scale=alt.Scale(domain=[1, max(3, int(drawn["months"].max()))], nice=False),
        axis=alt.Axis(grid=False, tickMinStep=1),
    )
    share = value_axis("survival", "are still members", domain=(0, 1), unit=SHARE)
    # The legend is read by the lines, not by the pale bands.
    base = alt.Chart(drawn).encode(x=months, color=colour_of(names).legend(symbolOpacity=1))
    tooltips = [
        alt.Tooltip("what:N", title="in the first 30 days"),
        alt.Tooltip("months:Q", title="months"),
        alt.Tooltip("survival:Q", format=".1%", title="still members"),
        *interval_tooltips("lower", "upper"),
        alt.Tooltip("at_risk:Q", format=",", title="members watched"),
        alt.Tooltip("left:Q", format=",", title="have left"),
    ]
    return alt.layer(
        base.mark_area(opacity=0.18).encode(y=alt.Y("from_share:Q", title="are still members"), y2="to_share:Q"),
        base.mark_line(point=True).encode(y=share, tooltip=tooltips),
    )


def human_comparison(frame: pd.DataFrame, interval: Interval) -> Layer:
    """Each measure with and without a human coach beside each other."""
    del interval
    drawn = plain(frame).dropna(subset=["value"])
    drawn = drawn.assign(of=drawn["measure"].map(HUMAN_MEASURES), what=drawn["human"].map(HUMANS))
    return _beside_each_other(drawn, list(HUMANS.values()), of="sessions that were", what="held")


def next_date_comparison(frame: pd.DataFrame, interval: Interval) -> Layer:
    """How often clients come back with and without a next date, beside each other; nothing where one is missing."""
    del interval
    drawn = plain(frame).dropna(subset=["value"])
    drawn = drawn.assign(of="came back within 14 days", what=drawn["next_date"].map(NEXT_DATES))
    both = drawn if len(drawn) == len(NEXT_DATES) else drawn.head(0)
    return _beside_each_other(both, list(NEXT_DATES.values()), of="sessions whose client", what="session")


def _beside_each_other(drawn: pd.DataFrame, names: list[str], *, of: str, what: str) -> Layer:
    """A point and its 95 % interval for each `what` of each `of`: columns, and what their readers call them."""
    base = alt.Chart(drawn).encode(
        x=alt.X("of:N", sort=None, title=None, axis=alt.Axis(labelAngle=0, labelAlign="center", grid=False)),
        xOffset=alt.XOffset("what:N", sort=names),
        color=colour_of(names),
        tooltip=[
            alt.Tooltip("of:N", title=of),
            alt.Tooltip("what:N", title=what),
            alt.Tooltip("value:Q", format=".1%", title="share"),
            alt.Tooltip("denominator:Q", format=",", title="sessions"),
            *interval_tooltips(),
        ],
    )
    share = value_axis("value", "of sessions", domain=(0, 1), unit=SHARE)
    spread = base.mark_rule(strokeWidth=3, opacity=0.55).encode(y=alt.Y("low:Q", title="of sessions"), y2="high:Q")
    return alt.layer(spread, base.mark_point(size=110).encode(y=share))


def appointments(frame: pd.DataFrame, interval: Interval) -> Layer:
    """What became of them; those that are not settled yet are in none of the parts."""
    columns = {
        "kept": "kept",
        "cancelled": "cancelled",
        "missed_by_client": "missed by the client",
        "missed_by_coach": "missed by the human coach",
        "missed_by_both": "missed by both",
    }
    return stacked(frame, columns, interval, axis="appointments")


def approach_choice(frame: pd.DataFrame, interval: Interval) -> Layer:
    """A bar for each choice, in its field: how many of all clients made it."""
    del interval
    drawn = plain(frame).dropna(subset=["clients"])
    drawn = drawn.assign(
        of=drawn["field"].map(APPROACH_FIELDS) + ": " + drawn["value"].map(APPROACH_VALUES),
        what=drawn["value"].eq(AS_IT_COMES).map({True: AS_IT_COMES, False: "chosen"}),
    )
    bars = alt.Chart(drawn).mark_bar()
    return alt.layer(
        bars.encode(
            x=alt.X("share:Q", title="of clients", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%")),
            y=alt.Y("of:N", sort=None, title=None, axis=alt.Axis(labelLimit=200)),
            color=colour_of(["chosen", AS_IT_COMES]),
            tooltip=[
                alt.Tooltip("of:N", title=" "),
                alt.Tooltip("clients:Q", format=",", title="clients"),
                alt.Tooltip("share:Q", format=".1%", title="share"),
            ],
        )
    )


def approach_followed(frame: pd.DataFrame, interval: Interval) -> Layer:
    """How far apart the coach is with each wish and without, in parts of what it does without, with the interval."""
    del interval
    drawn = plain(frame).dropna(subset=["difference"])
    drawn = drawn.assign(of=[FOLLOWED[key] for key in zip(drawn["field"], drawn["value"], strict=True)])
    whole = drawn["p50_without"].where(drawn["p50_without"] > 0)
    for name in ("difference", "low", "high"):
        drawn[f"part_{name}"] = drawn[name] / whole
    base = alt.Chart(drawn).encode(
        y=alt.Y("of:N", sort=None, title=None, axis=alt.Axis(labelLimit=240)),
        tooltip=[
            alt.Tooltip("of:N", title=" "),
            alt.Tooltip("p50_with:Q", format=".2f", title="with the wish"),
            alt.Tooltip("p50_without:Q", format=".2f", title="without"),
            alt.Tooltip("difference:Q", format=".2f", title="difference"),
            alt.Tooltip("low:Q", format=".2f", title="95 % interval from"),
            alt.Tooltip("high:Q", format=".2f", title="to"),
            alt.Tooltip("sessions:Q", format=",", title="sessions"),
        ],
    )
    axis = alt.X("part_low:Q", title="more or less than without a wish", axis=alt.Axis(format="+%"))
    spread = base.mark_rule(color=ONE, strokeWidth=3, opacity=0.55).encode(x=axis, x2="part_high:Q")
    return alt.layer(spread, base.mark_point(color=ONE, size=110).encode(x=alt.X("part_difference:Q")))


def version_comparison(frame: pd.DataFrame, interval: Interval) -> Layer:
    """The difference of each comparison that may tell it, with its interval; else each version's sessions."""
    del interval
    drawn = plain(frame).dropna(subset=["sessions"])
    told = drawn.dropna(subset=["difference"])
    names = alt.Y("comparison:N", sort=None, title=None, axis=alt.Axis(labelLimit=240))
    if told.empty:
        drawn = drawn.assign(what=drawn["version"].map(VERSIONS))
        bars = alt.Chart(drawn).mark_bar()
        return alt.layer(
            bars.encode(
                x=alt.X("sessions:Q", title="sessions"),
                y=names,
                color=colour_of(list(VERSIONS.values())),
                tooltip=[
                    alt.Tooltip("what:N", title="version"),
                    alt.Tooltip("sessions:Q", format=",", title="sessions"),
                    alt.Tooltip("rated:Q", format=",", title="rated"),
                    alt.Tooltip("planned_sessions:Q", format=",", title="planned for both"),
                ],
            )
        )
    base = alt.Chart(told).encode(
        y=names,
        tooltip=[
            alt.Tooltip("comparison:N", title=" "),
            alt.Tooltip("difference:Q", format="+.2f", title="stars, new against standing"),
            alt.Tooltip("low:Q", format="+.2f", title="95 % interval from"),
            alt.Tooltip("high:Q", format="+.2f", title="to"),
        ],
    )
    axis = alt.X("low:Q", title="stars, new version against the standing one", axis=alt.Axis(format="+.1f"))
    spread = base.mark_rule(color=ONE, strokeWidth=3, opacity=0.55).encode(x=axis, x2="high:Q")
    return alt.layer(spread, base.mark_point(color=ONE, size=110).encode(x=alt.X("difference:Q")))


def version_failures(frame: pd.DataFrame, interval: Interval) -> Layer:
    """A point and its 95 % interval for each cause, the versions beside each other."""
    del interval
    drawn = plain(frame).dropna(subset=["value"])
    drawn = drawn.assign(
        of=drawn["comparison"] + ": " + drawn["cause"].str.replace("_", " "), what=drawn["version"].map(VERSIONS)
    )
    names = list(VERSIONS.values())
    base = alt.Chart(drawn).encode(
        x=alt.X("of:N", sort=None, title=None, axis=alt.Axis(labelAngle=0, labelLimit=160, grid=False)),
        xOffset=alt.XOffset("what:N", sort=names),
        color=colour_of(names),
        tooltip=[
            alt.Tooltip("of:N", title="cause"),
            alt.Tooltip("what:N", title="version"),
            alt.Tooltip("value:Q", format=".1%", title="of sessions"),
            alt.Tooltip("numerator:Q", format=",", title="failed"),
            alt.Tooltip("denominator:Q", format=",", title="sessions"),
            *interval_tooltips(),
        ],
    )
    share = value_axis("value", "of sessions", unit=SHARE)
    spread = base.mark_rule(strokeWidth=3, opacity=0.55).encode(y=alt.Y("low:Q", title="of sessions"), y2="high:Q")
    return alt.layer(spread, base.mark_point(size=110).encode(y=share))


def lifecycle(frame: pd.DataFrame, interval: Interval) -> Layer:
    """Who is there above the line, who stayed away below it."""
    columns = {name: name for name in ("returning", "resurrecting", "new", "dormant")}
    prepared = over_time(frame, interval, marks=len(columns))
    drawn = long(prepared, columns, keep(frame))
    if drawn.empty:
        # Of an analyst's rows the parts may be hidden, and how many were active not.
        return alt.layer(*lead_line(frame, LEADS["lifecycle"], interval))
    away = drawn["what"] == "dormant"
    drawn = drawn.assign(clients=drawn["value"], value=drawn["value"].mask(away, -drawn["value"]))
    bars = alt.Chart(drawn).mark_bar(size=bar_size(drawn))
    axis = value_axis("value", "clients (below 0: stayed away)")
    drawn_bars: alt.Chart = bars.encode(
        x=time_axis(drawn),
        y=axis,
        color=colour_of(list(columns.values())),
        fillOpacity=until_over(frame),
        tooltip=[
            alt.Tooltip("when:N", title="when"),
            alt.Tooltip("what:N", title=" "),
            alt.Tooltip("clients:Q", format=",", title="clients"),
        ],
    )
    return drawn_bars


def nps(frame: pd.DataFrame, interval: Interval) -> Layer:
    extra = [alt.Tooltip(f"{name}:Q", format=",", title=name) for name in ("promoters", "passives", "detractors")]
    return alt.layer(*levels((0, "")), *lead_line(frame, LEADS["nps"], interval, extra=extra))


def check_in(frame: pd.DataFrame, interval: Interval) -> Layer:
    extra = [alt.Tooltip("below_36:Q", format=",", title="under 36")]
    return alt.layer(
        *levels((36, "36: under it, worth a talk")), *lead_line(frame, LEADS["check_in"], interval, extra=extra)
    )


def turns(frame: pd.DataFrame, interval: Interval) -> Layer:
    columns = {"p50_client_words": "client", "p50_agent_words": "coach"}
    return lines(frame, columns, interval, axis="words a session (median)", unit=WORDS)


def talk_ratio(frame: pd.DataFrame, interval: Interval) -> Layer:
    extra = [alt.Tooltip("over_60_percent:Q", format=",", title="sessions over 60 %")]
    line = lead_line(frame, LEADS["talk_ratio"], interval, extra=extra)
    return alt.layer(*levels((0.6, "over 60 %: flagged"), (0.4, "up to 40 %: good coaching")), *line)


def turn_latency(frame: pd.DataFrame, interval: Interval) -> Layer:
    columns = {"p50_ms": "median", "p95_ms": "19 of 20"}
    line = lines(frame, columns, interval, axis="wait for an answer", unit=MILLISECONDS)
    return alt.layer(*levels((LATENCY_GOOD_MS, "1.5 s: usual median of voice services")), line)


def latency_parts(frame: pd.DataFrame, interval: Interval) -> Layer:
    """A line for each part; what was measured before is a part of its own and joins no other."""
    parts = [part for part in PARTS if (frame["part"] == part).any()]
    medians = frame.pivot(index="interval_start", columns="part", values="p50_ms").reset_index()
    columns = {part: PARTS[part] for part in parts}
    return lines(medians, columns, interval, axis="median wait", unit=MILLISECONDS)


def silences(frame: pd.DataFrame, interval: Interval) -> Layer:
    columns = {"by_client": "client spoke first", "by_agent": "coach spoke first", "by_nobody": "call ended"}
    return stacked(frame, columns, interval, axis="silences over 10 s")


def failure_rate(frame: pd.DataFrame, interval: Interval) -> Layer:
    """A share for each cause, side by side, each with its 95 % interval."""
    drawn = over_time(frame, interval, marks=2)
    causes = sorted(drawn["cause"].dropna().unique())
    drawn = drawn.assign(what=drawn["cause"].str.replace("_", " "))
    names = [cause.replace("_", " ") for cause in causes]
    colours = [SEGMENTS[place % len(SEGMENTS)] for place in range(len(names))]
    base = alt.Chart(drawn).encode(
        x=time_axis(drawn),
        color=alt.Color(
            "what:N", sort=None, scale=alt.Scale(domain=names, range=colours), legend=alt.Legend(columns=2)
        ),
        tooltip=[
            alt.Tooltip("when:N", title="when"),
            alt.Tooltip("what:N", title="cause"),
            alt.Tooltip("value:Q", format=".1%", title="of sessions"),
            alt.Tooltip("numerator:Q", format=",", title="failed"),
            alt.Tooltip("denominator:Q", format=",", title="sessions"),
            *interval_tooltips(),
        ],
    )
    share = value_axis("value", "of sessions", unit=SHARE)
    intervals = base.mark_rule(strokeWidth=2, opacity=0.45).encode(y=alt.Y("low:Q", title="of sessions"), y2="high:Q")
    return alt.layer(intervals, base.mark_point().encode(y=share))


def goal_scores(frame: pd.DataFrame, interval: Interval) -> Layer:
    extra = [alt.Tooltip("p50_change:Q", format="+.1f", title="against the first T")]
    # Of one person's own score nobody asks how many values it is based on.
    lead = replace(T_SCORE, n=()) if frame["clients"].max() == 1 else T_SCORE
    return alt.layer(*levels((50, "50: as expected"), zero=False), *lead_line(frame, lead, interval, extra=extra))


def confidence_change(frame: pd.DataFrame, interval: Interval) -> Layer:
    return alt.layer(*levels((0, "0: no change")), *lead_line(frame, LEADS["confidence_change"], interval))


def reliable_change(frame: pd.DataFrame, interval: Interval) -> Layer:
    """One row: how many clients changed by more than measurement error."""
    del interval
    columns = {name: name for name in ("improved", "unchanged", "worsened")}
    drawn = long(plain(frame), columns, ["clients"])
    axis = alt.Axis(title=None, labelFontSize=13, domain=False, ticks=False)
    base = alt.Chart(drawn).encode(
        y=alt.Y("what:N", sort=None, axis=axis),
        x=alt.X("value:Q", title="clients", axis=alt.Axis(tickMinStep=1)),
        tooltip=[alt.Tooltip("what:N", title=" "), alt.Tooltip("value:Q", format=",", title="clients")],
    )
    bars = base.mark_bar(size=26).encode(color=colour_of(list(columns.values())).legend(None))
    return alt.layer(bars, base.mark_text(align="left", dx=5, fontSize=13, color=GREY).encode(text="value:Q"))


def funnel(frame: pd.DataFrame, interval: Interval) -> Layer:
    """A bar for each step, with its clients and their share of the step before beside it.

    The line at its end is that share's 95 % interval, as so many clients of the step before.
    """
    del interval
    steps = plain(frame)
    ends = {end: steps[end] * steps["clients"].astype("float64").shift() for end in ("low", "high")}
    drawn = steps.assign(low_share=steps["low"], high_share=steps["high"], **ends).dropna(subset=["clients"])
    shares = drawn["share_of_previous"]
    drawn = drawn.assign(
        name=[step_name(step) for step in drawn["step"]],
        label=[
            count(clients) + ("" if pd.isna(share) else f", {percent(share)}")
            for clients, share in zip(drawn["clients"], shares, strict=True)
        ],
        edge=drawn[["clients", "high"]].astype("float64").max(axis="columns"),
    )
    # Room for the words at the end of the longest bar.
    widest = max(1.0, float(drawn["clients"].max()) * 1.3)
    axis = alt.Axis(domain=False, ticks=False, grid=False, labelLimit=160)
    title = ["clients; % of the step before", "line: 95 % interval of that share"]
    base = alt.Chart(drawn).encode(
        y=alt.Y("name:N", sort=None, title=None, axis=axis),
        x=alt.X("clients:Q", title=title, scale=alt.Scale(domain=[0, widest], nice=False)),
        tooltip=[
            alt.Tooltip("name:N", title="step"),
            alt.Tooltip("clients:Q", format=",", title="clients"),
            alt.Tooltip("share_of_first:Q", format=".1%", title="of those invited"),
            alt.Tooltip("share_of_previous:Q", format=".1%", title="of the step before"),
            *interval_tooltips("low_share", "high_share"),
        ],
    )
    interval_bar = base.transform_filter("isValid(datum.low)").mark_rule(color=ONE, strokeWidth=3)
    text = base.mark_text(align="left", dx=6, fontSize=12, color=GREY).encode(x="edge:Q", text="label:N")
    return alt.layer(base.mark_bar(color=ONE, opacity=0.4), interval_bar.encode(x="low:Q", x2="high:Q"), text)


# Those that a headline alone does not make.
OWN_PICTURES = {
    draw.__name__: draw
    for draw in (
        session_duration,
        session_outcomes,
        active_clients,
        return_gaps,
        return_rate,
        time_to_second_session,
        retention,
        lifecycle,
        funnel,
        membership_survival,
        human_comparison,
        next_date_comparison,
        appointments,
        approach_choice,
        approach_followed,
        nps,
        check_in,
        turns,
        talk_ratio,
        turn_latency,
        latency_parts,
        silences,
        failure_rate,
        version_comparison,
        version_failures,
        confidence_change,
        reliable_change,
    )
}


def picture(metric_id: str, frame: pd.DataFrame, interval: Interval) -> Layer:
    """The metric's own picture, or the one that its headline makes: a rate with its 95 % interval, or a line."""
    own = OWN_PICTURES.get(metric_id)
    if own is not None:
        return own(frame, interval)
    lead = LEADS[metric_id]
    return alt.layer(*rate(frame, lead, interval) if lead.is_rate else lead_line(frame, lead, interval))
