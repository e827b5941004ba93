"""The number that speaks for a metric where there is room for one: cards, sentences, comparisons between segments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import pandas as pd

from coachroom.charts import words
from coachroom.charts.words import Formatter


@dataclass(frozen=True)
class Lead:
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

LEADS: Mapping[str, Lead] = MappingProxyType(
    {
        lead.metric: lead
        for lead in (
            Lead(
                "session_duration",
                "p50_seconds",
                "Median session",
                words.minutes,
                "minutes",
                ("sessions",),
                "sessions",
                scale=1 / 60,
            ),
            Lead("session_outcomes", "sessions", "Sessions", words.count, "sessions"),
            Lead("active_clients", "wau", "Active in 7 days", words.count, "clients", at="day"),
            Lead("lifecycle", "active", "Active clients", words.count, "clients"),
            Lead(
                "csat",
                "value",
                "Satisfied",
                words.percent,
                "of ratings",
                ("denominator",),
                "ratings",
                ("numerator",),
                domain=SHARE,
            ),
            Lead(
                "nps",
                "value",
                "Net promoter score",
                words.points,
                "points",
                ("promoters", "passives", "detractors"),
                "answers",
                domain=(-100, 100),
            ),
            Lead(
                "check_in",
                "p50_total",
                "Median check-in",
                words.number,
                "points of 40",
                ("answers",),
                "answers",
                domain=(0, 40),
            ),
            Lead("turns", "p50_client_words", "Client's words", words.count, "words a session"),
            Lead(
                "talk_ratio",
                "p50",
                "Coach's share",
                words.percent,
                "of words",
                ("sessions",),
                "sessions",
                domain=SHARE,
            ),
            Lead(
                "turn_latency",
                "p50_ms",
                "Median wait",
                words.seconds,
                "seconds",
                ("turns",),
                "turns",
                scale=1 / 1000,
            ),
            Lead(
                "barge_in_rate",
                "value",
                "Interrupted",
                words.percent,
                "of the coach's turns",
                ("denominator",),
                "turns",
                ("numerator",),
            ),
            Lead(
                "task_success",
                "value",
                "Successful",
                words.percent,
                "of evaluations",
                ("success", "failure"),
                "evaluations",
                ("success",),
                domain=SHARE,
            ),
            Lead(
                "goal_attainment",
                "value",
                "Goals on course",
                words.percent,
                "of goals",
                ("goals_reviewed",),
                "goals",
                ("at_or_above",),
                domain=SHARE,
            ),
            Lead(
                "action_completion",
                "value",
                "Done on time",
                words.percent,
                "of actions",
                ("due",),
                "actions",
                ("on_time",),
                domain=SHARE,
            ),
            Lead(
                "confidence_change",
                "p50_change",
                "Change in confidence",
                words.signed,
                "points",
                ("sessions",),
                "sessions",
            ),
        )
    }
)
# Numbers for cards that have no metric to lead.
FAILED = Lead(
    "session_outcomes",
    "failed",
    "Failed sessions",
    words.percent,
    "of sessions",
    ("sessions",),
    "sessions",
    ("failed",),
)
VALID = Lead("session_outcomes", "valid", "Valid sessions", words.count, "sessions")
NEW = Lead("lifecycle", "new", "New clients", words.count, "clients")
T_SCORE = Lead(
    "goal_attainment", "p50_t", "Median T score", words.number, "T score", ("clients",), "clients", domain=(20, 80)
)
