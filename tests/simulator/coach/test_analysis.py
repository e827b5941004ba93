"""What the practice agent finds in a finished conversation."""

from __future__ import annotations

import pytest

from coachroom.elevenlabs.data_collection import COLLECTED
from coachroom.simulator.coach.analysis import MAX_LINES, collect_data, next_step
from coachroom.simulator.coach.rules import QUESTIONS, CoachState, Phase
from coachroom.simulator.server.archive import PracticeTurn
from tests.simulator.serving import TEXT_ONLY, RunningAgent, call, until

SURE = QUESTIONS[Phase.SURE]


def talk(*texts: str) -> list[PracticeTurn]:
    """Turns; those that begin with "A: " are the agent's."""
    return [
        PracticeTurn("agent" if text.startswith("A: ") else "user", text.removeprefix("A: "), float(n), n)
        for n, text in enumerate(texts)
    ]


def test_nothing_is_found_where_nothing_was_said() -> None:
    assert collect_data([], CoachState()) == {}
    assert collect_data(talk("A: I am your coach. My name is Coach.", "Hello."), CoachState()) == {}


@pytest.mark.parametrize(
    ("said", "fact"),
    [
        ("Remember that my sister lives in Lisbon.", "my sister lives in Lisbon"),
        ("please remember: I hate mornings", "I hate mornings"),
        ("My daughter is four. It rains.", "My daughter is four"),
        ("I am a nurse!", "I am a nurse"),
        ("I'm at -1 now", None),
        ("I am not sure", None),
        ("I am tired, it's hard", None),
    ],
)
def test_facts_are_what_the_client_says_of_themselves(said: str, fact: str | None) -> None:
    assert collect_data(talk(said), CoachState()).get("client_facts") == fact


def test_challenges_actions_progress_and_confidence() -> None:
    turns = talk(
        "Getting up is hard for me.", "I am at −1 with it.", f"A: Good. {SURE}", "Maybe 7?", "A: Thank you.", "9"
    )
    state = CoachState(goal="Sleep better", action="call the clinic")
    assert collect_data(turns, state) == {
        "client_challenges": "Getting up is hard for me",
        "actions": "call the clinic",
        "goal_progress": "Sleep better | -1",
        "confidence_after": 7,
    }
    assert set(collect_data(turns, state)) <= {item.id for item in COLLECTED}


def test_lists_are_bounded_and_hold_nothing_twice() -> None:
    turns = talk(*(f"I am person {n % 20}" for n in range(60)))
    lines = str(collect_data(turns, CoachState())["client_facts"]).splitlines()
    assert len(lines) == len(set(lines)) == MAX_LINES


def test_the_criterion_is_whether_a_step_was_named() -> None:
    assert next_step(CoachState(goal="x", action="y")) == "success"
    assert next_step(CoachState(goal="x")) == "failure"
    assert next_step(CoachState()) == "unknown"


def test_the_analysis_is_in_the_call_record_and_in_its_webhook(practice: RunningAgent) -> None:
    with call(practice, **TEXT_ONLY) as caller:
        conversation_id = caller.hear("conversation_initiation_metadata")["conversation_id"]
        caller.hear("agent_response")
        caller.type("Remember that I work nights.")
        caller.hear("agent_response")
    body = until(lambda: next((body for body, _ in practice.delivered if conversation_id.encode() in body), None))
    assert b'"client_facts":{"data_collection_id":"client_facts","value":"I work nights"' in body
    assert b'"next_step":{"criteria_id":"next_step"' in body


def test_webhooks_can_be_lost_and_doubled(practice: RunningAgent) -> None:
    faults = practice.agent.faults
    counts = []
    try:
        for lose, duplicate in ((False, False), (True, False), (False, True)):
            faults.lose_webhooks, faults.duplicate_webhooks = lose, duplicate
            before = len(practice.delivered)
            with call(practice, **TEXT_ONLY) as caller:
                caller.hear("agent_response")
            until(
                lambda: all(
                    record.status == "done" for record in practice.agent._calls._context.archive.newest_first()
                )
            )
            until(lambda: not practice.agent._calls._filing)
            counts.append(len(practice.delivered) - before)
    finally:
        faults.lose_webhooks = faults.duplicate_webhooks = False
    assert counts == [1, 0, 2]
