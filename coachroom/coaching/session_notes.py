"""What a session left among its client's goals and steps, for whoever takes the session off the record."""

from __future__ import annotations

from coachroom.coaching.goals import remove_goal
from coachroom.coaching.proposals import Proposals
from coachroom.store.duck import Transaction
from coachroom.store.statements import load_statements

SQL = load_statements("coachroom.coaching", "session_notes.sql")


def take_back_notes(transaction: Transaction, proposals: Proposals, session_id: str) -> None:
    """Within the caller's transaction: goals, steps and check-ins are as if the session had noted nothing."""
    proposals.take_back(transaction, session_id)
    transaction.execute(SQL["delete_check_ins"], [session_id])
    transaction.execute(SQL["delete_actions"], [session_id])
    for (goal_id,) in transaction.execute(SQL["goals_from"], [session_id]):
        remove_goal(transaction, str(goal_id))
