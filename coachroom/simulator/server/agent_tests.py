"""Simulation tests of the agent: kept, checked as the real service checks them, and run on the coach's rules.

Its simulated user says the numbered lines of the scenario, and nothing else. There is no language model that could
judge the talk: the result is "unknown", unless a fault says otherwise.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from secrets import token_hex
from typing import Any

from coachroom.simulator.call.protocol import Message
from coachroom.simulator.coach import rules
from coachroom.simulator.coach.briefing_reader import texts_in
from coachroom.simulator.coach.rules import Reply
from coachroom.simulator.server.agent_config import ApiValidationError, Configurations, fault

MAX_TURNS = 50
DEFAULT_TURNS = 5
_LINE = re.compile(r"^\d+\. (?=\")")


class AgentTestRoutes:
    """All simulation tests of one workspace, and their runs."""

    def __init__(self, configurations: Configurations) -> None:
        self._configurations = configurations
        self.tests: dict[str, Message] = {}
        self._invocations: dict[str, Message] = {}

    def create(self, body: Message) -> Message:
        """The id of the new test. Raises ApiValidationError."""
        if faults := list(_faults(body, self._configurations.tools)):
            raise ApiValidationError(faults)
        test_id = f"test_{token_hex(13)}"
        self.tests[test_id] = body
        return {"id": test_id}

    def delete(self, test_id: str) -> bool:
        """Forget a test; False when it is not there."""
        return self.tests.pop(test_id, None) is not None

    def begin(self, agent_id: str, body: Message, now: datetime) -> Message:
        """An invocation whose runs are all pending. Raises ApiValidationError; KeyError for a test there is not."""
        override = body.get("agent_config_override")
        if override is not None:
            missing = [key for key in ("conversation_config", "platform_settings") if key not in override]
            faults = [fault(["body", "agent_config_override", key], "Field required", "missing") for key in missing]
            if faults := faults or self._configurations.faults(override, ["body", "agent_config_override"]):
                raise ApiValidationError(faults)
        invocation_id = f"suite_{token_hex(13)}"
        wanted = [str(test["test_id"]) for test in body.get("tests") or []]
        self._invocations[invocation_id] = {
            "id": invocation_id,
            "agent_id": agent_id,
            "created_at": int(now.timestamp()),
            "test_runs": [self._run(test_id, self.tests[test_id], agent_id, invocation_id) for test_id in wanted],
        }
        return self._invocations[invocation_id]

    def invocation(self, invocation_id: str) -> Message:
        """As it is. Raises KeyError."""
        return self._invocations[invocation_id]

    def finish(self, invocation_id: str, now: datetime, judgement: str) -> Message:
        """The invocation with every run finished that is pending. Raises KeyError."""
        invocation = self.invocation(invocation_id)
        for run in invocation["test_runs"]:
            if run["status"] == "pending":
                run.update(_finished(self.tests[run["test_id"]], now, judgement))
        return invocation

    def cancel(self, invocation_id: str) -> Message:
        """The invocation, of which no run that is pending will finish. Raises KeyError."""
        invocation = self.invocation(invocation_id)
        for run in invocation["test_runs"]:
            if run["status"] == "pending":
                run["status"] = "cancelled"
        return invocation

    def _run(self, test_id: str, test: Message, agent_id: str, invocation_id: str) -> Message:
        return {
            "test_run_id": f"run_{token_hex(13)}",
            "test_invocation_id": invocation_id,
            "test_id": test_id,
            "test_name": test["name"],
            "agent_id": agent_id,
            "status": "pending",
            "agent_responses": None,
        }


def _finished(test: Message, now: datetime, judgement: str) -> Message:
    return {
        "status": "passed" if judgement == "success" else "failed",
        "agent_responses": list(_talk(test, now)),
        "condition_result": {
            "result": judgement,
            "rationale": {"messages": [], "summary": "The practice agent has no language model to ask."},
        },
        "credits_used": 0,
    }


def _talk(test: Message, now: datetime) -> Iterator[Message]:
    """The turns until the lines are said, the coach hangs up, or there are enough of them."""
    variables = test.get("dynamic_variables") or {}
    state, reply = rules.begin(variables, now.date())
    # What stands in the prompt is known to the agent before it is called.
    state = rules.inform(state, str(variables.get("briefing") or ""))
    yield _turn("agent", reply.text)
    lines = list(_lines(str(test["simulation_scenario"])))
    for line in lines[: (test.get("simulation_max_turns") or DEFAULT_TURNS) // 2]:
        yield _turn("user", line)
        state, reply = rules.reply(state, line)
        yield _answer(reply)
        if reply.ends:
            return


def _lines(scenario: str) -> Iterator[str]:
    for line in scenario.split("\n"):
        if _LINE.match(line):
            yield from texts_in(line)[:1]


def _answer(reply: Reply) -> Message:
    # No room answers the tools here: what is looked up is not found.
    calls = [_call(use.tool, use.parameters, "client") for use in (reply.lookup, *reply.uses) if use]
    reply = rules.told(reply, "") if reply.lookup else reply
    calls += [_call("end_call", {}, "system")] if reply.ends else []
    return _turn("agent", reply.text, calls)


def _call(tool: str, parameters: Mapping[str, Any], kind: str) -> Message:
    return {
        "type": kind,
        "request_id": f"call_{token_hex(13)}",
        "tool_name": str(tool),
        "params_as_json": json.dumps(dict(parameters)),
        "tool_has_been_called": True,
    }


def _turn(role: str, message: str, tool_calls: Sequence[Message] = ()) -> Message:
    return {
        "role": role,
        "message": message,
        "tool_calls": list(tool_calls),
        "tool_results": [],
        "time_in_call_secs": 0,
    }


def _faults(body: Message, tools: Mapping[str, Message]) -> Iterator[Message]:
    checks: dict[str, Callable[[Any], bool]] = {
        "type": lambda value: value == "simulation",
        "name": lambda value: isinstance(value, str) and bool(value),
        "simulation_scenario": lambda value: isinstance(value, str) and bool(value),
        "simulation_max_turns": lambda value: value is None or (type(value) is int and 1 <= value <= MAX_TURNS),
        "success_conditions": lambda value: _texts(value) or bool(body.get("success_condition")),
        "tool_mock_overrides": lambda value: value is None or value.keys() <= tools.keys(),
    }
    for key, fine in checks.items():
        if not fine(body.get(key)):
            yield fault(["body", key], f"Value error, {key} is missing or not one that is taken")


def _texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, str) and item for item in value)
