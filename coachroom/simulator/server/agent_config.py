"""The configuration of the practice agents, their tools and the webhooks of the workspace, kept in memory.

Takes and refuses what ElevenLabs documents that it takes and refuses, as far as the app sets it.
"""

from __future__ import annotations

import copy
import hashlib
import json
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from coachroom.languages import ENGLISH
from coachroom.simulator.call.protocol import CLIENT_EVENTS, Message, ProtocolError, Start, Variables, fill_in

MAX_HOSTS = 10
AUDIO_FORMATS = ("pcm_8000", "pcm_16000", "pcm_22050", "pcm_24000", "pcm_44100", "pcm_48000", "ulaw_8000")
# The events there are beyond those that this agent knows how to send.
OTHER_EVENTS = (
    "asr_initiation_metadata",
    "tentative_user_transcript",
    "mcp_tool_call",
    "mcp_connection_status",
    "agent_tool_request",
    "agent_tool_response_full_payload",
    "agent_response_metadata",
    "agent_chat_response_part",
    "client_error",
    "guardrail_triggered",
    "dtmf_request",
    "agent_response_complete",
    "context_usage",
    "internal_turn_probability",
    "internal_tentative_agent_response",
)
ALL_EVENTS = frozenset({*CLIENT_EVENTS, *OTHER_EVENTS})
# Nobody could talk without the first; an error is no client event at all.
ALWAYS_SENT = frozenset({"conversation_initiation_metadata", "error", "queue_status"})
TYPES = ("boolean", "string", "integer", "number")
# Where a value of a tool comes from: exactly one of them.
VALUE_SOURCES = ("description", "dynamic_variable", "is_system_provided", "constant_value", "is_omitted")
# A domain, or any host with its port.
HOST = re.compile(r"[\w-]+(\.[\w-]+)+(:\d+)?|[\w-]+:\d+")
TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")

# The branches of every agent. How settings on one other than the main one are named, after the agent's id.
MAIN_BRANCH, NEXT_BRANCH = BRANCHES = ("practice-main", "practice-next")
BRANCH_MARK = "@"

# What is wrong with a value, None where nothing is.
Check = Callable[[Any], str | None]


def on_branch(agent_id: str, branch_id: str | None) -> str:
    """What the agent's settings on this branch go by. Raises LookupError where there is no such branch."""
    if branch_id not in (None, "", *BRANCHES):
        raise LookupError("There is no branch with this id.")
    return f"{agent_id}{BRANCH_MARK}{branch_id}" if branch_id == NEXT_BRANCH else agent_id


class ApiValidationError(Exception):
    """A body that is refused: FastAPI's list of places, messages and types."""

    def __init__(self, faults: list[Message]) -> None:
        super().__init__("; ".join(str(fault["msg"]) for fault in faults))
        self.faults = faults


