"""What differs between theirs and ours, and what has to be sent so that nothing differs any more. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from coachroom.agent.tool_specs import Tool, ToolSpec
from coachroom.agent_config.desired import tool_config
from coachroom.agent_config.remote import Body, RemoteState, RemoteTool

MISSING: Any = object()
# What GET may still answer and PATCH refuses.
REFUSED_IN_PROMPT = "tools"
SECTIONED = ("conversation_config", "platform_settings")


@dataclass(frozen=True)
class FieldChange:
    """One value; `theirs` is MISSING where they have none."""

    where: str
    theirs: Any
    ours: Any


@dataclass(frozen=True)
class ToolStep:
    """What `apply` does with one tool: create it (`id` None), change it, or only attach it to the agent."""

    id: str | None
    attached: bool
    config: Body
    changes: tuple[FieldChange, ...]

    @property
    def name(self) -> str:
        return str(self.config["name"])


@dataclass(frozen=True)
class AgentDiff:
    """All changes that `apply` would make. `taken_off`: tools of ours that the agent has and may not use here."""

    wanted: Body
    changes: tuple[FieldChange, ...]
    tools: tuple[ToolStep, ...]
    taken_off: tuple[RemoteTool, ...] = ()

    @property
    def count(self) -> int:
        steps = sum(max(1, len(step.changes)) for step in self.tools)
        return len(self.changes) + steps + len(self.taken_off)


def make_diff(wanted: Body, specs: Sequence[ToolSpec], remote: RemoteState) -> AgentDiff:
    """All that differs; what they have beyond ours is left alone."""
    attached = set(tool_ids(remote))
    steps = (_step(tool_config(spec), remote.tools, attached) for spec in specs)
    not_here = {str(tool) for tool in Tool} - {str(spec.tool) for spec in specs}
    return AgentDiff(
        wanted,
        tuple(_changes(wanted, remote.agent, "")),
        tuple(step for step in steps if step is not None),
        tuple(tool for tool in remote.tools if tool.id in attached and tool.config.get("name") in not_here),
    )


def tool_ids(remote: RemoteState) -> list[str]:
    """The ids of the tools that the agent has."""
    agent: Body = remote.agent["conversation_config"].get("agent") or {}
    return list((agent.get("prompt") or {}).get("tool_ids") or [])


def agent_patch(make_diff: AgentDiff, remote: RemoteState, new_tool_ids: Sequence[str]) -> Body:
    """What `agents.update` is given: the sections that change, each whole, so that merging or replacing it is one.

    `new_tool_ids`: tools to attach beside those that stay. Empty where the agent itself stays as it is.
    """
    wanted = merged({}, make_diff.wanted)
    sections = {tuple(change.where.split(".")[:2]) for change in make_diff.changes}
    if new_tool_ids or make_diff.taken_off:
        sections.add(("conversation_config", "agent"))
        gone = {tool.id for tool in make_diff.taken_off}
        stay = [id for id in tool_ids(remote) if id not in gone]
        wanted["conversation_config"]["agent"]["prompt"]["tool_ids"] = [*stay, *new_tool_ids]
    patch: Body = {}
    for path in sorted(sections):
        if path[0] not in SECTIONED:
            patch[path[0]] = wanted[path[0]]
            continue
        theirs = without_nulls((remote.agent.get(path[0]) or {}).get(path[1]) or {})
        if path[1] == "agent":
            theirs.get("prompt", {}).pop(REFUSED_IN_PROMPT, None)
        patch.setdefault(path[0], {})[path[1]] = merged(theirs, wanted[path[0]][path[1]])
    return patch


def merged(theirs: Any, ours: Any) -> Any:
    """Ours over theirs: objects key by key, lists of objects with an id by id, all else as we have it."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        return {**theirs, **{key: merged(theirs.get(key), value) for key, value in ours.items()}}
    if _by_id(ours) and _by_id(theirs):
        owned = {item["id"]: item for item in ours}
        kept = [merged(item, owned.pop(item["id"], {})) for item in theirs]
        return kept + list(owned.values())
    return merged({}, ours) if isinstance(ours, dict) else ours


def _step(config: Body, tools: Sequence[RemoteTool], attached: set[str]) -> ToolStep | None:
    named = [tool for tool in tools if tool.config.get("name") == config["name"]]
    for tool in named:
        if tool.id in attached:
            changes = tuple(_changes(config, tool.config, ""))
            whole = merged(without_nulls(tool.config), config)
            return ToolStep(tool.id, True, whole, changes) if changes else None
    # Another agent's tool of the same name is not ours to change; one that is the same may serve both.
    same = next((tool.id for tool in named if not any(_changes(config, tool.config, ""))), None)
    return ToolStep(same, False, config, ())


def _changes(ours: Any, theirs: Any, where: str) -> Iterator[FieldChange]:
    nothing = theirs is MISSING or theirs is None
    if isinstance(ours, dict) and (nothing or isinstance(theirs, dict)):
        known = {} if nothing else theirs
        for key, value in ours.items():
            yield from _changes(value, known.get(key, MISSING), f"{where}.{key}".lstrip("."))
    elif _by_id(ours) and (not theirs or nothing or _by_id(theirs)):
        owned = {item["id"]: item for item in theirs} if _by_id(theirs) else {}
        for item in ours:
            yield from _changes(item, owned.get(item["id"], MISSING), f"{where}[{item['id']}]")
    elif not _same(ours, theirs):
        yield FieldChange(where, theirs, ours)


def _by_id(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) and "id" in item for item in value)


def _same(ours: Any, theirs: Any) -> bool:
    """Equal; the order of a list means nothing in what we send."""
    if isinstance(ours, list) and isinstance(theirs, list):
        return sorted(map(json.dumps, ours)) == sorted(map(json.dumps, theirs))
    return theirs is not MISSING and bool(ours == theirs)


def without_nulls(value: Any) -> Any:
    """A null of theirs says that nothing is set: so does leaving it out."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value
