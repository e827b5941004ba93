"""Goals and check-ins on them: goal attainment scaling, with levels in the client's own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from coachroom.clock import Clock, new_id
from coachroom.coaching.rows import NewRow
from coachroom.coaching.validation import (
    MAX_TITLE_CHARS,
    InvalidInputError,
    one_line,
    optional_line,
    same_words,
    whole_number,
)
from coachroom.store.statements import load_statements
from coachroom.store.store import Row, Store, Transaction
from coachroom.store.writer import Writer

SQL = load_statements("coachroom.coaching", "goals.sql")

LEVELS = (-2, -1, 0, 1, 2)
MAX_ACTIVE = 20
LOW_WEIGHT, HIGH_WEIGHT = 1, 3


class GoalStatus(StrEnum):
    ACTIVE = "active"
    REACHED = "reached"
    DROPPED = "dropped"


@dataclass(frozen=True)
class CheckIn:
    """Where the client stood with a goal: `score` −2 … +2, 0 is what was hoped for."""

    id: str
    goal_id: str
    score: int
    note: str | None
    session_id: str | None
    created_at: datetime


@dataclass(frozen=True)
class Goal:
    """`importance` and `difficulty` 1 … 3; `levels`: words for a score; `latest`: newest check-in."""

    id: str
    client_id: str
    title: str
    importance: int | None
    difficulty: int | None
    status: GoalStatus
    created_at: datetime
    session_id: str | None = None
    levels: Mapping[int, str] = field(default_factory=dict)
    latest: CheckIn | None = None


@dataclass(frozen=True)
class NewGoal:
    """What makes a goal; `cleaned` raises InvalidInputError."""

    title: str
    importance: int = 2
    difficulty: int = 2
    levels: Mapping[int, str] = field(default_factory=dict)

    def cleaned(self) -> NewGoal:
        return NewGoal(
            title=one_line(self.title, "The goal"),
            importance=whole_number(self.importance, "The importance", LOW_WEIGHT, HIGH_WEIGHT),
            difficulty=whole_number(self.difficulty, "The difficulty", LOW_WEIGHT, HIGH_WEIGHT),
            levels={
                whole_number(score, "A level", LEVELS[0], LEVELS[-1]): one_line(words, "A level's words")
                for score, words in self.levels.items()
                if words and words.strip()
            },
        )


class Goals:
    """A client's goals and check-ins. Writes block until they are committed."""

    def __init__(self, store: Store, writer: Writer, clock: Clock) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock

    def list_for(self, client_id: str) -> list[Goal]:
        """All the client's goals, active ones first, then the newest first."""
        found = self._store.execute(SQL["goals_of"], [client_id])
        return _goals(found, self._store.execute(SQL["levels_of"], [client_id])) if found else []

    def check_ins(self, client_id: str) -> list[CheckIn]:
        """All check-ins on the client's goals, oldest first."""
        return [CheckIn(*row) for row in self._store.execute(SQL["check_ins_of"], [client_id])]

    def add(self, client_id: str, goal: NewGoal) -> str:
        """A new goal; its id. Raises InvalidInputError."""
        cleaned, making = goal.cleaned(), self._making(client_id)
        self._writer.submit(lambda transaction: add_goal(transaction, making, cleaned)).result()
        return making.id

    def change(self, client_id: str, goal_id: str, goal: NewGoal) -> None:
        """Other words or weights for a goal of this client's. Raises InvalidInputError."""
        cleaned = goal.cleaned()

        def work(transaction: Transaction) -> None:
            _require(transaction, client_id, goal_id)
            weight = cleaned.importance * cleaned.difficulty
            row = [goal_id, cleaned.title, cleaned.importance, cleaned.difficulty, weight]
            transaction.execute(SQL["change_goal"], row)
            _put_levels(transaction, goal_id, cleaned.levels)

        self._writer.submit(work).result()

    def close(self, client_id: str, goal_id: str, status: GoalStatus) -> None:
        """Reached, dropped, or active again. Raises InvalidInputError."""
        now = self._clock()

        def work(transaction: Transaction) -> None:
            _require(transaction, client_id, goal_id)
            closed_at = None if status is GoalStatus.ACTIVE else now
            transaction.execute(SQL["close_goal"], [goal_id, status, closed_at])

        self._writer.submit(work).result()

    def check_in(self, client_id: str, goal_id: str, score: object, note: str | None = None) -> str:
        """Adds a check-in; its id. Raises InvalidInputError."""
        making = self._making(client_id)
        self._writer.submit(lambda transaction: add_check_in(transaction, making, goal_id, score, note)).result()
        return making.id

    def _making(self, client_id: str) -> NewRow:
        now = self._clock()
        return NewRow(new_id(now), client_id, None, now)


