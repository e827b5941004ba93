"""Undo takes back all that rests on a note: in memory, in the session's notes, and in what is still to come."""

from __future__ import annotations

from typing import Any

import pytest

from coachroom.app.container import Services
from coachroom.coaching.goals import NewGoal
from coachroom.coaching.memory import MemoryKind, RememberResult
from coachroom.coaching.proposals import ProposalKind, ProposalStatus
from coachroom.coaching.resting import noted_words
from tests.coaching.reported import SESSION, begun, heard, noted, remembered
from tests.services import ANA

STEP = "I could ask a colleague to call on me"
THEY_WILL = f'They will do this: "{STEP}".'
THEY_WANT = 'The client wanted this: "I want to speak up in meetings".'


def texts(services: Services) -> set[str | None]:
    return {memory.text for memory in services.coaching.memory.list_for(ANA)}


def summed_up(services: Services, text: str, turn: str) -> RememberResult:
    return remembered(services, text, turns=(turn,), kind=MemoryKind.SUMMARY)


def test_a_step_that_is_undone_is_not_remembered_as_decided(services: Services) -> None:
    begun(services)
    step = noted(services, ProposalKind.ACTION, title=STEP, turns=("turn-4",))
    noted(services, ProposalKind.MEMORY, text=THEY_WILL, memory_kind="summary", turns=("turn-4",))
    summed_up(services, THEY_WANT, "turn-1")
    services.coaching.memory.write(ANA, STEP)
    services.briefings.prepare(SESSION, ANA)
    services.coaching.proposals.undo(ANA, step)
    assert texts(services) == {THEY_WANT, STEP}, "what the client wrote by hand stays"
    assert {each.status for each in services.coaching.proposals.of_session(SESSION)} == {ProposalStatus.UNDONE}
    used = services.briefings.of_session(SESSION)
    assert used is not None
    assert "They will do this" not in used.long_form


def test_it_is_not_remembered_afterwards_either(services: Services) -> None:
    step = noted(services, ProposalKind.ACTION, title=STEP, turns=("turn-4",))
    services.coaching.proposals.undo(ANA, step)
    assert summed_up(services, THEY_WILL, "turn-4") is RememberResult.FORGOTTEN
    assert summed_up(services, f"They said: {STEP}!", "turn-9") is RememberResult.FORGOTTEN
    assert summed_up(services, THEY_WANT, "turn-4") is RememberResult.NEW
    assert remembered(services, THEY_WILL, session="session-2") is RememberResult.NEW, (
        "another session is another talk"
    )


def test_what_was_noted_again_since_may_be_remembered(services: Services) -> None:
    first = noted(services, ProposalKind.ACTION, title=STEP, turns=("turn-4",))
    services.coaching.proposals.undo(ANA, first)
    noted(services, ProposalKind.ACTION, title=STEP, turns=("turn-6",))
    assert summed_up(services, THEY_WILL, "turn-6") is RememberResult.NEW


def test_what_was_heard_and_declined_is_forgotten_as_well(services: Services) -> None:
    summed_up(services, THEY_WILL, "turn-4")
    step = heard(services, ProposalKind.ACTION, title=STEP, turns=("turn-4",))
    services.coaching.proposals.decline(ANA, step)
    assert texts(services) == set()


def test_what_the_client_put_in_their_own_words_stays(services: Services) -> None:
    step = noted(services, ProposalKind.ACTION, title=STEP, turns=("turn-4",))
    summed_up(services, THEY_WILL, "turn-4")
    (memory,) = services.coaching.memory.list_for(ANA)
    services.coaching.memory.edit(ANA, memory.id, f"Perhaps: {STEP}")
    services.coaching.proposals.undo(ANA, step)
    assert texts(services) == {f"Perhaps: {STEP}"}


@pytest.mark.parametrize("made", [ProposalKind.GOAL, ProposalKind.ACTION])
def test_notes_about_what_is_undone_are_undone_with_it(services: Services, made: ProposalKind) -> None:
    note = noted(services, made, title="Speak up")
    (thing,) = services.coaching.goals.list_for(ANA) or services.coaching.actions.list_for(ANA)
    about: dict[str, Any] = {"goal_id": thing.id, "score": 1}
    if made is ProposalKind.ACTION:
        about = {"action_id": thing.id, "done": True}
    noted(services, ProposalKind.PROGRESS if made is ProposalKind.GOAL else ProposalKind.ACTION_DONE, **about)
    services.coaching.proposals.undo(ANA, note)
    assert {each.status for each in services.coaching.proposals.of_session(SESSION)} == {ProposalStatus.UNDONE}
    assert services.coaching.goals.list_for(ANA) == []
    assert services.coaching.actions.list_for(ANA) == []


def test_progress_that_is_undone_leaves_what_is_known_of_its_goal(services: Services) -> None:
    goal_id = services.coaching.goals.add(ANA, NewGoal("speak up in meetings"))
    summed_up(services, THEY_WANT, "turn-1")
    score = noted(services, ProposalKind.PROGRESS, goal_id=goal_id, about="speak up in meetings", score=1)
    services.coaching.proposals.undo(ANA, score)
    assert texts(services) == {THEY_WANT}


@pytest.mark.parametrize(
    ("text", "turn", "rests"),
    [
        ("You will ask Tom for feedback.", "t1", True),
        ("You will ask Tom for feedback.", "t2", True),
        ("You will talk to Tom about feedback soon.", "t1", True),
        ("You will talk to Tom about feedback soon.", "t2", False),
        ("You have two children.", "t1", False),
    ],
)
def test_a_memory_rests_on_a_note_by_its_words_and_turns(text: str, turn: str, rests: bool) -> None:
    note = noted_words("s", "action", {"title": "Ask Tom for feedback"}, ["t1"])
    assert note.carries("s", text, [turn]) is rests
    assert not note.carries("s2", text, [turn])
    assert not note.carries(None, text, [turn])
