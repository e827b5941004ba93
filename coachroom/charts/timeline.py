"""One client's sessions: how long and how they ended, and under them how long the answers took."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from coachroom.charts import formatting
from coachroom.charts.catalogue import Chart
from coachroom.charts.day_marks import DayMark, marked, with_marks
from coachroom.charts.marks import days_axis, largest, value_axis
from coachroom.charts.theme import BLUE, GREY, colour_of, finish
from coachroom.clock import short_date
from coachroom.metrics.day_notes import DayNote
from coachroom.metrics.units import MILLISECONDS, SECONDS
from coachroom.metrics.version_changes import shown

HEIGHT = 180
STATES = ("completed", "abandoned", "failed")
SHAPES = ("circle", "diamond", "cross")


def outcomes(frame: pd.DataFrame, notes: Sequence[DayNote] = ()) -> Chart:
    """Each session at its time and length; a low rating is marked above it."""
    drawn = _prepared(frame)
    seen = [state for state in STATES if (drawn["what"] == state).any()]
    base = alt.Chart(drawn).encode(
        x=_shared_axis(drawn),
        y=value_axis("duration_seconds", "length of a session", unit=SECONDS, top=largest(drawn["duration_seconds"])),
        tooltip=_tooltips(),
    )
    shapes = alt.Scale(domain=seen, range=[SHAPES[STATES.index(state)] for state in seen])
    shape = alt.Shape("what:N", sort=None, scale=shapes)
    stems = base.mark_rule(color=GREY, opacity=0.5).encode(y2=alt.datum(0))
    heads = base.mark_point(size=110).encode(color=colour_of(seen), shape=shape)
    ratings = base.mark_text(dy=-13, fontSize=12, color=GREY).encode(text="low:N")
    return finish(with_marks(alt.layer(stems, heads, ratings), _marks(frame, notes)), sentence(frame), HEIGHT + 40)


def response_times(frame: pd.DataFrame, notes: Sequence[DayNote] = ()) -> Chart:
    """The median wait for the coach's voice in each session, on the same days."""
    drawn = _prepared(frame)
    answered = drawn.dropna(subset=["p50_ms"])
    base = alt.Chart(answered).encode(
        x=_shared_axis(drawn),
        y=value_axis("p50_ms", "median wait for an answer", unit=MILLISECONDS, top=largest(answered["p50_ms"])),
        tooltip=_tooltips(),
    )
    line = base.mark_line(color=BLUE, opacity=0.5)
    return finish(
        with_marks(alt.layer(line, base.mark_point(color=BLUE)), _marks(frame, notes)), heard_sentence(frame), HEIGHT
    )


def _marks(frame: pd.DataFrame, notes: Sequence[DayNote]) -> list[DayMark]:
    """The days with a note while these sessions were held."""
    return marked(notes, frame["start_time"].min().date(), frame["start_time"].max().date())


def sentence(frame: pd.DataFrame) -> str:
    """How the sessions went."""
    sessions = formatting.some(len(frame), "session")
    ended = [
        f"{int((frame['status'] == state).sum())} {state}" for state in STATES if (frame["status"] == state).any()
    ]
    text = f"{sessions}, valid or not: {', '.join(ended)}."
    rated = frame["rating"].dropna()
    if len(rated):
        latest = int(rated.iloc[0])
        text += (
            f" Rated once, {latest} of 5."
            if len(rated) == 1
            else f" Rated {len(rated)} times, latest {latest} of 5, mean {rated.mean():.1f}."
        )
    return text


def heard_sentence(frame: pd.DataFrame) -> str:
    """How long the client waited for answers, and whether badly rated sessions were the slow ones."""
    waits = frame["p50_ms"].dropna()
    if waits.empty:
        return "No spoken answer was timed."
    text = f"Median wait for an answer: {formatting.seconds(float(waits.iloc[0]))} in the latest session timed."
    low = frame.loc[frame["rating"] <= 3, "p50_ms"].dropna()
    high = frame.loc[frame["rating"] >= 4, "p50_ms"].dropna()
    if len(low) and len(high):
        text += (
            f" Sessions rated 3 or less: {formatting.seconds(float(low.median()))}; rated 4 or 5: "
            f"{formatting.seconds(float(high.median()))}."
        )
    return text


def _prepared(frame: pd.DataFrame) -> pd.DataFrame:
    rated = [
        formatting.shown(rating, lambda value: f"{value:.0f}/5").replace(formatting.NONE, "")
        for rating in frame["rating"]
    ]
    return frame.assign(
        x=frame["start_time"].dt.tz_localize("UTC"),
        when=[f"{short_date(start)}, {start:%H:%M} UTC" for start in frame["start_time"]],
        lasted=[formatting.exactly(value, SECONDS) for value in frame["duration_seconds"]],
        wait=[formatting.exactly(value, MILLISECONDS) for value in frame["p50_ms"]],
        what=frame["status"],
        rated=rated,
        low=[text if text[:1] in {"1", "2", "3"} else "" for text in rated],
        share=[formatting.shown(share, formatting.percent) for share in frame["coach_share"]],
        version=[formatting.NONE if pd.isna(version) else shown(version) for version in frame["agent_version"]],
        felt=[formatting.shown(total, lambda value: f"{value:.0f} of 40") for total in frame["check_in"]],
    ).sort_values("x")


def _shared_axis(drawn: pd.DataFrame) -> alt.X:
    """The same days on both pictures, whatever each of them shows."""
    first, last = drawn["x"].min(), drawn["x"].max()
    room = max((last - first) * 0.02, pd.Timedelta(days=1))
    return days_axis(drawn["x"], room)


def _tooltips() -> list[alt.Tooltip]:
    return [
        alt.Tooltip("when:N", title="when"),
        alt.Tooltip("what:N", title="ended"),
        alt.Tooltip("lasted:N", title="lasted"),
        alt.Tooltip("rated:N", title="rating"),
        alt.Tooltip("felt:N", title="check-in"),
        alt.Tooltip("wait:N", title="wait for an answer"),
        alt.Tooltip("share:N", title="coach's words"),
        alt.Tooltip("interrupted_turns:Q", title="interruptions"),
        alt.Tooltip("version:N", title="AI coach's version"),
    ]
