"""Actions with a due day and what became of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from coachroom.app.container import Services
from coachroom.coaching.actions import MAX_OPEN, ActionStatus, end_of
from coachroom.coaching.goals import NewGoal
from coachroom.coaching.validation import InvalidInputError
from coachroom.metrics.run import run
from tests.services import ANA, BEN, NOON, HandClock, enter, store_of

TODAY = end_of(NOON.date())
MAY_1 = NOON.date()


def test_open_actions_come_first_and_those_due_soonest_before_others(services: Services, clock: HandClock) -> None:
    actions = services.coaching.actions
    ids = {}
    for name, due in (("whenever", None), ("later", MAY_1 + timedelta(days=3)), ("soon", MAY_1), ("gone", MAY_1)):
        clock.forward(1)
        ids[name] = actions.add(ANA, name, due_on=due)
    actions.done(ANA, ids["gone"])
    assert [action.title for action in actions.list_for(ANA)] == ["soon", "later", "whenever", "gone"]
    assert actions.list_for(BEN) == []


def test_an_action_is_on_time_until_its_day_is_over(services: Services, clock: HandClock) -> None:
    actions = services.coaching.actions
    action_id = actions.add(ANA, "Ask Tom", due_on=MAY_1)
    assert datetime(2026, 5, 1, 23, 59, 59) == TODAY
    (action,) = actions.list_for(ANA)
    assert not action.late(TODAY)
    assert action.late(TODAY + timedelta(seconds=1))
    clock.now = TODAY + timedelta(days=1)
    actions.done(ANA, action_id)
    assert actions.list_for(ANA)[0].late(NOON), "done late stays late, whenever one looks"
    actions.drop(ANA, action_id, "no time")
    assert not actions.list_for(ANA)[0].late(clock.now)


def test_an_action_is_done_dropped_with_a_reason_and_opened_again(services: Services, clock: HandClock) -> None:
    actions = services.coaching.actions
    action_id = actions.add(ANA, "Ask Tom")
    clock.forward(60)
    actions.done(ANA, action_id)
    done_at = clock.now
    clock.forward(60)
    actions.done(ANA, action_id)
    (action,) = actions.list_for(ANA)
    assert (action.status, action.done_at) == (ActionStatus.DONE, done_at), "it was done when it was done"
    actions.drop(ANA, action_id, " Tom \n left ")
    (action,) = actions.list_for(ANA)
    assert (action.status, action.done_at, action.dropped_why) == (ActionStatus.DROPPED, None, "Tom left")
    actions.reopen(ANA, action_id)
    (action,) = actions.list_for(ANA)
    assert (action.status, action.done_at, action.dropped_why) == (ActionStatus.OPEN, None, None)


@pytest.mark.parametrize("title", ["", " ", "x" * 201, "\x00"])
def test_an_action_needs_words(services: Services, title: str) -> None:
    with pytest.raises(InvalidInputError):
        services.coaching.actions.add(ANA, title)
    assert services.coaching.actions.list_for(ANA) == []


def test_there_may_be_so_many_open_actions(services: Services) -> None:
    ids = [services.coaching.actions.add(ANA, f"Action {n}") for n in range(MAX_OPEN)]
    with pytest.raises(InvalidInputError, match="finish or drop one"):
        services.coaching.actions.add(ANA, "One more")
    services.coaching.actions.done(ANA, ids[0])
    services.coaching.actions.add(ANA, "One more")


@pytest.mark.parametrize(
    "work",
    [
        lambda actions, action_id: actions.done(BEN, action_id),
        lambda actions, action_id: actions.drop(BEN, action_id, "why"),
        lambda actions, action_id: actions.reopen(BEN, action_id),
    ],
)
@pytest.mark.parametrize("whose", ["ana's", "nobody's", ""])
def test_nobody_touches_an_action_that_is_not_theirs(
    services: Services, work: Callable[[Any, str], Any], whose: str
) -> None:
    anas = services.coaching.actions.add(ANA, "Ask Tom")
    before = services.coaching.actions.list_for(ANA)
    with pytest.raises(InvalidInputError, match="no such next step of yours"):
        work(services.coaching.actions, anas if whose == "ana's" else whose)
    assert services.coaching.actions.list_for(ANA) == before


def test_an_action_serves_a_goal_of_the_same_client_only(services: Services) -> None:
    goal_id = services.coaching.goals.add(ANA, NewGoal("Speak up"))
    with pytest.raises(InvalidInputError, match="no such goal of yours"):
        services.coaching.actions.add(BEN, "Ask Tom", goal_id=goal_id)
    assert services.coaching.actions.list_for(BEN) == []
    services.coaching.actions.add(ANA, "Ask Tom", goal_id=goal_id)
    assert services.coaching.actions.list_for(ANA)[0].goal_id == goal_id


def test_actions_count_in_action_completion(services: Services, clock: HandClock) -> None:
    actions = services.coaching.actions
    enter(services)
    ids = [actions.add(ANA, name, due_on=MAY_1) for name in ("on time", "late", "dropped", "open")]
    actions.done(ANA, ids[0])
    clock.now = TODAY + timedelta(hours=1)
    actions.done(ANA, ids[1])
    actions.drop(ANA, ids[2], None)
    clock.forward(60)
    found = run(store_of(services), "action_completion", as_of=clock.now)
    assert found[["due", "on_time", "late", "dropped"]].values.tolist() == [[4, 1, 1, 1]]


def test_the_first_answer_to_a_step_is_kept_with_its_time(services: Services, clock: HandClock) -> None:
    def answered_at() -> object:
        return store_of(services).execute("SELECT answered_at FROM actions")[0][0]

    action = services.coaching.actions.add(ANA, "Ask Tom")
    assert answered_at() is None
    clock.forward(60)
    services.coaching.actions.drop(ANA, action, "No time")
    dropped_at = clock()
    assert answered_at() == dropped_at
    clock.forward(60)
    services.coaching.actions.done(ANA, action)
    assert answered_at() == dropped_at, "it was answered before"
    services.coaching.actions.reopen(ANA, action)
    assert answered_at() is None
