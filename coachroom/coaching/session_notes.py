"""What a session left among its client's goals, steps and memories, for whoever takes its words away."""

from __future__ import annotations

from datetime import datetime

from coachroom.clock import Clock
from coachroom.coaching.goals import remove_goal
from coachroom.coaching.memory import AfterForget, Forgotten
from coachroom.coaching.proposals import take_back_noted
from coachroom.store.statements import load_statements
from coachroom.store.store import Transaction

SQL = load_statements("coachroom.coaching", "session_notes.sql")


def take_back_notes(transaction: Transaction, session_id: str, clock: Clock, after_forget: AfterForget) -> None:
    """Within the caller's transaction: goals, steps and check-ins are as if the session had noted nothing."""
    take_back_noted(transaction, session_id, clock, after_forget)
    transaction.execute(SQL["unlink_coach_questions"], [session_id])
    delete_notes(transaction, session_id)


def delete_notes(transaction: Transaction, session_id: str) -> None:
    """Within the caller's transaction: deletes the goals, steps and check-ins that came from the session.

    An earlier step that was dropped in it stays dropped, without the reason that was said.
    """
    transaction.execute(SQL["forget_reasons"], [session_id])
    transaction.execute(SQL["delete_check_ins"], [session_id])
    transaction.execute(SQL["delete_step_answers"], [session_id])
    transaction.execute(SQL["delete_actions"], [session_id])
    for (goal_id,) in transaction.execute(SQL["goals_from"], [session_id]):
        remove_goal(transaction, str(goal_id))


def let_go_of(
    transaction: Transaction, client_id: str, session_id: str, now: datetime, after_forget: AfterForget
) -> None:
    """Within the caller's transaction, before the session's rows go: what stays does not point to the session.

    Goals, steps, check-ins and memories in the client's own words stay. The other memories rest on the session's
    words alone and go with its rows; what packages above keep of them goes here.
    """
    for name in ("unlink_goals", "unlink_actions", "unlink_check_ins", "unlink_memories", "unlink_coach_questions"):
        transaction.execute(SQL[name], [session_id])
    texts = tuple(str(text) for (text,) in transaction.execute(SQL["remembered_from"], [session_id]))
    after_forget(transaction, Forgotten(client_id, texts, (), now))
