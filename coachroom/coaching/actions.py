"""What a client said they would do, by when, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

from coachroom.clock import Clock, new_id
from coachroom.coaching.rows import NewRow
from coachroom.coaching.validation import MAX_TITLE_CHARS, InvalidInputError, one_line, optional_line
from coachroom.people.profiles import UTC_ZONE, zone_of
from coachroom.store.statements import load_statements
from coachroom.store.store import Row, Store, Transaction
from coachroom.store.writer import Writer

SQL = load_statements("coachroom.coaching", "actions.sql")
MAX_OPEN = 50


class ActionStatus(StrEnum):
    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"


@dataclass(frozen=True)
class Action:
    """`due_on` is the day that the client named, `due_at` the moment (naive UTC) at which it ends where they are."""

    id: str
    client_id: str
    title: str
    status: ActionStatus
    due_at: datetime | None
    done_at: datetime | None
    dropped_why: str | None
    goal_id: str | None
    session_id: str | None
    created_at: datetime
    due_on: date | None = None

    @property
    def due_day(self) -> date | None:
        """The day that was named. Before days were kept, `due_at` was the end of that day in UTC."""
        return self.due_on or (self.due_at.date() if self.due_at else None)

    def late(self, now: datetime) -> bool:
        """Whether it was done after its due time, or is still open after it."""
        if self.due_at is None or self.status is ActionStatus.DROPPED:
            return False
        return (self.done_at or now) > self.due_at


@dataclass(frozen=True)
class Outcome:
    """What became of it; `why` counts for one that was dropped, `done_at` for one that was done."""

    status: ActionStatus
    why: str | None = None
    done_at: datetime | None = None


def due_order(actions: Iterable[Action]) -> list[Action]:
    """Those due soonest first, then those without a day; of equals the newest first. As open ones are listed."""
    newest = sorted(actions, key=lambda action: (action.created_at, action.id), reverse=True)
    return sorted(newest, key=lambda action: (action.due_at is None, action.due_at or datetime.min))


def end_of(day: date, zone: ZoneInfo = UTC_ZONE) -> datetime:
    """Until when (naive UTC) an action due on this day in `zone` is on time."""
    # Where clocks are set back before midnight, the second of the two.
    return datetime.combine(day, time(23, 59, 59, fold=1), zone).astimezone(UTC).replace(tzinfo=None)


class Actions:
    """A client's actions. Writes block until they are committed."""

    def __init__(self, store: Store, writer: Writer, clock: Clock) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock

    def list_for(self, client_id: str) -> list[Action]:
        """All the client's actions: open ones first, those due soonest first; then the newest."""
        return [_action(row) for row in self._store.execute(SQL["actions_of"], [client_id])]

    def add(self, client_id: str, title: str, *, due_on: date | None = None, goal_id: str | None = None) -> str:
        """A new action, due on a day where the client is; its id. Raises InvalidInputError."""
        now = self._clock()
        making = NewRow(new_id(now), client_id, None, now)
        self._writer.submit(lambda transaction: add_action(transaction, making, title, due_on, goal_id)).result()
        return making.id

    def done(self, client_id: str, action_id: str) -> None:
        """The client did it. Raises InvalidInputError."""
        self._settle(client_id, action_id, Outcome(ActionStatus.DONE))

    def drop(self, client_id: str, action_id: str, why: str | None) -> None:
        """The client will not do it, and perhaps says why. Raises InvalidInputError."""
        self._settle(client_id, action_id, Outcome(ActionStatus.DROPPED, why))

    def reopen(self, client_id: str, action_id: str) -> None:
        """It is to be done after all. Raises InvalidInputError."""
        self._settle(client_id, action_id, Outcome(ActionStatus.OPEN))

    def _settle(self, client_id: str, action_id: str, outcome: Outcome) -> None:
        now = self._clock()
        self._writer.submit(
            lambda transaction: settle_action(transaction, client_id, action_id, outcome, now)
        ).result()


def read_actions(transaction: Transaction, client_id: str) -> list[Action]:
    """Within the caller's transaction: as Actions.of."""
    return [_action(row) for row in transaction.execute(SQL["actions_of"], [client_id])]


def add_action(
    transaction: Transaction, making: NewRow, title: str, due_on: date | None, goal_id: str | None
) -> None:
    """Within the caller's transaction: a new action. Raises InvalidInputError."""
    words = one_line(title, "The next step")
    if goal_id is not None and not transaction.execute(SQL["own_goal"], [goal_id, making.client_id]):
        raise InvalidInputError("There is no such goal of yours: reload the page.")
    if transaction.execute(SQL["count_open"], [making.client_id])[0][0] >= MAX_OPEN:
        raise InvalidInputError(
            f"There are {MAX_OPEN} open next steps already: finish or drop one before you add another."
        )
    due_at = end_of(due_on, zone_of(transaction, making.client_id)) if due_on else None
    row = [making.id, making.client_id, words, due_at, goal_id, making.session_id, making.at_time, due_on]
    transaction.execute(SQL["add_action"], row)


def follow_zone(transaction: Transaction, client_id: str, zone: ZoneInfo) -> None:
    """Within the caller's transaction: the client is in this zone; what is open is due when its day ends there."""
    for action in read_actions(transaction, client_id):
        if action.status is ActionStatus.OPEN and action.due_day is not None:
            row = [action.id, action.due_day, end_of(action.due_day, zone)]
            transaction.execute(SQL["move_due"], row)


def settle_action(
    transaction: Transaction, client_id: str, action_id: str, outcome: Outcome, now: datetime
) -> Outcome:
    """Within the caller's transaction: done, dropped or open again; what it was before. Raises InvalidInputError.

    One that was done already stays done since then.
    """
    found = transaction.execute(SQL["own_action"], [action_id, client_id])
    if not found:
        raise InvalidInputError("There is no such next step of yours: reload the page.")
    ((status, done_at, dropped_why),) = found
    before = Outcome(ActionStatus(status), dropped_why, done_at)
    reason = (
        optional_line(outcome.why, "The reason", 2 * MAX_TITLE_CHARS)
        if outcome.status is ActionStatus.DROPPED
        else None
    )
    done_at = outcome.done_at or before.done_at or now if outcome.status is ActionStatus.DONE else None
    transaction.execute(SQL["settle_action"], [action_id, outcome.status, done_at, reason, done_at or now])
    return before


def remove_action(transaction: Transaction, action_id: str) -> None:
    """Within the caller's transaction: deletes it without a trace."""
    transaction.execute(SQL["remove_answers"], [action_id])
    transaction.execute(SQL["remove_action"], [action_id])


def _action(row: Row) -> Action:
    action_id, client_id, title, status, due_at, done_at, dropped_why, goal_id, session_id, created_at, due_on = row
    return Action(
        action_id,
        client_id,
        title,
        ActionStatus(status),
        due_at,
        done_at,
        dropped_why,
        goal_id,
        session_id,
        created_at,
        due_on,
    )
