"""The record of what clients chose of the coach's way of working: rows are added, and none is ever changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from coachroom.clock import new_id
from coachroom.coaching.approach import ApproachChoice, ApproachField, ChoiceSource, ChoiceState, Value, value_of
from coachroom.store.statements import load_statements
from coachroom.store.store import Store, Transaction

SQL = load_statements("coachroom.coaching", "approach_events.sql")


def add_choice(transaction: Transaction, client_id: str, choice: ApproachChoice) -> None:
    """Within the caller's transaction."""
    row = [choice.field, choice.value, choice.source, choice.session_id, choice.state, choice.made_at]
    transaction.execute(SQL["add_choice"], [new_id(choice.made_at), client_id, *row])


def read_choices(source: Store | Transaction, client_id: str) -> list[ApproachChoice]:
    """All that the client chose, oldest first."""
    return [
        ApproachChoice(
            ApproachField(field),
            value_of(ApproachField(field), value),
            ChoiceState(state),
            ChoiceSource(came_from),
            made_at,
            session_id,
        )
        for field, value, state, came_from, made_at, session_id in source.execute(SQL["choices_of"], [client_id])
    ]


def add_stated(
    transaction: Transaction,
    client_id: str,
    *,
    before: Mapping[ApproachField, Value],
    now: Mapping[ApproachField, Value],
    source: ChoiceSource,
    made_at: datetime,
) -> None:
    """Within the caller's transaction: records each choice that the client states anew."""
    for field in ApproachField:
        if before.get(field) is not now.get(field):
            kept = ApproachChoice(field, now.get(field), ChoiceState.KEPT, source, made_at)
            add_choice(transaction, client_id, kept)
