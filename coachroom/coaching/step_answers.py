"""What a client answers, once, when asked about next steps that were due on a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from coachroom.clock import Clock
from coachroom.coaching.actions import ActionStatus, Outcome, settle_action
from coachroom.coaching.validation import InvalidInputError
from coachroom.store.statements import load_statements
from coachroom.store.store import Row, Store, Transaction
from coachroom.store.writer import Writer

SQL = load_statements("coachroom.coaching", "step_answers.sql")


class StepAnswer(StrEnum):
    DONE = "done"
    PARTLY = "partly"
    NOT_YET = "not_yet"

    @property
    def words(self) -> str:
        """As it stands in a sentence."""
        return {StepAnswer.DONE: "done", StepAnswer.PARTLY: "partly done", StepAnswer.NOT_YET: "not yet done"}[self]


@dataclass(frozen=True)
class DueStep:
    """A next step that is or was due on a day, with the client's answer where they gave one."""

    action_id: str
    title: str
    status: ActionStatus
    due_on: date
    created_at: datetime
    answer: StepAnswer | None = None
    answered_at: datetime | None = None

    @property
    def may_be_answered(self) -> bool:
        return self.answer is None and self.status is ActionStatus.OPEN


class AlreadyAnsweredError(InvalidInputError):
    """An answer counts once."""

    def __init__(self) -> None:
        super().__init__("You have answered this already: it counts once. You change it on your page Goals.")


class StepAnswers:
    """Safe to use from many threads. Writes block until they are committed."""

    def __init__(self, store: Store, writer: Writer, clock: Clock) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock

    def due_on(self, client_id: str, day: date) -> list[DueStep]:
        """The client's next steps that are due on this day, the oldest first, whatever became of them."""
        return [_step(row) for row in self._store.execute(SQL["due_on"], [client_id, day])]

    def since(self, client_id: str, since: datetime | None, until: datetime) -> list[DueStep]:
        """What was answered from `since` on and before `until` (naive UTC), the latest first."""
        return [_step(row) for row in self._store.execute(SQL["since"], [client_id, since, until])]

    def latest(self, client_id: str, most: int) -> list[DueStep]:
        """The latest answers, the latest first."""
        return [_step(row) for row in self._store.execute(SQL["latest"], [client_id, most])]

    def answer(self, client_id: str, action_id: str, day: date, answer: StepAnswer) -> None:
        """The client answers for a next step of theirs that was due on this day. One that is done is settled, too.

        Raises AlreadyAnsweredError, and InvalidInputError where there is no such step or it is settled already.
        """
        now = self._clock()

        def work(transaction: Transaction) -> None:
            steps = map(_step, transaction.execute(SQL["due_on"], [client_id, day]))
            step = next((each for each in steps if each.action_id == action_id), None)
            if step is None:
                raise InvalidInputError("There is no such next step of yours any more.")
            if step.answer is not None:
                raise AlreadyAnsweredError
            if step.status is not ActionStatus.OPEN:
                raise InvalidInputError("This next step is settled already: there is nothing to answer.")
            transaction.execute(SQL["put"], [action_id, day, client_id, answer, now])
            if answer is StepAnswer.DONE:
                settle_action(transaction, client_id, action_id, Outcome(ActionStatus.DONE), now)

        self._writer.submit(work).result()


def _step(row: Row) -> DueStep:
    id, title, status, due_on, created_at, answer, answered_at = row
    return DueStep(
        id, title, ActionStatus(status), due_on, created_at, StepAnswer(answer) if answer else None, answered_at
    )