class Configurations:
    """All agents, tools and webhooks of one workspace. `fresh`: agent id -> what a new agent has."""

    def __init__(self, fresh: Callable[[str], Message]) -> None:
        self._fresh = fresh
        self._agents: dict[str, Message] = {}
        self.tools: dict[str, Message] = {}
        self.webhooks: list[Message] = []

    def agent(self, agent_id: str) -> Message:
        """The agent as it is now, on the branch that `on_branch` names; a change of it counts for the next call.

        A branch is as the agent's main one until it is changed itself.
        """
        known = self._agents.get(agent_id)
        if known is not None:
            return known
        main, on_a_branch, _ = agent_id.partition(BRANCH_MARK)
        return self.agent(main) if on_a_branch else self._fresh(agent_id)

    def version(self, agent_id: str) -> str:
        """The id of the settings as they are now; the same settings have the same."""
        settings = {key: each for key, each in self.agent(agent_id).items() if key in SECTIONS}
        settings["branch"] = agent_id.partition(BRANCH_MARK)[2]
        return f"practice-{hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:12]}"

    def change(self, agent_id: str, patch: Message, now: int) -> Message:
        """The agent with the patch laid over it: objects key by key, all else whole. Raises ApiValidationError."""
        if faults := self.faults(patch, ["body"]):
            raise ApiValidationError(faults)
        agent: Message = _over(
            self.agent(agent_id), {key: patch[key] for key in SECTIONS if patch.get(key) is not None}
        )
        agent["metadata"] = {**agent.get("metadata", {}), "updated_at_unix_secs": now}
        self._agents[agent_id] = agent
        return agent

    def faults(self, config: Message, at: list[str]) -> list[Message]:
        """What is wrong with an agent's configuration that stands at this place of a body."""
        ids = _at(config, "conversation_config.agent.prompt").get("tool_ids")
        unknown = [one for one in ids if one not in self.tools] if isinstance(ids, list) else []
        place = [*at, *PROMPT.split("."), "tool_ids"]
        return [*_faults(config, at, AGENT_RULES), *(fault(place, f"There is no tool {one}") for one in unknown)]

    def put_tool(self, body: Message, tool_id: str | None = None) -> Message:
        """Makes a tool, or replaces the configuration of one. Raises ApiValidationError."""
        config = body.get("tool_config")
        if not isinstance(config, dict):
            raise ApiValidationError([fault(["body", "tool_config"], "Field required", "missing")])
        if faults := list(_tool_faults(config)):
            raise ApiValidationError(faults)
        tool_id = tool_id or f"tool_{secrets.token_hex(13)}"
        self.tools[tool_id] = {
            "id": tool_id,
            "tool_config": copy.deepcopy(config),
            "access_info": {"is_creator": True, "creator_name": "You", "creator_email": "", "role": "admin"},
            "usage_stats": {"total_calls": 0, "avg_latency_secs": 0.0},
        }
        return self.tools[tool_id]

    def refuse(self, agent_id: str, start: Start, always: Variables) -> None:
        """Raises ProtocolError where the settings do not allow what the call asks, or a variable has no value."""
        agent = self.agent(agent_id)
        allowed = _at(agent, "platform_settings.overrides.conversation_config_override")
        for override in sorted(start.overrides):
            if not _leaf(allowed, override):
                raise ProtocolError("override_error", f"Override for field '{override}' is not allowed by config.")
        settings = _at(agent, "conversation_config.agent")
        known = _at(settings, "dynamic_variables.dynamic_variable_placeholders")
        variables = {**known, **start.variables, **always}
        for text in (start.first_message or settings.get("first_message"), _at(settings, "prompt").get("prompt")):
            fill_in(text or "", variables)

    def speaks(self, agent_id: str, language: str | None) -> bool:
        """Whether a call may be in this language; None is the agent's own."""
        return language is None or language in {self._own_language(agent_id), *self._presets(agent_id)}

    def completed(self, agent_id: str, start: Start) -> Start:
        """The start with the agent's own language, and the first message of the language where it is not English."""
        language = start.language or self._own_language(agent_id)
        preset = _at(self._presets(agent_id), f"{language}.overrides.agent").get("first_message")
        own = _at(self.agent(agent_id), "conversation_config.agent").get("first_message")
        first_message = preset or (own if language != ENGLISH and language == self._own_language(agent_id) else None)
        return replace(start, language=language, first_message=start.first_message or first_message)

    def _own_language(self, agent_id: str) -> str:
        return str(_at(self.agent(agent_id), "conversation_config.agent").get("language") or ENGLISH)

    def _presets(self, agent_id: str) -> Message:
        return _at(self.agent(agent_id), "conversation_config.language_presets")

    def caller_refused(self, agent_id: str, origin: str | None, *, signed: bool) -> str | None:
        """Why this page may not begin a call; None where it may. Without an origin it is no page."""
        auth = _at(self.agent(agent_id), "platform_settings.auth")
        if auth.get("enable_auth") and not signed:
            return "This agent takes calls with a signed URL only."
        hosts = [item["hostname"] for item in auth.get("allowlist") or []]
        host = urlsplit(origin or "").netloc
        return (
            f"The host {host} is not on this agent's allowlist." if hosts and origin and host not in hosts else None
        )

    def turn(self, agent_id: str) -> Message:
        """How the agent takes its turns."""
        return _at(self.agent(agent_id), "conversation_config.turn")

    def sent(self, agent_id: str) -> frozenset[str]:
        """The types of message that a call of this agent may send."""
        events = _at(self.agent(agent_id), "conversation_config.conversation").get("client_events")
        return ALWAYS_SENT | frozenset(CLIENT_EVENTS if events is None else events)


