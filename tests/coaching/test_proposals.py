"""What was heard or suggested, and that only its client accepts, declines or takes it back."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from coachroom.app.container import Services
from coachroom.coaching.actions import ActionStatus
from coachroom.coaching.approach import Pace, Tone
from coachroom.coaching.goals import NewGoal
from coachroom.coaching.memory import MemorySource
from coachroom.coaching.proposals import ProposalKind, ProposalSource, ProposalStatus
from coachroom.coaching.validation import InvalidInputError
from coachroom.store.store import Row
from tests.coaching.reported import SESSION, heard, noted, suggested
from tests.services import ANA, BEN, HandClock, store_of

KEPT = ("goals", "goal_levels", "goal_checkins", "actions", "coaching_preferences")


def rows(services: Services) -> dict[str, list[Row]]:
    """All that proposals make, but for the times at which it was looked at."""
    kept = {table: store_of(services).execute(f"SELECT * FROM {table} ORDER BY 1") for table in KEPT}
    kept["coaching_preferences"] = [row[:-1] for row in kept["coaching_preferences"]]
    kept["memories"] = store_of(services).execute("SELECT text FROM memories WHERE status <> 'forgotten'")
    return kept


def proposal(services: Services, proposal_id: str) -> Any:
    every = [*services.coaching.proposals.of_session(SESSION), *services.coaching.proposals.suggested_by_coaches(ANA)]
    return next(each for each in every if each.id == proposal_id)


def of_each_kind(services: Services) -> dict[ProposalKind, str]:
    """An open proposal of every kind for Ana."""
    goal_id = services.coaching.goals.add(ANA, NewGoal("Speak up"))
    action_id = services.coaching.actions.add(ANA, "Ask Tom")
    services.coaching.profiles.switch_memory(ANA, True)
    return {
        ProposalKind.GOAL: heard(
            services, ProposalKind.GOAL, title="Sleep", importance=3, levels={"0": "Eight hours"}
        ),
        ProposalKind.PROGRESS: heard(services, ProposalKind.PROGRESS, goal_id=goal_id, score=1, note="Twice"),
        ProposalKind.ACTION: heard(
            services, ProposalKind.ACTION, title="Walk", due_at="2026-05-04T23:59:59Z", goal_id=goal_id
        ),
        ProposalKind.ACTION_DONE: heard(services, ProposalKind.ACTION_DONE, action_id=action_id, done=True),
        ProposalKind.MEMORY: heard(
            services, ProposalKind.MEMORY, text="I have a dog", memory_kind="fact", confidence=0.9
        ),
        ProposalKind.TAILORING: suggested(services, ProposalKind.TAILORING, {"field": "tone", "value": "direct"}),
    }


def test_every_kind_waits_is_accepted_and_shows(services: Services, clock: HandClock) -> None:
    ids = of_each_kind(services)
    before = rows(services)
    assert [each.id for each in services.coaching.proposals.open_for(ANA)] == sorted(ids.values())
    clock.forward(60)
    for proposal_id in ids.values():
        assert services.coaching.proposals.accept(ANA, proposal_id).status is ProposalStatus.APPLIED
    assert services.coaching.proposals.open_for(ANA) == []
    goals = {goal.title: goal for goal in services.coaching.goals.list_for(ANA)}
    assert (goals["Sleep"].importance, goals["Sleep"].difficulty) == (3, 2)
    assert (goals["Sleep"].levels, goals["Sleep"].session_id) == ({0: "Eight hours"}, SESSION)
    latest = goals["Speak up"].latest
    assert latest is not None
    assert (latest.score, latest.note, latest.session_id) == (1, "Twice", SESSION)
    actions = {action.title: action for action in services.coaching.actions.list_for(ANA)}
    assert actions["Walk"].due_at == datetime(2026, 5, 4, 23, 59, 59)
    assert actions["Walk"].goal_id == goals["Speak up"].id
    assert (actions["Ask Tom"].status, actions["Ask Tom"].done_at) == (ActionStatus.DONE, clock.now)
    (memory,) = services.coaching.memory.list_for(ANA)
    assert (memory.text, memory.source, memory.confidence) == ("I have a dog", MemorySource.TOOL, 0.9)
    assert services.coaching.profiles.get(ANA).tone is Tone.DIRECT
    assert rows(services) != before


@pytest.mark.parametrize("kind", ProposalKind)
def test_undoing_takes_back_just_what_it_made(services: Services, kind: ProposalKind) -> None:
    ids = of_each_kind(services)
    before = rows(services)
    services.coaching.proposals.accept(ANA, ids[kind])
    assert rows(services) != before
    assert services.coaching.proposals.undo(ANA, ids[kind]).status is ProposalStatus.UNDONE
    assert {table: kept for table, kept in rows(services).items() if kept != before[table]} == {}
    assert services.coaching.proposals.undo(ANA, ids[kind]).status is ProposalStatus.UNDONE
    with pytest.raises(InvalidInputError, match="answered this already"):
        services.coaching.proposals.accept(ANA, ids[kind])
    assert rows(services) == before


@pytest.mark.parametrize("kind", ProposalKind)
def test_nobody_answers_for_somebody_else(services: Services, kind: ProposalKind) -> None:
    ids = of_each_kind(services)
    before = rows(services)
    for work in (
        services.coaching.proposals.accept,
        services.coaching.proposals.decline,
        services.coaching.proposals.undo,
    ):
        for proposal_id in (ids[kind], "nobody's", ""):
            with pytest.raises(InvalidInputError, match="no such note of yours"):
                work(BEN, proposal_id)
    assert rows(services) == before
    services.coaching.proposals.accept(ANA, ids[kind])
    after = rows(services)
    with pytest.raises(InvalidInputError, match="no such note of yours"):
        services.coaching.proposals.undo(BEN, ids[kind])
    assert rows(services) == after


@pytest.mark.parametrize("kind", ProposalKind)
def test_what_is_declined_makes_nothing_and_stays_declined(services: Services, kind: ProposalKind) -> None:
    ids = of_each_kind(services)
    before = rows(services)
    services.coaching.proposals.decline(ANA, ids[kind])
    assert rows(services) == before
    for work in (
        services.coaching.proposals.accept,
        services.coaching.proposals.decline,
        services.coaching.proposals.undo,
    ):
        with pytest.raises(InvalidInputError):
            work(ANA, ids[kind])
    assert rows(services) == before
    if kind is ProposalKind.MEMORY:
        assert proposal(services, ids[kind]).content == {}, "words that are not to be remembered are not kept"


def test_the_client_puts_it_in_their_own_words(services: Services) -> None:
    ids = of_each_kind(services)
    services.coaching.proposals.accept(ANA, ids[ProposalKind.GOAL], {"title": "Sleep well"})
    services.coaching.proposals.accept(ANA, ids[ProposalKind.ACTION], {"title": "Walk to work"})
    assert "Sleep well" in {goal.title for goal in services.coaching.goals.list_for(ANA)}
    assert "Walk to work" in {action.title for action in services.coaching.actions.list_for(ANA)}
    assert proposal(services, ids[ProposalKind.ACTION]).content["title"] == "Walk to work"


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (ProposalKind.GOAL, {}),
        (ProposalKind.GOAL, {"title": "x" * 201}),
        (ProposalKind.GOAL, {"title": "Sleep", "importance": "very"}),
        (ProposalKind.GOAL, {"title": "Sleep", "levels": {"much": "x"}}),
        (ProposalKind.PROGRESS, {"score": 1}),
        (ProposalKind.PROGRESS, {"goal_id": "of-ben", "score": 1}),
        (ProposalKind.PROGRESS, {"goal_id": "of-ana", "score": 9}),
        (ProposalKind.ACTION, {}),
        (ProposalKind.ACTION, {"title": "Walk", "due_at": "tomorrow"}),
        (ProposalKind.ACTION_DONE, {"done": True}),
        (ProposalKind.ACTION_DONE, {"action_id": "of-ben", "done": True}),
        (ProposalKind.TAILORING, {"field": "remembers", "value": True}),
        (ProposalKind.TAILORING, {"field": "tone", "value": "loud"}),
        (ProposalKind.TAILORING, {"field": "tone", "value": ["direct"]}),
        (ProposalKind.TAILORING, {}),
    ],
)
def test_invalid_content_raises_and_the_proposal_stays_open(
    services: Services, kind: ProposalKind, content: dict[str, Any]
) -> None:
    bens = {
        "goal_id": services.coaching.goals.add(BEN, NewGoal("Ben's")),
        "action_id": services.coaching.actions.add(BEN, "B"),
    }
    anas = {"goal_id": services.coaching.goals.add(ANA, NewGoal("Ana's")), "action_id": ""}
    for field in ("goal_id", "action_id"):
        if field in content:
            content = {**content, field: (bens if content[field] == "of-ben" else anas)[field]}
    before = rows(services)
    proposal_id = heard(services, kind, **content)
    with pytest.raises(InvalidInputError):
        services.coaching.proposals.accept(ANA, proposal_id)
    assert rows(services) == before
    assert [each.id for each in services.coaching.proposals.open_for(ANA)] == [proposal_id]


@pytest.mark.parametrize("content", [{}, {"text": " "}, {"text": 7}, {"text": "x" * 501}])
def test_a_memory_without_fit_words_is_not_even_asked_about(services: Services, content: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError):
        heard(services, ProposalKind.MEMORY, **content)
    assert services.coaching.proposals.open_for(ANA) == []


@pytest.mark.parametrize("more", [{"confidence": 7}, {"confidence": "sure"}, {"memory_kind": "secret"}])
def test_a_strange_kind_or_confidence_is_left_out(services: Services, more: dict[str, Any]) -> None:
    noted(services, ProposalKind.MEMORY, text="I have a dog", **more)
    (memory,) = services.coaching.memory.list_for(ANA)
    assert (memory.kind, memory.confidence) == ("fact", 0.8)


def test_an_action_is_never_tied_to_a_goal_of_somebody_else_or_one_that_is_gone(services: Services) -> None:
    bens = services.coaching.goals.add(BEN, NewGoal("Ben's"))
    goal_note = noted(services, ProposalKind.GOAL, title="Sleep")
    (goal,) = services.coaching.goals.list_for(ANA)
    waiting = [
        heard(services, ProposalKind.ACTION, title=title, goal_id=goal_id)
        for title, goal_id in (("Walk", bens), ("Swim", goal.id))
    ]
    tied = noted(services, ProposalKind.ACTION, title="Run", goal_id=goal.id)
    services.coaching.proposals.undo(ANA, goal_note)
    for proposal_id in waiting:
        services.coaching.proposals.accept(ANA, proposal_id)
    assert [action.goal_id for action in services.coaching.actions.list_for(ANA)] == [None, None, None]
    assert proposal(services, tied).status is ProposalStatus.APPLIED


def test_what_the_client_went_on_with_is_not_undone_under_their_hands(services: Services, clock: HandClock) -> None:
    goal_note = noted(services, ProposalKind.GOAL, title="Sleep")
    action_note = noted(services, ProposalKind.ACTION, title="Walk")
    (goal,), (action,) = services.coaching.goals.list_for(ANA), services.coaching.actions.list_for(ANA)
    clock.forward(3600)
    services.coaching.goals.check_in(ANA, goal.id, 1)
    services.coaching.actions.done(ANA, action.id)
    for proposal_id, sentence in ((goal_note, "checked in on this goal"), (action_note, "finished or dropped")):
        with pytest.raises(InvalidInputError, match=sentence):
            services.coaching.proposals.undo(ANA, proposal_id)
    assert (len(services.coaching.goals.list_for(ANA)), len(services.coaching.actions.list_for(ANA))) == (1, 1)


def test_a_step_from_two_sessions_is_on_the_list_once(services: Services) -> None:
    first, second = (heard(services, ProposalKind.ACTION, title=title) for title in ("Ask Tom", "ask Tom!"))
    services.coaching.proposals.accept(ANA, first)
    with pytest.raises(InvalidInputError, match="on the list already"):
        services.coaching.proposals.accept(ANA, second)
    assert [action.title for action in services.coaching.actions.list_for(ANA)] == ["Ask Tom"]


def test_undoing_goes_back_to_what_an_action_was_before(services: Services, clock: HandClock) -> None:
    action_id = services.coaching.actions.add(ANA, "Ask Tom")
    services.coaching.actions.done(ANA, action_id)
    before = services.coaching.actions.list_for(ANA)
    clock.forward(3600)
    again = noted(services, ProposalKind.ACTION_DONE, action_id=action_id, done=True)
    assert services.coaching.actions.list_for(ANA) == before, "said twice, done once"
    dropped = noted(services, ProposalKind.ACTION_DONE, action_id=action_id, done=False, why="Tom left")
    assert services.coaching.actions.list_for(ANA)[0].dropped_why == "Tom left"
    for proposal_id in (dropped, again):
        services.coaching.proposals.undo(ANA, proposal_id)
        assert services.coaching.actions.list_for(ANA) == before


def test_undoing_in_any_order_meets_what_is_gone_already(services: Services) -> None:
    goal_note = noted(services, ProposalKind.GOAL, title="Sleep")
    (goal,) = services.coaching.goals.list_for(ANA)
    progress = noted(services, ProposalKind.PROGRESS, goal_id=goal.id, score=1)
    action_note = noted(services, ProposalKind.ACTION, title="Walk")
    (action,) = services.coaching.actions.list_for(ANA)
    done = noted(services, ProposalKind.ACTION_DONE, action_id=action.id, done=True)
    memory_note = noted(services, ProposalKind.MEMORY, text="I have a dog")
    services.coaching.memory.forget_all(ANA)
    for proposal_id in (goal_note, progress, done, action_note, memory_note):
        assert services.coaching.proposals.undo(ANA, proposal_id).status is ProposalStatus.UNDONE
    left = {name: kept for name, kept in rows(services).items() if kept and name != "coaching_preferences"}
    assert left == {}


def test_the_same_note_is_kept_once_and_an_answer_is_not_asked_for_again(services: Services) -> None:
    heard(services, ProposalKind.ACTION, proposal_id="one", title="Walk")
    services.coaching.proposals.accept(ANA, "one")
    heard(services, ProposalKind.ACTION, proposal_id="one", title="Run")
    assert services.coaching.proposals.open_for(ANA) == []
    assert [action.title for action in services.coaching.actions.list_for(ANA)] == ["Walk"]
    with pytest.raises(InvalidInputError, match="answered this already"):
        services.coaching.proposals.accept(ANA, "one")


def test_a_coachs_suggestion_changes_one_wish_and_nothing_else(services: Services) -> None:
    profiles = services.coaching.profiles
    profiles.save(profiles.get(ANA).__class__(ANA, "", tone=Tone.GENTLE, pace=Pace.SHORT, challenges="Mornings"))
    saved = profiles.get(ANA)
    suggested(
        services, ProposalKind.TAILORING, {"field": "pace", "value": "exploring", "why": "You like to think aloud"}
    )
    (suggestion,) = services.coaching.proposals.suggested_by_coaches(ANA)
    assert (suggestion.source, suggestion.status) == (ProposalSource.COACH, ProposalStatus.OPEN)
    services.coaching.proposals.accept(ANA, suggestion.id)
    now = profiles.get(ANA)
    assert (now.pace, now.tone, now.challenges) == (Pace.EXPLORING, Tone.GENTLE, "Mornings")
    services.coaching.proposals.undo(ANA, suggestion.id)
    assert profiles.get(ANA) == saved
    with pytest.raises(InvalidInputError):
        suggested(services, ProposalKind.TAILORING, {"field": "language", "value": "Deutsch"})


def test_a_step_that_a_coach_suggests_becomes_one_at_the_clients_word(services: Services) -> None:
    proposals = services.coaching.proposals
    content = {"title": " Walk\nto work ", "due_on": "2026-05-08", "why": "You like mornings"}
    id = suggested(services, ProposalKind.ACTION, content)
    assert services.coaching.actions.list_for(ANA) == []
    proposals.accept(ANA, id)
    (step,) = services.coaching.actions.list_for(ANA)
    assert (step.title, step.due_day, step.session_id) == ("Walk to work", date(2026, 5, 8), None)
    for wrong in ({"title": " "}, {"title": "x" * 201}, {"title": "Walk", "due_on": "soon"}):
        with pytest.raises(InvalidInputError):
            suggested(services, ProposalKind.ACTION, wrong)


def test_accepting_a_suggestion_does_not_settle_the_membership_answers(services: Services) -> None:
    store_of(services).execute('UPDATE members SET answers = \'{"Why?": "Sleep"}\' WHERE client_id = $1', [ANA])
    proposal_id = suggested(services, ProposalKind.TAILORING, {"field": "tone", "value": "direct"})
    services.coaching.proposals.accept(ANA, proposal_id)
    profile = services.coaching.profiles.get(ANA)
    assert (profile.tone, profile.saved, profile.challenges) == (Tone.DIRECT, False, "Why? Sleep")


def test_open_proposals_are_listed_oldest_first(services: Services, clock: HandClock) -> None:
    ids = []
    for name in ("one", "two", "three"):
        clock.now += timedelta(seconds=1)
        ids.append(heard(services, ProposalKind.ACTION, title=name, session=name))
    assert [each.id for each in services.coaching.proposals.open_for(ANA)] == ids
    assert [each.id for each in services.coaching.proposals.of_session("two")] == [ids[1]]
    assert services.coaching.proposals.open_for(BEN) == []


def test_progress_that_is_confirmed_late_is_dated_by_its_session(services: Services, clock: HandClock) -> None:
    goal_id = services.coaching.goals.add(ANA, NewGoal("Sleep"))
    said_before = heard(services, ProposalKind.PROGRESS, goal_id=goal_id, score=-1)
    clock.forward(3600)
    services.coaching.goals.check_in(ANA, goal_id, 2)
    services.coaching.proposals.accept(ANA, said_before)
    (goal,) = services.coaching.goals.list_for(ANA)
    assert goal.latest is not None
    assert goal.latest.score == 2
    assert [each.score for each in services.coaching.goals.check_ins(ANA)] == [-1, 2]
