"""What a client wrote in a session without a call: its four stages in their own words, each saved as it is written.

The goal and the next step that are written become the client's own; written anew, they take the place of what was
written before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from coachroom.coaching.actions import add_action, remove_action
from coachroom.coaching.goals import GoalStatus, NewGoal, add_goal, read_goals, remove_goal
from coachroom.coaching.rows import NewRow
from coachroom.coaching.stages import Stage, reach_stage
from coachroom.coaching.validation import one_line, required_lines, same_words
from coachroom.store.statements import load_statements
from coachroom.store.store import Row, Store, Transaction

SQL = load_statements("coachroom.coaching", "written_steps.sql")


@dataclass(frozen=True)
class WrittenStep:
    """`target_id`: the goal or next step that it names."""

    session_id: str
    stage: Stage
    words: str
    target_id: str | None
    written_at: datetime


def steps_of(store: Store | Transaction, session_id: str) -> list[WrittenStep]:
    """What was written in a session, in the order of the stages."""
    return _in_order(store.execute(SQL["steps_of"], [session_id]))


def steps_by(store: Store, client_id: str) -> list[WrittenStep]:
    """What a client wrote in all sessions."""
    return _in_order(store.execute(SQL["steps_by"], [client_id]))


def put_step(
    transaction: Transaction, making: NewRow, stage: Stage, words: str, *, due_on: date | None = None
) -> None:
    """Within the caller's transaction: keeps the words of this stage of the session. Raises InvalidInputError."""
    session_id = str(making.session_id)
    steps = {step.stage: step for step in steps_of(transaction, session_id)}
    before = steps.get(stage)
    target = None
    match stage:
        case Stage.GOAL:
            text = one_line(words, "The goal")
            target = _put_goal(transaction, making, before, text)
        case Stage.WILL:
            text = one_line(words, "The next step")
            if before is not None and before.target_id is not None:
                remove_action(transaction, before.target_id)
            goal = steps.get(Stage.GOAL)
            add_action(transaction, making, text, due_on, goal.target_id if goal else None)
            target = making.id
        case _:
            text = required_lines(words, "This step")
    row = [session_id, making.client_id, stage, text, target, making.at_time]
    transaction.execute(SQL["put_step"], row)
    reach_stage(transaction, session_id, stage, making.at_time)


def _put_goal(transaction: Transaction, making: NewRow, before: WrittenStep | None, title: str) -> str:
    """The id of the goal with these words: one that is there, or a new one in place of what was written before."""
    goals = [goal for goal in read_goals(transaction, making.client_id) if goal.status is GoalStatus.ACTIVE]
    known = next((goal.id for goal in goals if same_words(goal.title, title)), None)
    if known is not None:
        return known
    if before is not None:
        for goal in goals:
            if goal.id == before.target_id and goal.session_id == making.session_id:
                remove_goal(transaction, goal.id)
    add_goal(transaction, making, NewGoal(title).cleaned())
    return making.id


def _in_order(rows: list[Row]) -> list[WrittenStep]:
    steps = [WrittenStep(session, Stage(stage), words, target, at) for session, stage, words, target, at in rows]
    return sorted(steps, key=lambda step: list(Stage).index(step.stage))