def _text(value: Any) -> str | None:
    return None if isinstance(value, str) else "Input should be a valid string"


def _flag(value: Any) -> str | None:
    return None if isinstance(value, bool) else "Input should be a valid boolean"


def _object(value: Any) -> str | None:
    return None if isinstance(value, dict) else "Input should be a valid dictionary"


def _whole(least: int) -> Check:
    def check(value: Any) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int):
            return "Input should be a valid integer"
        return None if value >= least else f"Input should be greater than or equal to {least}"

    return check


def _seconds(least: float, most: float) -> Check:
    def check(value: Any) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return "Input should be a valid number"
        return None if value == -1 or least <= value <= most else f"Input should be from {least:g} to {most:g}, or -1"

    return check


def _one_of(*names: str) -> Check:
    return lambda value: None if value in names else f"Input should be one of {', '.join(names)}"


def _events(value: Any) -> str | None:
    if not isinstance(value, list):
        return "Input should be a valid list"
    unknown = [str(event) for event in value if event not in ALL_EVENTS]
    return f"Input should be a known client event, not {unknown[0]}" if unknown else None


def _hosts(value: Any) -> str | None:
    if not isinstance(value, list) or not all(isinstance(item, dict) and "hostname" in item for item in value):
        return "Input should be a valid list of hostnames"
    if len(value) > MAX_HOSTS:
        return f"List should have at most {MAX_HOSTS} items after validation, not {len(value)}"
    wrong = [item["hostname"] for item in value if not HOST.fullmatch(item["hostname"])]
    return f"Value error, {wrong[0]} is not a valid hostname" if wrong else None


def _ids(value: Any) -> str | None:
    fine = isinstance(value, list) and all(isinstance(item, str) for item in value)
    return None if fine else "Input should be a valid list of strings"


def _never(_: Any) -> str | None:
    return "prompt.tools is not supported any more, use prompt.tool_ids"


def _placeholders(value: Any) -> str | None:
    fine = isinstance(value, dict) and all(isinstance(item, str | int | float) for item in value.values())
    return None if fine else "Input should be a dictionary of strings, numbers and booleans"


def _presets(value: Any) -> str | None:
    if not isinstance(value, dict) or not all(isinstance(preset, dict) for preset in value.values()):
        return "Input should be a valid dictionary"
    lacking = [code for code, preset in value.items() if not isinstance(preset.get("overrides"), dict)]
    return f"{lacking[0]}.overrides: Field required" if lacking else None


def _collection(value: Any) -> str | None:
    if not isinstance(value, dict):
        return "Input should be a valid dictionary"
    for name, item in value.items():
        if not isinstance(item, dict) or item.get("type") not in TYPES or not item.get("description"):
            return f"{name} needs a type ({', '.join(TYPES)}) and a description"
    return None


def _criteria(value: Any) -> str | None:
    wanted = ("id", "name", "conversation_goal_prompt")
    fine = isinstance(value, list) and all(isinstance(c, dict) and all(c.get(key) for key in wanted) for c in value)
    return None if fine else f"Every criterion needs {', '.join(wanted)}"


