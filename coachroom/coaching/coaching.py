"""All that is kept of a client for their coaching, in one place."""

from __future__ import annotations

from datetime import datetime

from coachroom.clock import Clock
from coachroom.coaching.actions import Actions
from coachroom.coaching.approaches import Approaches
from coachroom.coaching.changes import Changes, changes
from coachroom.coaching.coach_questions import CoachQuestions
from coachroom.coaching.goals import Goals
from coachroom.coaching.memory import AfterForget, Ledger
from coachroom.coaching.profiles import Profiles
from coachroom.coaching.proposals import Proposals
from coachroom.coaching.stages import Stage, stages_of
from coachroom.coaching.step_answers import StepAnswers
from coachroom.coaching.summaries import Summaries
from coachroom.store.store import Store
from coachroom.store.writer import Writer


class Coaching:
    """The parts that pages and routes ask for."""

    def __init__(self, store: Store, writer: Writer, clock: Clock, *, after_forget: AfterForget) -> None:
        self._store = store
        self.profiles = Profiles(store, writer, clock)
        self.approaches = Approaches(store, writer, clock)
        self.goals = Goals(store, writer, clock)
        self.actions = Actions(store, writer, clock)
        self.step_answers = StepAnswers(store, writer, clock)
        self.memory = Ledger(store, writer, clock, after_forget)
        self.proposals = Proposals(store, writer, clock, after_forget)
        self.coach_questions = CoachQuestions(store, writer, clock)
        self.summaries = Summaries(store, writer, clock, memory=self.memory, proposals=self.proposals)

    def stages_of(self, session_id: str) -> list[Stage]:
        """The stages the session has been in, in the order they were first reached."""
        return stages_of(self._store, session_id)

    def changes(self, client_id: str, since: datetime, until: datetime) -> Changes:
        """What became of goals and actions from `since` on and before `until` (naive UTC)."""
        return changes(self._store, client_id, since, until)
