"""The number that speaks for a metric where there is room for one: cards, sentences, comparisons between segments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import pandas as pd

from coachroom.charts import formatting
from coachroom.charts.formatting import Formatter


@dataclass(frozen=True)
class Headline:
    """One column of a metric with a row for each interval, and how it is said.

    `n` are the columns that add up to what the number rests on, called `of`; `hits` are those that add up to a rate's
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
    scale: float = 1.0
    domain: tuple[float, float] | None = None
    at: str = "interval_start"

    @property
    def is_rate(self) -> bool:
        return bool(self.hits)

    def resting_on(self, frame: pd.DataFrame) -> pd.Series:
        """What each row's number rests on."""
        return frame[list(self.n)].astype("float64").sum(axis="columns", skipna=False)


SHARE = (0.0, 1.0)

LEADS: Mapping[str, Headline] = MappingProxyType(
    {
        lead.metric: lead
        for lead in (
            Headline(
                "session_duration",
                "p50_seconds",
                "Median session",
                formatting.minutes,
                "minutes",
                ("sessions",),
                "sessions",
                scale=1 / 60,
            ),
            Headline("session_outcomes", "sessions", "Sessions", formatting.count, "sessions"),
            Headline("active_clients", "wau", "Active in 7 days", formatting.count, "clients", at="day"),
            Headline("lifecycle", "active", "Active clients", formatting.count, "clients"),
            Headline(
                "csat",
                "value",
                "Satisfied",
                formatting.percent,
                "of ratings",
                ("denominator",),
                "ratings",
                ("numerator",),
                domain=SHARE,
            ),
            Headline(
                "nps",
                "value",
                "Net promoter score",
                formatting.points,
                "points",
                ("promoters", "passives", "detractors"),
                "answers",
                domain=(-100, 100),
            ),
            Headline(
                "check_in",
                "p50_total",
                "Median check-in",
                formatting.number,
                "points of 40",
                ("answers",),
                "answers",
                domain=(0, 40),
            ),
            Headline("turns", "p50_client_words", "Client's words", formatting.count, "words a session"),
            Headline(
                "talk_ratio",
                "p50",
                "Coach's share",
                formatting.percent,
                "of words",
                ("sessions",),
                "sessions",
                domain=SHARE,
            ),
            Headline(
                "turn_latency",
                "p50_ms",
                "Median wait",
                formatting.seconds,
                "seconds",
                ("turns",),
                "turns",
                scale=1 / 1000,
            ),
            Headline(
                "barge_in_rate",
                "value",
                "Interrupted",
                formatting.percent,
                "of the coach's turns",
                ("denominator",),
                "turns",
                ("numerator",),
            ),
            Headline(
                "task_success",
                "value",
                "Successful",
                formatting.percent,
                "of evaluations",
                ("success", "failure"),
                "evaluations",
                ("success",),
                domain=SHARE,
            ),
            Headline(
                "goal_attainment",
                "value",
                "Goals on course",
                formatting.percent,
                "of goals",
                ("goals_reviewed",),
                "goals",
                ("at_or_above",),
                domain=SHARE,
            ),
            Headline(
                "action_completion",
                "value",
                "Done on time",
                formatting.percent,
                "of actions",
                ("due",),
                "actions",
                ("on_time",),
                domain=SHARE,
            ),
            Headline(
                "confidence_change",
                "p50_change",
                "Change in confidence",
                formatting.signed,
                "points",
                ("sessions",),
                "sessions",
            ),
        )
    }
)
# Numbers for cards that have no metric to lead.
FAILED = Headline(
    "session_outcomes",
    "failed",
    "Failed sessions",
    formatting.percent,
    "of sessions",
    ("sessions",),
    "sessions",
    ("failed",),
)
VALID = Headline("session_outcomes", "valid", "Valid sessions", formatting.count, "sessions")
NEW = Headline("lifecycle", "new", "New clients", formatting.count, "clients")
T_SCORE = Headline(
    "goal_attainment",
    "p50_t",
    "Median T score",
    formatting.number,
    "T score",
    ("clients",),
    "clients",
    domain=(20, 80),
)
