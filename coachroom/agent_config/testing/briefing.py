"""The briefing of a talk with a scripted client, as the room makes it. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from coachroom.agent.briefing import PLACEHOLDERS, About, Briefing, make
from coachroom.agent_config.testing.scripts import ClientRecord
from coachroom.coaching.actions import Action, ActionStatus, end_of
from coachroom.coaching.goals import Goal, GoalStatus
from coachroom.coaching.memory import Memory, MemoryKind, MemorySource, MemoryStatus
from coachroom.coaching.profiles import Profile

CLIENT_ID = "scripted"
DAYS_BETWEEN_SESSIONS = 7


def briefing(record: ClientRecord, now: datetime) -> Briefing:
    """The briefing of a session that begins `now` (naive UTC), with a value for every variable."""
    before = now - timedelta(days=DAYS_BETWEEN_SESSIONS)
    about = About(
        profile=Profile(
            CLIENT_ID,
            record.name,
            tone=record.tone,
            pace=record.pace,
            opening=record.opening,
            lead=record.lead,
            language=record.language,
            challenges=record.challenges,
        ),
        goals=[
            Goal(f"goal {place}", CLIENT_ID, title, None, None, GoalStatus.ACTIVE, before)
            for place, title in enumerate(record.goals)
        ],
        actions=_actions(record, now, before),
        memories=[
            Memory(
                f"fact {place}", CLIENT_ID, MemoryKind.FACT, text, None, (), 1.0, MemorySource.CLIENT,
                MemoryStatus.ACTIVE, before,
            )
            for place, text in enumerate(record.facts)
        ],
        session_number=record.sessions + 1,
        last_session_at=before if record.sessions else None,
        now=now,
        session_id="this session",
    )  # fmt: skip
    made = make(about)
    return Briefing({**PLACEHOLDERS, **made.variables}, made.long_form)


def _actions(record: ClientRecord, now: datetime, before: datetime) -> list[Action]:
    return [
        Action(
            id=f"action {place}",
            client_id=CLIENT_ID,
            title=action.title,
            status=ActionStatus.OPEN,
            due_at=None if action.due_in_days is None else end_of(now.date() + timedelta(days=action.due_in_days)),
            done_at=None,
            dropped_why=None,
            goal_id=None,
            session_id="the session before",
            created_at=before,
        )
        for place, action in enumerate(record.actions)
    ]