def read_goals(transaction: Transaction, client_id: str) -> list[Goal]:
    """Within the caller's transaction: as Goals.of."""
    return _goals(
        transaction.execute(SQL["goals_of"], [client_id]), transaction.execute(SQL["levels_of"], [client_id])
    )


def add_goal(transaction: Transaction, making: NewRow, goal: NewGoal) -> None:
    """Adds a goal within the caller's transaction. Raises InvalidInputError for one too many or one that is there."""
    active = [each for each in read_goals(transaction, making.client_id) if each.status is GoalStatus.ACTIVE]
    if len(active) >= MAX_ACTIVE:
        raise InvalidInputError(f"There are {MAX_ACTIVE} goals already: close one before you add another.")
    if any(same_words(each.title, goal.title) for each in active):
        raise InvalidInputError("You have this goal already.")
    weight = goal.importance * goal.difficulty
    weighed = [weight, goal.importance, goal.difficulty]
    row = [making.id, making.client_id, goal.title, *weighed, making.session_id, making.at_time]
    transaction.execute(SQL["add_goal"], row)
    _put_levels(transaction, making.id, goal.levels)


def remove_goal(transaction: Transaction, goal_id: str) -> None:
    """Within the caller's transaction: as if the goal had never been set."""
    for name in ("remove_levels", "remove_check_ins_on", "unlink_actions", "remove_goal"):
        transaction.execute(SQL[name], [goal_id])


def add_check_in(transaction: Transaction, making: NewRow, goal_id: str, score: object, note: str | None) -> None:
    """Within the caller's transaction: adds a check-in to a goal of the client. Raises InvalidInputError."""
    _require(transaction, making.client_id, goal_id)
    level = whole_number(score, "Where you stand", LEVELS[0], LEVELS[-1])
    words = optional_line(note, "The note", 2 * MAX_TITLE_CHARS)
    transaction.execute(SQL["add_check_in"], [making.id, goal_id, level, words, making.session_id, making.at_time])


def remove_check_in(transaction: Transaction, check_in_id: str) -> None:
    """Within the caller's transaction: deletes it without a trace."""
    transaction.execute(SQL["remove_check_in"], [check_in_id])


def _require(transaction: Transaction, client_id: str, goal_id: str) -> None:
    if not transaction.execute(SQL["own_goal"], [goal_id, client_id]):
        raise InvalidInputError("There is no such goal of yours: reload the page.")


def _put_levels(transaction: Transaction, goal_id: str, levels: Mapping[int, str]) -> None:
    transaction.execute(SQL["remove_levels"], [goal_id])
    for score, words in levels.items():
        transaction.execute(SQL["add_level"], [goal_id, score, words])


def _goals(rows: list[Row], levels: list[Row]) -> list[Goal]:
    words: dict[str, dict[int, str]] = {}
    for goal_id, score, text in levels:
        words.setdefault(goal_id, {})[score] = text
    return [_goal(row, words) for row in rows]


def _goal(row: Row, levels: Mapping[str, Mapping[int, str]]) -> Goal:
    goal_id, client_id, title, importance, difficulty, status, created_at, session_id, check_in_id, *latest = row
    check_in = CheckIn(check_in_id, goal_id, *latest) if check_in_id is not None else None
    return Goal(
        goal_id,
        client_id,
        title,
        importance,
        difficulty,
        GoalStatus(status),
        created_at,
        session_id,
        levels.get(goal_id, {}),
        check_in,
    )
