"""Talks in ElevenLabs' simulations: its own simulated user says the lines, and a language model judges the talk.

They are simulation tests of its agent testing, made for one run and deleted after it. The run is given the agent and
the tools as the file has them, so that nothing goes live for being tried. (The older endpoint
`simulate-conversation` was to be removed on 31 October 2026.)
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from coachroom.agent.tool_specs import Tool
from coachroom.agent_config.diff import (
    REFUSED_IN_PROMPT,
    SECTIONED,
    AgentDiff,
    merged,
    tool_ids,
    without_nulls,
)
from coachroom.agent_config.remote import Agents, Body, RemoteState
from coachroom.agent_config.testing.briefing import briefing
from coachroom.agent_config.testing.checks import CheckOutcome, CheckResult
from coachroom.agent_config.testing.scripts import ScriptedClient
from coachroom.agent_config.testing.talks import Talk, TalkWith
from coachroom.agent_config.testing.transcript import Said, ToolCall, Transcript
from coachroom.clock import Clock
from coachroom.errors import AgentUnavailableError, CoachroomError
from coachroom.rooms.states import Sender

# What ElevenLabs takes at most.
MAX_TURNS = 50
LOOK_EVERY_SECONDS = 2.0
MAX_SECONDS = 15 * 60.0
# Stands behind the prompt, where the room sends the briefing at the start of a call.
BRIEFING = "briefing"
IN_ROLE = "The agent stayed in its role as a coach and was respectful."
JUDGED = "satisfy ElevenLabs' language model"
ROLES = {"user": Sender.CLIENT, "agent": Sender.AGENT, "assistant": Sender.AGENT}


class AgentTestError(CoachroomError):
    """The agent cannot be tried in simulations."""


def talk_in_simulations(
    agents: Agents, remote: RemoteState, plan: AgentDiff, clock: Clock, sleep: Callable[[float], object] = time.sleep
) -> TalkWith:
    """Talks with the agent that the `remote` one would be after the `plan`.

    Raises AgentTestError and AgentUnavailableError while talking.
    """

    def talk_with(clients: Mapping[str, ScriptedClient]) -> Iterator[Talk]:
        if not clients:
            return
        made: dict[str, str] = {}
        with _our_tools(agents, remote, plan) as tools:
            try:
                for name, client in clients.items():
                    made[agents.create_test(_test(name, client, tools, clock()))] = name
                config = _tested_config(plan.wanted, remote, tools)
                yield from _results(agents, agents.run_tests(list(made), config), made, sleep)
            finally:
                for test_id in made:
                    with contextlib.suppress(AgentUnavailableError):
                        agents.delete_test(test_id)

    return talk_with


@contextlib.contextmanager
def _our_tools(agents: Agents, remote: RemoteState, plan: AgentDiff) -> Iterator[Sequence[str]]:
    """The ids of our tools as they would be after the `plan`. New and changed ones are made for the run alone."""
    taken_off = {tool.id for tool in plan.taken_off}
    ids = {name: id for name, id in _attached(remote).items() if id not in taken_off}
    made: list[str] = []
    try:
        for step in plan.tools:
            if step.id is None or step.changes:
                made.append(agents.create_tool(step.config))
                ids[step.name] = made[-1]
            else:
                ids[step.name] = step.id
        yield list(ids.values())
    finally:
        for tool_id in made:
            with contextlib.suppress(AgentUnavailableError):
                agents.delete_tool(tool_id)


def _attached(remote: RemoteState) -> dict[str, str]:
    """The ids of those of our tools that the agent has now, by their names."""
    attached, ours = set(tool_ids(remote)), {tool.value for tool in Tool}
    named = {str(tool.config.get("name")): tool.id for tool in remote.tools if tool.id in attached}
    return {name: tool_id for name, tool_id in named.items() if name in ours}


def _test(name: str, client: ScriptedClient, tools: Sequence[str], now: datetime) -> Body:
    known = briefing(client.record, now)
    return {
        "type": "simulation",
        "name": f"coachroom {name}",
        "dynamic_variables": {**known.variables, BRIEFING: known.long_form},
        "simulation_scenario": scenario(client),
        "simulation_max_turns": min(MAX_TURNS, 2 * len(client.says) + 2),
        "success_conditions": [*client.judged, IN_ROLE],
        # No tool is used for real: not ours, which only the browser answers, and nobody else's.
        "tool_mock_config": {"mocking_strategy": "all", "fallback_strategy": "raise_error"},
        "tool_mock_overrides": {tool_id: [{"mock_result": "Noted."}] for tool_id in tools},
    }


def scenario(client: ScriptedClient) -> str:
    """What the simulated user is told: who they are, and their lines, each as a JSON string on a numbered line."""
    lines = (" ".join(line.split()) for line in client.says)
    numbered = [f"{number}. {json.dumps(line, ensure_ascii=False)}" for number, line in enumerate(lines, 1)]
    return "\n".join(
        [
            f"You are a client who talks with a coach. {client.about} Your name is {client.record.name}.",
            "Say the lines below one after the other, one a turn, word for word and without their quotation marks, "
            "whatever the coach answers. Add nothing. A line of dots is a silence: say the dots. "
            "After the coach's answer to the last line, end the conversation.",
            *numbered,
        ]
    )


def _tested_config(wanted: Body, remote: RemoteState, tools: Sequence[str]) -> Body:
    """The agent as it would be after `apply`, with the briefing behind its prompt."""
    config: Body = {
        section: merged(without_nulls(remote.agent.get(section) or {}), wanted[section]) for section in SECTIONED
    }
    agent = config["conversation_config"]["agent"]
    agent["prompt"].pop(REFUSED_IN_PROMPT, None)
    replaced = set(_attached(remote).values())
    agent["prompt"]["tool_ids"] = [*(other for other in tool_ids(remote) if other not in replaced), *tools]
    agent["prompt"]["prompt"] += f"\n\n{{{{{BRIEFING}}}}}"
    agent["dynamic_variables"]["dynamic_variable_placeholders"][BRIEFING] = ""
    return config


def _results(
    agents: Agents, invocation: Body, names: Mapping[str, str], sleep: Callable[[float], object]
) -> Iterator[Talk]:
    """Each talk once it is over; what is still going on at the end is cancelled. Raises AgentTestError."""
    waiting = dict(names)
    try:
        for _ in range(int(MAX_SECONDS / LOOK_EVERY_SECONDS)):
            for run in invocation.get("test_runs") or []:
                if run.get("status") != "pending" and (name := waiting.pop(run.get("test_id"), None)):
                    yield Talk(name, _transcript(run), _judged(run), run.get("credits_used") or 0)
            if not waiting:
                return
            sleep(LOOK_EVERY_SECONDS)
            invocation = agents.test_invocation(invocation["id"])
    finally:
        if waiting:
            with contextlib.suppress(AgentUnavailableError):
                agents.cancel_tests(invocation["id"])
    raise AgentTestError(
        f"ElevenLabs did not finish the talks with {', '.join(waiting.values())} in {MAX_SECONDS / 60:.0f} minutes: "
        "try again later, or with fewer clients (--client)."
    )


def _transcript(run: Body) -> Transcript:
    events: list[Said | ToolCall] = []
    for turn in run.get("agent_responses") or []:
        speaker, text = ROLES.get(str(turn.get("role"))), turn.get("message")
        if speaker and isinstance(text, str) and text.strip():
            events.append(Said(speaker, text))
        events += [ToolCall(str(call.get("tool_name")), _parameters(call)) for call in turn.get("tool_calls") or []]
    return Transcript(tuple(events), "" if run.get("status") in ("passed", "failed") else str(run.get("status")))


def _parameters(call: Body) -> Body:
    try:
        given = json.loads(call.get("params_as_json") or "{}")
    except ValueError:
        return {}
    return given if isinstance(given, dict) else {}


def _judged(run: Body) -> CheckResult:
    """What their model says; neither yes nor no where it could not tell."""
    result = run.get("condition_result") or {}
    outcomes = {"success": CheckOutcome.PASSED, "failure": CheckOutcome.FAILED}
    return CheckResult(JUDGED, outcomes.get(str(result.get("result")), CheckOutcome.NOT_TRIED), _reason(result))


def _reason(result: Body) -> str:
    rationale = result.get("rationale") or {}
    messages: Sequence[str] = rationale.get("messages") or ()
    return " ".join(str(rationale.get("summary") or " ".join(messages) or "it could not tell").split())
