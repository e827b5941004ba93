"""The arc of a session: GROW, after Whitmore. Goal, reality, options, will; a stage once reached stays reached."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from coachroom.store.statements import load_statements
from coachroom.store.store import Store, Transaction

SQL = load_statements("coachroom.coaching", "stages.sql")


class Stage(StrEnum):
    GOAL = "goal"
    REALITY = "reality"
    OPTIONS = "options"
    WILL = "will"


def reach_stage(transaction: Transaction, session_id: str, stage: Stage, at_time: datetime) -> None:
    """Within the caller's transaction: the conversation has come to this stage."""
    transaction.execute(SQL["reach"], [session_id, stage, at_time])


def stages_of(store: Store, session_id: str) -> list[Stage]:
    """The stages the session has been in, in the order they were first reached."""
    return [Stage(stage) for (stage,) in store.execute(SQL["stages_of"], [session_id])]
