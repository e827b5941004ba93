"""The number that speaks for a metric where there is room for one: cards, sentences, comparisons between segments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import pandas as pd

from coachroom.charts import formatting
from coachroom.charts.formatting import Formatter
from coachroom.metrics.definitions import definition
from coachroom.metrics.units import Unit


@dataclass(frozen=True, kw_only=True)
class Headline:
    """One column of a metric with a row for each interval, and how it is shown.

    `n` are the columns that add up to the number of cases, called `of`; `hits` are those that add up to a rate's
    numerator, where the number is a rate.
    """

    metric: str
    column: str
    label: str
    form: Formatter
    axis: str
    n: tuple[str, ...] = ()
    of: str = ""
    hits: tuple[str, ...] = ()
    domain: tuple[float, float] | None = None
    at: str = "interval_start"

    @property
    def unit(self) -> Unit:
        """What the column's numbers are in, wherever they are shown."""
        (unit,) = [each.unit for each in definition(self.metric).columns if each.name == self.column and each.unit]
        return unit

    @property
    def is_rate(self) -> bool:
        return bool(self.hits)

    def case_count(self, frame: pd.DataFrame) -> pd.Series:
        """How many cases each row's number is based on."""
        return frame[list(self.n)].astype("float64").sum(axis="columns", skipna=False)


SHARE = (0.0, 1.0)

LEADS: Mapping[str, Headline] = MappingProxyType(
    {
        lead.metric: lead
        for lead in (
            Headline(
                metric="session_duration",
                column="p50_seconds",
                label="Median session",
                form=formatting.minutes,
                axis="length of a session",
                n=("sessions",),
                of="sessions",
            ),
            Headline(
                metric="session_outcomes", column="sessions", label="Sessions", form=formatting.count, axis="sessions"
            ),
            Headline(
                metric="written_sessions",
                column="value",
                label="To a next step in writing",
                form=formatting.percent,
                axis="of sessions in writing",
                n=("denominator",),
                of="sessions",
                hits=("numerator",),
                domain=SHARE,
            ),
            Headline(
                metric="human_sessions",
                column="joined",
                label="With a human coach",
                form=formatting.count,
                axis="sessions with a human coach",
            ),
            Headline(
                metric="active_clients",
                column="wau",
                label="Active in 7 days",
                form=formatting.count,
                axis="clients",
                at="day",
            ),
            Headline(
                metric="lifecycle", column="active", label="Active clients", form=formatting.count, axis="clients"
            ),
            Headline(
                metric="csat",
                column="value",
                label="Satisfied",
                form=formatting.percent,
                axis="of ratings",
                n=("denominator",),
                of="ratings",
                hits=("numerator",),
                domain=SHARE,
            ),
            Headline(
                metric="nps",
                column="value",
                label="Net promoter score",
                form=formatting.points,
                axis="points",
                n=("promoters", "passives", "detractors"),
                of="answers",
                domain=(-100, 100),
            ),
            Headline(
                metric="check_in",
                column="p50_total",
                label="Median check-in",
                form=formatting.number,
                axis="points of 40",
                n=("answers",),
                of="answers",
                domain=(0, 40),
            ),
            Headline(
                metric="turns",
                column="p50_client_words",
                label="Client's words",
                form=formatting.count,
                axis="words a session",
            ),
            Headline(
                metric="talk_ratio",
                column="p50",
                label="Coach's share",
                form=formatting.percent,
                axis="of words",
                n=("sessions",),
                of="sessions",
                domain=SHARE,
            ),
            Headline(
                metric="turn_latency",
                column="p50_ms",
                label="Median wait",
                form=formatting.seconds,
                axis="wait for an answer",
                n=("turns",),
                of="turns",
            ),
            Headline(
                metric="cut_ins",
                column="value",
                label="Cut in",
                form=formatting.percent,
                axis="of the coach's turns",
                n=("denominator",),
                of="turns",
                hits=("numerator",),
            ),
            Headline(
                metric="reconnects",
                column="with_reconnect",
                label="Sessions with a broken line",
                form=formatting.count,
                axis="sessions",
            ),
            Headline(
                metric="barge_in_rate",
                column="value",
                label="Interrupted",
                form=formatting.percent,
                axis="of the coach's turns",
                n=("denominator",),
                of="turns",
                hits=("numerator",),
            ),
            Headline(
                metric="pauses",
                column="value",
                label="With a pause",
                form=formatting.percent,
                axis="of sessions",
                n=("denominator",),
                of="sessions",
                hits=("numerator",),
            ),
            Headline(
                metric="task_success",
                column="value",
                label="Successful",
                form=formatting.percent,
                axis="of evaluations",
                n=("success", "failure"),
                of="evaluations",
                hits=("success",),
                domain=SHARE,
            ),
            Headline(
                metric="goal_attainment",
                column="value",
                label="Goals on course",
                form=formatting.percent,
                axis="of goals",
                n=("goals_reviewed",),
                of="goals",
                hits=("at_or_above",),
                domain=SHARE,
            ),
            Headline(
                metric="approach_asked",
                column="answered_share",
                label="Answered how the coach should work",
                form=formatting.percent,
                axis="of questions",
                n=("asked",),
                of="questions",
                hits=("answered",),
                domain=SHARE,
            ),
            Headline(
                metric="approach_fits",
                column="p50",
                label="The way of working suits",
                form=formatting.number,
                axis="points",
                n=("answers",),
                of="answers",
                domain=(0, 10),
            ),
            Headline(
                metric="action_completion",
                column="value",
                label="Done on time",
                form=formatting.percent,
                axis="of next steps",
                n=("due",),
                of="next steps",
                hits=("on_time",),
                domain=SHARE,
            ),
            Headline(
                metric="confidence_change",
                column="p50_change",
                label="Change in confidence",
                form=formatting.signed,
                axis="points",
                n=("sessions",),
                of="sessions",
            ),
        )
    }
)
# Numbers for cards that have no metric to lead.
FAILED = Headline(
    metric="session_outcomes",
    column="failed",
    label="Failed sessions",
    form=formatting.percent,
    axis="of sessions",
    n=("sessions",),
    of="sessions",
    hits=("failed",),
)
VALID = Headline(
    metric="session_outcomes", column="valid", label="Valid sessions", form=formatting.count, axis="sessions"
)
NEW = Headline(metric="lifecycle", column="new", label="New clients", form=formatting.count, axis="clients")
T_SCORE = Headline(
    metric="goal_attainment",
    column="p50_t",
    label="Median T score",
    form=formatting.number,
    axis="T score",
    n=("clients",),
    of="clients",
    domain=(20, 80),
)
# How the parts of a wait are called.
PARTS = {
    "end_to_transcript": "voice to transcript",
    "transcript_to_sound": "transcript to sound",
    "interruption_to_silence": "interruption to silence",
    "typed_to_answer": "typed to answer",
    "as_measured_before": "before December 2026",
}
