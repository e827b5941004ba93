"""What a coach is told of goals and actions since the last session."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from coachroom.app.container import Services
from coachroom.coaching.changes import Became, GoalChange, changes
from coachroom.coaching.goals import GoalStatus, NewGoal
from tests.services import ANA, BEN, NOON, HandClock, opened, store_of

HOUR = 3600


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOON)


@pytest.fixture
def services(tmp_path: Path, clock: HandClock) -> Iterator[Services]:
    with opened(tmp_path, clock) as services:
        yield services


def changes_since(
    services: Services, since: datetime, client: str = ANA
) -> tuple[tuple[GoalChange, ...], dict[str, Became]]:
    found = changes(store_of(services), client, since, services.clock() + timedelta(microseconds=1))
    return found.goals, dict(found.actions)


def test_levels_are_compared_with_those_before(services: Services, clock: HandClock) -> None:
    goals = services.coaching.goals
    old, still, quiet = (goals.add(ANA, NewGoal(title)) for title in ("Speak up", "Sleep", "Read"))
    goals.check_in(ANA, old, -2)
    clock.forward(1)
    goals.check_in(ANA, old, -1)
    goals.check_in(ANA, quiet, 1)
    since = clock.forward(HOUR)
    goals.check_in(ANA, old, 0)
    clock.forward(1)
    goals.check_in(ANA, old, 1)
    goals.check_in(ANA, still, 0)
    goals.add(ANA, NewGoal("Say no"))
    found, _ = changes_since(services, since)
    assert set(found) == {
        GoalChange("Speak up", False, None, -1, 1),
        GoalChange("Sleep", False, None, None, 0),
        GoalChange("Say no", True, None, None, None),
    }
    assert changes_since(services, since, BEN) == ((), {})


def test_a_goal_that_was_closed_since_is_listed(services: Services, clock: HandClock) -> None:
    goals = services.coaching.goals
    reached, before = goals.add(ANA, NewGoal("Speak up")), goals.add(ANA, NewGoal("Sleep"))
    goals.close(ANA, before, GoalStatus.DROPPED)
    since = clock.forward(HOUR)
    goals.close(ANA, reached, GoalStatus.REACHED)
    assert changes_since(services, since)[0] == (GoalChange("Speak up", False, GoalStatus.REACHED, None, None),)


def test_what_became_of_actions(services: Services, clock: HandClock) -> None:
    actions = services.coaching.actions
    soon, later = NOON.date(), NOON.date() + timedelta(days=9)
    due = {
        "in time": later,
        "too late": soon,
        "overdue": soon,
        "given up": later,
        "waiting": later,
        "long done": soon,
    }
    ids = {name: actions.add(ANA, name, due_on=due_on) for name, due_on in due.items()}
    actions.done(ANA, ids["long done"])
    since = clock.forward(HOUR)
    clock.forward(24 * HOUR)
    actions.done(ANA, ids["in time"])
    actions.done(ANA, ids["too late"])
    actions.drop(ANA, ids["given up"], "because")
    actions.add(ANA, "new")
    _, became = changes_since(services, since)
    assert became == {
        "in time": Became.DONE,
        "too late": Became.DONE_LATE,
        "overdue": Became.LATE,
        "given up": Became.DROPPED,
        "waiting": Became.OPEN,
        "new": Became.AGREED,
    }


def test_later_changes_are_not_listed(services: Services, clock: HandClock) -> None:
    until = clock.forward(HOUR)
    clock.forward(HOUR)
    goal = services.coaching.goals.add(ANA, NewGoal("Speak up"))
    services.coaching.goals.check_in(ANA, goal, 1)
    services.coaching.actions.add(ANA, "Ask Tom")
    found = changes(store_of(services), ANA, NOON, until)
    assert (found.goals, found.actions) == ((), ())
