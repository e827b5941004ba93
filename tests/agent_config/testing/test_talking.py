"""What the two ways of talking make of what they get, also of what is broken or strange."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from coachroom.agent.briefing import PLACEHOLDERS
from coachroom.agent.tool_specs import TOOLS, Tool
from coachroom.agent_config.remote import Body
from coachroom.agent_config.testing.briefing import briefing
from coachroom.agent_config.testing.checks import CheckOutcome
from coachroom.agent_config.testing.over_socket import talk_over_socket
from coachroom.agent_config.testing.results import run
from coachroom.agent_config.testing.scripts import ClientRecord, OpenAction, ScriptedClient, read
from coachroom.agent_config.testing.simulations import JUDGED, MAX_TURNS, scenario, talk_in_simulations
from coachroom.agent_config.testing.talks import Talk
from coachroom.agent_config.testing.transcript import Said, ToolCall
from coachroom.coaching.approach import Tone
from coachroom.rooms.states import Sender
from tests.agent_config.conftest import ROOM, There, file_with
from tests.server import ROOT

NOW = datetime(2026, 11, 28, 12)
SAM = ScriptedClient("Somebody.", ("I want to rest.", "Sorry, I have to stop now."), ClientRecord("Sam"))


def simulated(there: There, client: ScriptedClient = SAM) -> Talk:
    there.apply()
    remote = there.agents.read()
    talk_with = talk_in_simulations(there.agents, remote, there.planned(remote), lambda: NOW, lambda _: None)
    (talk,) = talk_with({"sam": client})
    return talk


def answered(monkeypatch: pytest.MonkeyPatch, there: There, **run: Any) -> Talk:
    """The talk that is made of a run as a service may answer it."""
    there.apply()
    monkeypatch.setattr(
        there.agents,
        "run_tests",
        lambda ids, _: {"id": "suite_1", "test_runs": [{"test_id": ids[0], "status": "passed", **run}]},
    )
    return simulated(there)


def test_the_briefing_is_the_one_that_the_room_makes() -> None:
    record = ClientRecord(
        "Ana", sessions=2, tone=Tone.GENTLE, goals=("Sleep",), actions=(OpenAction("Walk", -3),), facts=("Has a dog",)
    )
    made = briefing(record, NOW)
    assert made.variables.keys() == PLACEHOLDERS.keys()
    assert made.variables["open_actions"] == '"Walk" (late)'
    assert (made.variables["session_number"], made.variables["last_session"]) == (3, "7 days ago")
    for line in ('Name: "Ana"', "Wants: gentle words", 'Goal: "Sleep"', 'Remembered: "Has a dog"'):
        assert line in made.long_form
    assert '"Walk" | due 2026-11-25 | late' in made.long_form
    assert briefing(ClientRecord(), NOW).variables["last_session"] == "none yet"


def test_the_scenario_has_every_line_on_a_line_of_its_own() -> None:
    client = ScriptedClient("A.", ('She said "no".', "two\nlines", "..."))
    assert scenario(client).splitlines()[-3:] == ['1. "She said \\"no\\"."', '2. "two lines"', '3. "..."']


def test_no_client_of_ours_needs_more_turns_than_a_simulation_may_have() -> None:
    clients = read(ROOT / "data" / "agent_tests.toml").client.values()
    assert max(2 * len(client.says) + 2 for client in clients) <= MAX_TURNS


def test_a_simulation_brings_words_tools_and_no_judgement_that_nobody_made(there: There) -> None:
    talk = simulated(there)
    assert talk.transcript.said[1:4:2] == (Said(Sender.CLIENT, SAM.says[0]), Said(Sender.CLIENT, SAM.says[1]))
    assert [use.tool for use in talk.transcript.uses] == ["save_goal", "mark_stage", "wrap_up", "end_call"]
    assert (talk.judged.must, talk.judged.outcome) == (JUDGED, CheckOutcome.NOT_TRIED)
    assert there.services.agent.tests.tests == {}


def test_the_run_is_given_the_agent_of_the_file_with_the_briefing_and_the_live_agent_stays(
    there: There, monkeypatch: pytest.MonkeyPatch
) -> None:
    there.apply()
    given: list[Body] = []
    ask = there.agents.run_tests
    monkeypatch.setattr(there.agents, "run_tests", lambda ids, config: given.append(config) or ask(ids, config))
    there.change(conversation_config={"tts": {"voice_id": "theirs"}, "agent": {"first_message": "Old"}})
    before = there.now()
    remote = there.agents.read()
    plan = there.planned(remote, ROOM)
    list(talk_in_simulations(there.agents, remote, plan, lambda: NOW, lambda _: None)({"sam": SAM}))
    (config,) = given
    agent = config["conversation_config"]["agent"]
    assert agent["first_message"] == file_with().first_message
    assert agent["prompt"]["prompt"].endswith("\n\n{{briefing}}")
    assert len(agent["prompt"]["tool_ids"]) == len(Tool)
    assert config["conversation_config"]["tts"]["voice_id"] == "theirs"
    assert there.now() == before
    assert "{{briefing}}" not in plan.wanted["conversation_config"]["agent"]["prompt"]["prompt"]


def test_new_and_changed_tools_are_tried_as_they_would_be_and_nothing_of_it_stays(
    there: There, monkeypatch: pytest.MonkeyPatch
) -> None:
    there.apply()
    kept, changed, missing = list(there.configurations.tools)[:3]
    theirs = there.configurations.put_tool({"tool_config": {**there.tool(kept), "name": "their_own"}})["id"]
    there.configurations.put_tool({"tool_config": {**there.tool(changed), "description": "Old."}}, changed)
    attached = [one for one in there.attached if one != missing]
    there.change(conversation_config={"agent": {"prompt": {"tool_ids": [theirs, *attached]}}})
    del there.configurations.tools[missing]
    before, tools = there.now(), dict(there.configurations.tools)
    tried: list[dict[str, str]] = []
    ask = there.agents.run_tests

    def run_tests(ids: list[str], config: Body) -> Body:
        used = config["conversation_config"]["agent"]["prompt"]["tool_ids"]
        tried.append({there.tool(one)["name"]: there.tool(one)["description"] for one in used})
        assert {theirs, kept} <= set(used)
        assert changed not in used
        return ask(ids, config)

    monkeypatch.setattr(there.agents, "run_tests", run_tests)
    remote = there.agents.read()
    talk_with = talk_in_simulations(there.agents, remote, there.planned(remote), lambda: NOW, lambda _: None)
    list(talk_with({"sam": SAM}))
    wanted = {spec.tool.value: spec.description for spec in TOOLS}
    assert tried == [wanted | {"their_own": there.tool(kept)["description"]}]
    assert (there.now(), there.configurations.tools) == (before, tools)


STRANGE = [
    {"role": "assistant", "message": "Hello."},
    {"role": "user", "message": None, "tool_calls": None},
    {"role": "user", "message": "  "},
    {"role": "user", "message": "I want to rest."},
    {"role": "agent", "message": None, "tool_calls": [{"tool_name": "save_goal", "params_as_json": "{"}]},
    {"role": "agent", "message": "Rest.", "tool_calls": [{"tool_name": "remember", "params_as_json": '["a"]'}]},
    {"role": "narrator", "message": "They rest."},
]


def test_turns_without_words_and_broken_parameters_do_not_break_a_talk(
    there: There, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = answered(monkeypatch, there, agent_responses=STRANGE, credits_used=12)
    assert talk.transcript.events == (
        Said(Sender.AGENT, "Hello."),
        Said(Sender.CLIENT, "I want to rest."),
        ToolCall("save_goal", {}),
        Said(Sender.AGENT, "Rest."),
        ToolCall("remember", {}),
    )
    assert talk.credits == 12


@pytest.mark.parametrize(
    ("result", "outcome", "detail"),
    [
        (None, CheckOutcome.NOT_TRIED, "it could not tell"),
        (
            {"result": "success", "rationale": {"summary": "Kind\nthroughout."}},
            CheckOutcome.PASSED,
            "Kind throughout.",
        ),
        ({"result": "failure", "rationale": {"messages": ["a", "b"]}}, CheckOutcome.FAILED, "a b"),
        ({"result": "unknown", "rationale": None}, CheckOutcome.NOT_TRIED, "it could not tell"),
        ({"result": "something new"}, CheckOutcome.NOT_TRIED, "it could not tell"),
    ],
)
def test_only_a_clear_judgement_is_one(
    there: There, monkeypatch: pytest.MonkeyPatch, result: Any, outcome: CheckOutcome, detail: str
) -> None:
    judged = answered(monkeypatch, there, condition_result=result).judged
    assert (judged.outcome, judged.detail) == (outcome, detail)


def test_a_run_that_was_cancelled_there_fails_and_says_so(there: There, monkeypatch: pytest.MonkeyPatch) -> None:
    talk = answered(monkeypatch, there, status="cancelled", agent_responses=None)
    (result,) = run({"sam": SAM}, lambda _: iter([talk]), "", has_model=True)
    assert result.outcome is CheckOutcome.FAILED
    assert result.checks[0].detail == "0 of 2 lines were answered; the call ended: cancelled"


@pytest.mark.parametrize(
    ("fault", "value", "ended"),
    [("refuse_calls", 1008, "1008 The practice agent is set to refuse"), ("hang_up_after", 0.0, "1000")],
)
def test_a_call_that_is_refused_or_ends_early_fails_and_says_why(
    there: There, fault: str, value: Any, ended: str
) -> None:
    faults = there.services.agent.faults
    address = f"{there.services.url.replace('http', 'ws')}/v1/convai/conversation?agent_id={there.agent_id}"
    before = getattr(faults, fault)
    setattr(faults, fault, value)
    try:
        (result,) = run({"sam": SAM}, talk_over_socket(lambda: address, lambda: NOW), "", has_model=False)
    finally:
        setattr(faults, fault, before)
    assert result.outcome is CheckOutcome.FAILED
    assert result.transcript.ended.startswith(ended)


def test_a_call_that_finds_nobody_fails_and_says_why() -> None:
    (result,) = run({"sam": SAM}, talk_over_socket(lambda: "ws://127.0.0.1:9/", lambda: NOW), "", has_model=False)
    assert result.outcome is CheckOutcome.FAILED
    assert "refused" in result.checks[0].detail


def test_who_needs_a_model_is_not_talked_to_without_one_and_never_passes() -> None:
    client = ScriptedClient("A.", ("Hallo.",), needs_model=True)
    (result,) = run({"jana": client}, lambda clients: iter(()), "", has_model=False)
    assert result.outcome is CheckOutcome.NOT_TRIED
    assert not result.transcript.events
