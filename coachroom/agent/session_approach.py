"""How the coach works in one session: settled with its briefing, and the same for as long as the session goes on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from coachroom.coaching.approach import (
    Approach,
    ApproachChoice,
    ApproachField,
    ChoiceSource,
    ChoiceState,
    Value,
    value_of,
)
from coachroom.coaching.approach_events import add_choice
from coachroom.coaching.approaches import read_approach
from coachroom.store.statements import load_statements
from coachroom.store.store import Row, Store, Transaction

SQL = load_statements("coachroom.agent", "session_approach.sql")


@dataclass(frozen=True)
class SessionApproach:
    """What the coach was asked for in a session; `trying`: what of it was only tried."""

    values: dict[ApproachField, Value]
    trying: ApproachField | None
    set_at: datetime | None = None


def approach_of(source: Store | Transaction, session_id: str) -> SessionApproach | None:
    """What stood in the session's briefing; None where it had none, or was off the record."""
    found = source.execute(SQL["approach_of"], [session_id])
    return _approach(found[0]) if found else None


def coming_approach(source: Store | Transaction, session_id: str, client_id: str) -> SessionApproach:
    """What the coach is asked for in this session: what stood in its briefing, else what counts now."""
    known = approach_of(source, session_id)
    if known is not None:
        return known
    standing = read_approach(source, client_id)
    if standing.trial is not None and trial_session(source, client_id, standing.trial, session_id):
        standing = Approach(standing.chosen)
    trying = standing.trial.field if standing.trial is not None else None
    return SessionApproach(dict(standing.effective()), trying)


def settle_approach(transaction: Transaction, session_id: str, client_id: str, now: datetime) -> SessionApproach:
    """Within the caller's transaction: keeps what the coach is asked for in this session, once.

    A trial that has had its session, and no answer, ends here: as it was before.
    """
    standing = read_approach(transaction, client_id)
    coming = coming_approach(transaction, session_id, client_id)
    if coming.set_at is not None:
        return coming
    trial = standing.trial
    if trial is not None and coming.trying is None:
        lasted = trial_session(transaction, client_id, trial, session_id)
        ended = ApproachChoice(trial.field, trial.value, ChoiceState.DROPPED, ChoiceSource.TRIAL, now, lasted)
        add_choice(transaction, client_id, ended)
    values = [coming.values.get(field) for field in ApproachField]
    transaction.execute(SQL["put_approach"], [session_id, client_id, *values, coming.trying, now])
    return coming


def trial_session(source: Store | Transaction, client_id: str, trial: ApproachChoice, but: str = "") -> str | None:
    """The session in which this was tried, other than the session `but`; None as long as there is none."""
    found = source.execute(SQL["trial_session"], [client_id, trial.field, trial.made_at, but])
    return str(found[0][0]) if found else None


def _approach(row: Row) -> SessionApproach:
    *values, trying, set_at = row
    named = {field: value_of(field, text) for field, text in zip(ApproachField, values, strict=True)}
    kept = {field: value for field, value in named.items() if value is not None}
    return SessionApproach(kept, ApproachField(trying) if trying else None, set_at)
