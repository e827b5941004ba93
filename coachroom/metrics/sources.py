"""Which metrics can fill in this installation, and what to set where one cannot."""

from __future__ import annotations

from dataclasses import dataclass

ASKED = frozenset({"check_in", "nps", "approach_fits"})
ANALYSED = frozenset({"task_success"})
ASKED_OR_ANALYSED = frozenset({"confidence_change"})

NOT_ASKED = "clients are not asked here, as COACHROOM_SESSION_QUESTIONS is off"
NOT_ANALYSED = (
    "no analysis of conversations arrives here: set ELEVENLABS_API_KEY or COACHROOM_WEBHOOK_SECRET to get it"
)


@dataclass(frozen=True)
class DataSources:
    """What brings data beside the room's own record: the questions after a session, the provider's analysis."""

    questions: bool
    analysis: bool

    def missing_for(self, metric_id: str) -> str | None:
        """Why the metric gets no data here, to go on a sentence with; None where it does."""
        if metric_id in ASKED and not self.questions:
            return NOT_ASKED
        if metric_id in ANALYSED and not self.analysis:
            return NOT_ANALYSED
        if metric_id in ASKED_OR_ANALYSED and not (self.questions or self.analysis):
            return f"{NOT_ASKED}, and {NOT_ANALYSED}"
        return None
