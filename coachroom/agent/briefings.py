"""Makes each session's briefing from what is on record, and keeps the one that was used for its client to read."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from coachroom.agent.briefing import About, Briefing, make
from coachroom.agent.session_approach import (
    SessionApproach,
    approach_of,
    coming_approach,
    settle_approach,
    trial_session,
)
from coachroom.clock import Clock
from coachroom.coaching.approach import ApproachField
from coachroom.coaching.coach_questions import QuestionForSession
from coachroom.coaching.coaching import Coaching
from coachroom.coaching.memory import Forgotten
from coachroom.coaching.validation import quoted
from coachroom.store.statements import load_statements
from coachroom.store.store import Row, Store, Transaction
from coachroom.store.writer import Writer

# Stands in a briefing where something stood that the client has forgotten since.
STRUCK = "(forgotten)"
SQL = load_statements("coachroom.agent", "briefings.sql")


@dataclass(frozen=True)
class UsedBriefing:
    """What the agent was given before a session."""

    session_id: str
    variables: dict[str, str | int]
    long_form: str
    made_at: datetime


# When a session began, how many the client had before it, and when the latest of these was (naive UTC).
History = Callable[[str, str], tuple[datetime | None, int, datetime | None]]


class Briefings:
    """One briefing a session: the one that its latest call was given."""

    def __init__(self, store: Store, writer: Writer, clock: Clock, coaching: Coaching, *, history: History) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock
        self._coaching = coaching
        self._history = history

    def prepare(self, session_id: str, client_id: str, *, kept: bool = True) -> Briefing:
        """The briefing for a call that starts now; where it is `kept`, it is on record before it is returned."""
        # Off the record nothing is asked for somebody else.
        question = self._coaching.coach_questions.take_for(client_id, session_id) if kept else None
        about = self._about(session_id, client_id, question)
        if not kept:
            return make(_working(about, coming_approach(self._store, session_id, client_id)))

        def work(transaction: Transaction) -> Briefing:
            if not transaction.execute(SQL["may_be_kept"], [session_id, client_id]):
                return make(_working(about, coming_approach(self._store, session_id, client_id)))
            now = self._clock()
            briefing = make(_working(about, settle_approach(transaction, session_id, client_id, now)))
            found = transaction.execute(SQL["briefing_of"], [session_id])
            used = _used(found[0]) if found else None
            if used is None or (used.variables, used.long_form) != (briefing.variables, briefing.long_form):
                variables = json.dumps(briefing.variables, ensure_ascii=False)
                transaction.execute(SQL["put_briefing"], [session_id, client_id, variables, briefing.long_form, now])
            return briefing

        return self._writer.submit(work).result()

    def approach_of(self, session_id: str) -> SessionApproach | None:
        """How the coach was asked to work in this session; None where it had no briefing, or is off the record."""
        return approach_of(self._store, session_id)

    def trial_session(self, client_id: str) -> str | None:
        """The session in which the client tried what they try now; None as long as there is none."""
        trial = self._coaching.approaches.standing(client_id).trial
        return None if trial is None else trial_session(self._store, client_id, trial)

    def of_session(self, session_id: str) -> UsedBriefing | None:
        """The briefing of this session; None where there was none."""
        found = self._store.execute(SQL["briefing_of"], [session_id])
        return _used(found[0]) if found else None

    def latest_for(self, client_id: str) -> UsedBriefing | None:
        """The briefing of the client's latest session; None where there was none."""
        found = self._store.execute(SQL["latest_briefing"], [client_id])
        return _used(found[0]) if found else None

    def _about(self, session_id: str, client_id: str, question: QuestionForSession | None) -> About:
        coaching = self._coaching
        profile = coaching.profiles.get(client_id)
        began_at, number, last_at = self._history(session_id, client_id)
        # The session's own beginning: what was due when it began stays so in each of its calls.
        now = began_at or self._clock()
        return About(
            profile=profile,
            goals=coaching.goals.list_for(client_id),
            actions=coaching.actions.list_for(client_id),
            memories=coaching.memory.list_for(client_id) if profile.remembers else (),
            session_number=number + 1,
            last_session_at=last_at,
            now=now,
            session_id=session_id,
            zone=coaching.profiles.zone(client_id),
            question=question,
            answers=coaching.step_answers.since(client_id, last_at, now),
        )


def _working(about: About, approach: SessionApproach) -> About:
    """What the briefing is made from, with how the coach works in this session."""
    values = {field: approach.values.get(field) for field in ApproachField}
    return replace(about, profile=about.profile.choosing(values), trying=approach.trying)


def _used(row: Row) -> UsedBriefing:
    session_id, variables, long_form, made_at = row
    return UsedBriefing(session_id, json.loads(variables), long_form, made_at)


def forget_in_briefings(transaction: Transaction, forgotten: Forgotten) -> None:
    """Within the caller's transaction: replaces the lines of the client's briefings that hold forgotten words."""
    words = {quoted(text) for text in forgotten.texts}
    for session_id, long_form in transaction.execute(SQL["briefings_of"], [forgotten.client_id]):
        lines = long_form.splitlines()
        kept = [STRUCK if line.partition(": ")[2] in words else line for line in lines]
        if kept != lines:
            transaction.execute(SQL["rewrite_briefing"], [session_id, "\n".join(kept)])