SECTIONS = ("name", "conversation_config", "platform_settings", "tags", "workflow")
PROMPT = "conversation_config.agent.prompt"
OVERRIDES = "platform_settings.overrides.conversation_config_override"
AGENT_RULES: dict[str, Check] = {
    "name": _text,
    "conversation_config": _object,
    "conversation_config.agent": _object,
    "conversation_config.agent.first_message": _text,
    "conversation_config.agent.language": _text,
    "conversation_config.agent.dynamic_variables.dynamic_variable_placeholders": _placeholders,
    f"{PROMPT}.prompt": _text,
    f"{PROMPT}.tool_ids": _ids,
    f"{PROMPT}.tools": _never,
    "conversation_config.asr.user_input_audio_format": _one_of(*AUDIO_FORMATS),
    "conversation_config.tts.agent_output_audio_format": _one_of(*AUDIO_FORMATS),
    "conversation_config.tts.voice_id": _text,
    "conversation_config.tts.model_id": _text,
    "conversation_config.turn.turn_eagerness": _one_of("patient", "normal", "eager"),
    "conversation_config.turn.turn_timeout": _seconds(1, 30),
    "conversation_config.turn.silence_end_call_timeout": _seconds(1, 3600),
    "conversation_config.turn.speculative_turn": _flag,
    "conversation_config.turn.noisy_environment_detection": _flag,
    "conversation_config.language_presets": _presets,
    "conversation_config.conversation.text_only": _flag,
    "conversation_config.conversation.max_duration_seconds": _whole(1),
    "conversation_config.conversation.client_events": _events,
    "platform_settings": _object,
    "platform_settings.auth.enable_auth": _flag,
    "platform_settings.auth.allowlist": _hosts,
    "platform_settings.privacy.record_voice": _flag,
    "platform_settings.privacy.retention_days": _whole(-1),
    "platform_settings.privacy.delete_transcript_and_pii": _flag,
    "platform_settings.privacy.delete_audio": _flag,
    "platform_settings.call_limits.agent_concurrency_limit": _whole(-1),
    "platform_settings.call_limits.daily_limit": _whole(0),
    "platform_settings.queueing_config.enabled": _flag,
    f"{OVERRIDES}.agent.language": _flag,
    f"{OVERRIDES}.agent.first_message": _flag,
    f"{OVERRIDES}.agent.prompt.prompt": _flag,
    f"{OVERRIDES}.conversation.text_only": _flag,
    "platform_settings.data_collection": _collection,
    "platform_settings.evaluation.criteria": _criteria,
    "platform_settings.workspace_overrides.webhooks.post_call_webhook_id": _text,
}


def _faults(body: Message, at: list[str], rules: dict[str, Check]) -> Iterator[Message]:
    for path, check in rules.items():
        value = _leaf(body, path)
        if value is not None and (wrong := check(value)):
            yield fault([*at, *path.split(".")], wrong)


def _tool_faults(config: Message) -> Iterator[Message]:
    at = ["body", "tool_config"]
    if config.get("type") != "client":
        yield fault([*at, "type"], "The practice agent keeps client tools only")
    if not isinstance(config.get("name"), str) or not TOOL_NAME.fullmatch(config["name"]):
        yield fault([*at, "name"], f"String should match pattern '{TOOL_NAME.pattern}'")
    if not isinstance(config.get("description"), str) or not config["description"]:
        yield fault([*at, "description"], "Field required", "missing")
    seconds = config.get("response_timeout_secs")
    if seconds is not None and seconds != -1 and not (type(seconds) is int and 1 <= seconds <= 120):
        yield fault([*at, "response_timeout_secs"], "Input should be from 1 to 120, or -1")
    parameters = config.get("parameters") or {}
    properties = parameters.get("properties") or {}
    for name, schema in properties.items():
        place = [*at, "parameters", "properties", name]
        if schema.get("type") not in TYPES:
            yield fault([*place, "type"], f"Input should be one of {', '.join(TYPES)}")
        if len([source for source in VALUE_SOURCES if schema.get(source)]) != 1:
            yield fault(place, f"Value error, Exactly one of {', '.join(VALUE_SOURCES)} must be set")
        if schema.get("enum") and schema.get("type") != "string":
            yield fault([*place, "enum"], "Only strings may have a list of allowed values")
    for name in parameters.get("required") or ():
        if name not in properties:
            yield fault([*at, "parameters", "required"], f"There is no property {name}")


def fault(place: list[str], message: str, kind: str = "value_error") -> Message:
    """One thing that is wrong with a body, as FastAPI says it."""
    return {"type": kind, "loc": place, "msg": message, "input": None}


def _at(body: Message, path: str) -> Message:
    """The object at that place, an empty one where there is none."""
    value = _leaf(body, path)
    return value if isinstance(value, dict) else {}


def _leaf(body: Any, path: str) -> Any:
    for key in path.split("."):
        body = body.get(key) if isinstance(body, dict) else None
    return body


def _over(below: Any, above: Any) -> Any:
    if isinstance(below, dict) and isinstance(above, dict):
        return {**below, **{key: _over(below.get(key), value) for key, value in above.items()}}
    return copy.deepcopy(above)
