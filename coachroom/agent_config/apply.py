"""Carries a plan out and looks whether it took."""

from __future__ import annotations

from collections.abc import Callable

from coachroom.agent_config.diff import AgentDiff, agent_patch
from coachroom.agent_config.remote import Agents, RemoteState
from coachroom.errors import CoachroomError


class ApplyIncompleteError(CoachroomError):
    """ElevenLabs took the changes and shows others."""


def apply(agents: Agents, plan: AgentDiff, remote: RemoteState, planned: Callable[[RemoteState], AgentDiff]) -> None:
    """Tools first, then the agent that names them; `planned` makes the plan for what is read back.

    Broken off in the middle, the next plan holds the rest. Raises AgentUnavailableError, ApplyIncompleteError.
    """
    attach: list[str] = []
    for step in plan.tools:
        if step.id is None:
            attach.append(agents.create_tool(step.config))
            continue
        if step.changes:
            agents.update_tool(step.id, step.config)
        if not step.attached:
            attach.append(step.id)
    if patch := agent_patch(plan, remote, attach):
        agents.update(patch)
    left = planned(agents.read())
    if left.count:
        places = [change.where for change in left.changes] + [f"tool {step.name}" for step in left.tools]
        places += [f"tool {tool.config.get('name')}" for tool in left.taken_off]
        raise ApplyIncompleteError(
            f"ElevenLabs took the changes, but {left.count} did not stay ({', '.join(places[:5])}): run `agent plan` "
            "again, and look whether somebody else changes the agent."
        )
