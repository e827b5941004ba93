"""Goals with a scale in the client's own words, check-ins, and what the metrics make of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from coachroom.app.container import Services
from coachroom.coaching.goals import MAX_ACTIVE, GoalStatus, NewGoal
from coachroom.coaching.validation import InvalidInputError
from coachroom.metrics.run import run
from tests.services import ANA, BEN, HandClock, enter, store_of

LEVELS = {-2: "I say nothing", 0: "I speak once in each meeting", 2: "I lead one"}


def test_a_goal_is_kept_with_its_scale(services: Services) -> None:
    goal_id = services.coaching.goals.add(ANA, NewGoal(" Speak up ", 3, 2, {**LEVELS, 1: "  ", -1: ""}))
    (goal,) = services.coaching.goals.list_for(ANA)
    assert (goal.id, goal.title, goal.importance, goal.difficulty) == (goal_id, "Speak up", 3, 2)
    assert goal.levels == LEVELS
    assert goal.status is GoalStatus.ACTIVE
    assert goal.latest is None
    assert services.coaching.goals.list_for(BEN) == []


@pytest.mark.parametrize(
    "wrong",
    [
        NewGoal(""), NewGoal("x" * 201), NewGoal("Sleep", importance=4), NewGoal("Sleep", difficulty=0),
        NewGoal("Sleep", levels={3: "too far"}), NewGoal("Sleep", levels={0: "x" * 201}),
    ],
)  # fmt: skip
def test_a_goal_that_cannot_be_kept_leaves_nothing_behind(services: Services, wrong: NewGoal) -> None:
    with pytest.raises(InvalidInputError):
        services.coaching.goals.add(ANA, wrong)
    assert services.coaching.goals.list_for(ANA) == []


def test_a_goal_is_changed_with_all_its_words(services: Services) -> None:
    goals = services.coaching.goals
    goal_id = goals.add(ANA, NewGoal("Speak up", levels=LEVELS))
    goals.change(ANA, goal_id, NewGoal("Speak", 1, 3, {1: "Twice"}))
    (goal,) = goals.list_for(ANA)
    assert (goal.title, goal.importance, goal.difficulty, goal.levels) == ("Speak", 1, 3, {1: "Twice"})


def test_the_latest_check_in_is_the_goals_score(services: Services, clock: HandClock) -> None:
    goals = services.coaching.goals
    goal_id = goals.add(ANA, NewGoal("Speak up"))
    for score in (-2, "1"):
        clock.forward(60)
        goals.check_in(ANA, goal_id, score, f"note {score}")
    assert [(each.score, each.note) for each in goals.check_ins(ANA)] == [(-2, "note -2"), (1, "note 1")]
    latest = goals.list_for(ANA)[0].latest
    assert latest is not None
    assert (latest.score, latest.note, latest.goal_id) == (1, "note 1", goal_id)
    assert goals.check_ins(BEN) == []


@pytest.mark.parametrize("score", [3, -3, "much", None, 0.5, True])
def test_a_score_beyond_the_scale_is_refused(services: Services, score: Any) -> None:
    goal_id = services.coaching.goals.add(ANA, NewGoal("Speak up"))
    with pytest.raises(InvalidInputError):
        services.coaching.goals.check_in(ANA, goal_id, score)
    assert services.coaching.goals.check_ins(ANA) == []


def test_goals_are_listed_active_first_then_the_newest(services: Services, clock: HandClock) -> None:
    goals = services.coaching.goals
    ids = {}
    for name in ("one", "two", "three", "four"):
        clock.forward(60)
        ids[name] = goals.add(ANA, NewGoal(name))
    goals.close(ANA, ids["four"], GoalStatus.DROPPED)
    goals.close(ANA, ids["one"], GoalStatus.REACHED)
    assert [goal.title for goal in goals.list_for(ANA)] == ["three", "two", "one", "four"]
    goals.close(ANA, ids["four"], GoalStatus.ACTIVE)
    assert [goal.title for goal in goals.list_for(ANA)] == ["four", "three", "two", "one"]


def test_there_may_be_so_many_goals_at_once(services: Services) -> None:
    ids = [services.coaching.goals.add(ANA, NewGoal(f"Goal {n}")) for n in range(MAX_ACTIVE)]
    with pytest.raises(InvalidInputError, match="close one"):
        services.coaching.goals.add(ANA, NewGoal("One more"))
    services.coaching.goals.close(ANA, ids[0], GoalStatus.REACHED)
    services.coaching.goals.add(ANA, NewGoal("One more"))


@pytest.mark.parametrize(
    "work",
    [
        lambda goals, goal_id: goals.change(BEN, goal_id, NewGoal("Mine now")),
        lambda goals, goal_id: goals.close(BEN, goal_id, GoalStatus.DROPPED),
        lambda goals, goal_id: goals.check_in(BEN, goal_id, 1),
    ],
)
@pytest.mark.parametrize("whose", ["ana's", "nobody's", ""])
def test_nobody_touches_a_goal_that_is_not_theirs(
    services: Services, work: Callable[[Any, str], Any], whose: str
) -> None:
    anas = services.coaching.goals.add(ANA, NewGoal("Speak up"))
    before = services.coaching.goals.list_for(ANA)
    with pytest.raises(InvalidInputError, match="no such goal of yours"):
        work(services.coaching.goals, anas if whose == "ana's" else whose)
    assert services.coaching.goals.list_for(ANA) == before
    assert services.coaching.goals.check_ins(ANA) == []


def test_goals_count_in_goal_attainment_with_importance_times_difficulty(
    services: Services, clock: HandClock
) -> None:
    goals = services.coaching.goals
    enter(services)
    heavy, light = goals.add(ANA, NewGoal("Heavy", 3, 2)), goals.add(ANA, NewGoal("Light", 2, 2))
    goals.change(ANA, light, NewGoal("Light", 1, 1))
    goals.check_in(ANA, heavy, 1)
    goals.check_in(ANA, light, -1)
    clock.forward(60)
    found = run(store_of(services), "goal_attainment", as_of=clock.now)
    # By hand: 50 + 10 × (6 × 1 + 1 × −1) ÷ √(0.7 × (36 + 1) + 0.3 × 7²)
    assert found["p50_t"].tolist() == pytest.approx([50 + 10 * 5 / (0.7 * 37 + 0.3 * 49) ** 0.5])
    assert found[["goals_reviewed", "at_or_above"]].values.tolist() == [[2, 1]]
