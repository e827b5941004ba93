"""Whether two versions of the agent may be met by clients who do not choose: both fit, and equally safe. Pure."""

from __future__ import annotations

import hashlib
import json
import re

from coachroom.agent_config.diff import AgentDiff
from coachroom.agent_config.lint import LintFinding
from coachroom.agent_config.remote import RemoteState

SAFETY_HEADING = "What you are not"
_HEADING = re.compile(r"^#+[ \t]*(.*?)[ \t]*$", re.MULTILINE)


def safety_words(prompt: str) -> str | None:
    """The prompt's paragraphs under "What you are not", to the next heading; None where there are none."""
    headings = list(_HEADING.finditer(prompt))
    for place, heading in enumerate(headings):
        if heading[1] == SAFETY_HEADING:
            end = headings[place + 1].start() if place + 1 < len(headings) else len(prompt)
            return prompt[heading.end() : end].strip() or None
    return None


def prompt_of(remote: RemoteState) -> str:
    """The prompt of the agent that is there; empty where it has none."""
    agent = remote.agent.get("conversation_config", {}).get("agent") or {}
    return str((agent.get("prompt") or {}).get("prompt") or "")


def version_of(remote: RemoteState) -> str:
    """What names this version: the provider's id of it, or a digest of the configuration where it has none."""
    if version := remote.agent.get("version_id"):
        return str(version)
    config = {name: remote.agent.get(name) for name in ("conversation_config", "platform_settings")}
    return hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()


def as_it_is(remote: RemoteState) -> AgentDiff:
    """The plan that changes nothing: for trying a version as it is there."""
    agent = {"prompt": {"prompt": prompt_of(remote)}, "dynamic_variables": {"dynamic_variable_placeholders": {}}}
    return AgentDiff({"conversation_config": {"agent": agent}, "platform_settings": {}}, (), ())


def unfit(name: str, remote: RemoteState, findings: list[LintFinding]) -> str | None:
    """Why the version `name` must be met by nobody; None where nothing speaks against it."""
    serious = next((finding.text for finding in findings if finding.serious), None)
    if serious is not None:
        return f"The version {name} is not fit for the room: {serious}"
    if safety_words(prompt_of(remote)) is None:
        return f'The prompt of the version {name} has no paragraphs under "{SAFETY_HEADING}": put them there first.'
    return None


def unlike(standing: RemoteState, candidate: RemoteState) -> str | None:
    """Why one of the two must not stand beside the other; None where their words about safety are the same."""
    if safety_words(prompt_of(standing)) == safety_words(prompt_of(candidate)):
        return None
    return (
        f'The paragraphs under "{SAFETY_HEADING}" differ between the two versions. Nobody is to be less safe by a '
        "draw: make them the same, word for word."
    )
