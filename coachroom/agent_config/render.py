"""A plan in words: one line a value, texts of several lines as the lines that change. Pure."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from typing import Any

from coachroom.agent_config.diff import MISSING, AgentDiff, FieldChange, ToolStep

INDENT = "    "


def lines(plan: AgentDiff) -> Iterator[str]:
    """The plan's lines, without the count. Texts of theirs are in them: clean them for a terminal."""
    for change in plan.changes:
        yield from _change(change)
    for step in plan.tools:
        yield from _tool(step)
    for tool in plan.taken_off:
        yield f"tool {tool.config.get('name')}: attached → taken off the agent, stays in the workspace"


def count(plan: AgentDiff) -> str:
    """How much changes, in words."""
    return f"{plan.count} change{'' if plan.count == 1 else 's'}"


def _change(change: FieldChange) -> Iterator[str]:
    if isinstance(change.ours, str) and "\n" in change.ours:
        theirs = change.theirs if isinstance(change.theirs, str) else ""
        yield f"{change.where}: {len(theirs.splitlines())} → {len(change.ours.splitlines())} lines"
        differing = difflib.unified_diff(theirs.splitlines(), change.ours.splitlines(), n=0, lineterm="")
        yield from (INDENT + line for line in list(differing)[2:] if not line.startswith("@@"))
    elif isinstance(change.ours, list):
        yield f"{change.where}: {_list(change.theirs, change.ours)}"
    else:
        yield f"{change.where}: {_value(change.theirs)} → {_value(change.ours)}"


def _tool(step: ToolStep) -> Iterator[str]:
    if step.id is None:
        yield f"tool {step.name}: (none) → new, attached to the agent"
    elif not step.attached:
        yield f"tool {step.name}: is there → attached to the agent"
    for change in step.changes:
        for line in _change(change):
            yield line if line.startswith(INDENT) else f"tool {step.name}.{line}"


def _list(theirs: Any, ours: list[Any]) -> str:
    """What a list gains and loses; its order means nothing."""
    before = [_item(item) for item in theirs] if isinstance(theirs, list) else []
    after = [_item(item) for item in ours]
    gone = [f"- {item}" for item in before if item not in after]
    new = [f"+ {item}" for item in after if item not in before]
    return ", ".join(gone + new)


def _item(item: Any) -> str:
    return str(item["hostname"]) if isinstance(item, dict) and "hostname" in item else str(item)


def _value(value: Any) -> str:
    return "(not set)" if value is MISSING or value is None else json.dumps(value, ensure_ascii=False)
