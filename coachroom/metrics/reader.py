"""Metrics and forecasts for pages, which do not reach the database, or the copy of it for numbers, themselves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from random import Random
from zoneinfo import ZoneInfo

import pandas as pd

from coachroom.metrics.day_notes import DayNote
from coachroom.metrics.parameters import Parameters
from coachroom.metrics.return_risk import ReturnForecast, ReturnModel, return_forecasts, return_model
from coachroom.metrics.run import measure, measure_parts
from coachroom.metrics.session_extract import session_extract
from coachroom.metrics.talk_reminders import TalkReminders, talk_reminders
from coachroom.metrics.version_changes import version_changes
from coachroom.store.store import Reads


class MetricsReader:
    """Computes each time it is called; callers cache."""

    def __init__(self, store: Reads) -> None:
        self._store = store

    def measure(self, metric_id: str, parameters: Parameters) -> pd.DataFrame:
        """The metric's rows, as `metrics.run.run` describes them. Raises MetricError."""
        return measure(self._store, metric_id, parameters)

    def measure_parts(self, metric_id: str, parameters: Parameters) -> dict[str, pd.DataFrame]:
        """What an analyst sees of every part by the segment's kind, as `metrics.run.measure_parts` describes it."""
        return measure_parts(self._store, metric_id, parameters)

    def session_extract(self, parameters: Parameters, chance: Random) -> pd.DataFrame:
        """One row a session, about nobody in particular, as `session_extract.session_extract` describes it."""
        return session_extract(self._store, parameters, chance)

    def version_changes(self, zone: ZoneInfo, min_group: int) -> tuple[DayNote, ...]:
        """The days on which a new version of the agent was first met, as `version_changes` has them."""
        return version_changes(self._store, zone, min_group)

    def talk_reminders(self, parameters: Parameters) -> TalkReminders:
        """How often the agent was reminded to say less."""
        return talk_reminders(self._store, parameters)

    def return_model(self, as_of: datetime, *, min_valid_seconds: float) -> ReturnModel:
        """What is known by the Monday before `as_of` (naive UTC) of who comes back."""
        return return_model(self._store, as_of, min_valid_seconds=min_valid_seconds)

    def return_forecasts(
        self, model: ReturnModel, clients: Sequence[str], as_of: datetime, *, min_valid_seconds: float
    ) -> dict[str, ReturnForecast]:
        """By client's id, the chances of those who have an estimate, as of that time (naive UTC)."""
        return return_forecasts(self._store, model, clients, as_of, min_valid_seconds=min_valid_seconds)
