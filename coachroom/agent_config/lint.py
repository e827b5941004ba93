"""Names what at ElevenLabs would make the room record nothing, or fail, with the way out of each. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from coachroom.agent.tool_specs import Tool
from coachroom.agent_config.desired import AUDIO_FORMAT, TRANSCRIPT_FORMAT, RoomRequirements
from coachroom.agent_config.diff import tool_ids
from coachroom.agent_config.remote import Body, RemoteState
from coachroom.agent_config.spec import ENGLISH_VOICE_MODELS, MIN_HANG_UP_SECONDS, AgentFile
from coachroom.elevenlabs.data_collection import COLLECTED
from coachroom.languages import ENGLISH

APPLY = "`python -m coachroom agent apply` sets it right"
VARIABLE = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")
SYSTEM_VARIABLE = "system__"
# A transcript is asked for within a day, also when the app was down at night.
MIN_RETENTION_DAYS = 1

# What an agent that names none sends.
EVENTS_BY_DEFAULT = frozenset(
    {
        "audio",
        "interruption",
        "agent_response",
        "user_transcript",
        "tentative_user_transcript",
        "conversation_initiation_metadata",
        "ping",
    }
)
# Event -> what happens without it.
NEEDED_EVENTS = {
    "user_transcript": "nothing that the client says is recorded",
    "agent_response": "nothing that the coach says is recorded",
    "conversation_initiation_metadata": "no call ever connects",
    "audio": "the coach cannot be heard",
}
USEFUL_EVENTS = {
    "ping": "ElevenLabs cannot tell how fast the line is",
    "interruption": "the coach talks on when the client cuts in",
    "agent_response_correction": "sentences that the client cut off are recorded whole",
    "client_tool_call": "the coach's tools do nothing",
    "agent_tool_response": "an end by the coach looks like a broken line",
}


@dataclass(frozen=True)
class LintFinding:
    """One problem. Serious: the room would record nothing, fail, or cost money it should not."""

    serious: bool
    text: str


def lint(remote: RemoteState, room: RoomRequirements, file: AgentFile) -> list[LintFinding]:
    """Every trouble, the serious ones first; none when all is well. `file` says what the room sends."""
    conversation = _at(remote.agent, "conversation_config")
    platform = _at(remote.agent, "platform_settings")
    found = [
        *_events(conversation),
        *_conversation(conversation, room),
        *_turns(conversation, file),
        *_overrides(platform, file),
        *_languages(conversation, file),
        *_variables(conversation),
        *_access(platform, room),
        *_privacy(platform),
        *_limits(platform),
        *_tools(remote, room),
        *_analysis(platform),
        *_webhook(platform, remote, room),
    ]
    return sorted(found, key=lambda finding: not finding.serious)


def _events(conversation: Body) -> Iterator[LintFinding]:
    given = _at(conversation, "conversation").get("client_events")
    events = EVENTS_BY_DEFAULT if given is None else frozenset(given)
    for needed, serious in ((NEEDED_EVENTS, True), (USEFUL_EVENTS, False)):
        for event, without in needed.items():
            if event not in events:
                yield LintFinding(
                    serious, f"The agent does not send the client event {event}, so {without}: {APPLY}."
                )


def _conversation(conversation: Body, room: RoomRequirements) -> Iterator[LintFinding]:
    for part, key in (("asr", "user_input_audio_format"), ("tts", "agent_output_audio_format")):
        given = _at(conversation, part).get(key)
        if given not in (None, AUDIO_FORMAT):
            yield LintFinding(
                True,
                f"{part}.{key} is {given}, but the room's sound is {AUDIO_FORMAT}, so calls may be mute: {APPLY}.",
            )
    settings = _at(conversation, "conversation")
    if settings.get("text_only"):
        yield LintFinding(True, f"The agent is text only, so nobody can speak with it: {APPLY}.")
    longest = settings.get("max_duration_seconds")
    if longest is not None and longest < room.session_minutes * 60:
        yield LintFinding(
            True,
            f"The agent hangs up after {longest / 60:g} minutes, but a session may last {room.session_minutes:g}: "
            "raise max_minutes in the agent's file or leave it out, then `agent apply`.",
        )


def _turns(conversation: Body, file: AgentFile) -> Iterator[LintFinding]:
    """Whether clients have room to think."""
    turn = _at(conversation, "turn")
    ends = turn.get("silence_end_call_timeout")
    if ends is not None and 0 < ends < MIN_HANG_UP_SECONDS:
        yield LintFinding(
            True,
            f"The agent ends a call after {ends:g} seconds of silence, in which a client may be thinking; it should "
            f"be {file.turns.hangs_up_after_seconds}: {APPLY}.",
        )
    asks = turn.get("turn_timeout")
    if asks is not None and 0 < asks < file.turns.asks_after_seconds:
        yield LintFinding(
            False,
            f"The agent asks after {asks:g} seconds of silence, where the file gives clients "
            f"{file.turns.asks_after_seconds}: {APPLY}.",
        )
    if turn.get("noisy_environment_detection"):
        yield LintFinding(
            False,
            "The agent asks for a quieter place when it hears noise, and a human coach who joins may be noise to it: "
            f"{APPLY}.",
        )
    order = ("patient", "normal", "eager")
    eagerness = turn.get("turn_eagerness")
    if eagerness in order and order.index(eagerness) > order.index(file.turns.eagerness):
        yield LintFinding(
            False,
            f"The agent's turn_eagerness is {eagerness}, where the file has {file.turns.eagerness}, so it cuts in "
            f"when clients pause: {APPLY}.",
        )


def _overrides(platform: Body, file: AgentFile) -> Iterator[LintFinding]:
    allowed = _at(platform, "overrides", "conversation_config_override")
    sent = []
    if file.further_languages:
        sent.append(("agent", "language", "the language that a client chose"))
    if file.overrides.text_only:
        sent.append(("conversation", "text_only", "that the client types, when they do"))
    for part, key, what in sent:
        if not _at(allowed, part).get(key):
            yield LintFinding(
                True,
                f"The agent does not allow the override {part}.{key}, but the room sends {what}, so such calls end "
                f"at once with code 1008: {APPLY}.",
            )


def _languages(conversation: Body, file: AgentFile) -> Iterator[LintFinding]:
    own, presets = _at(conversation, "agent").get("language"), _at(conversation, "language_presets")
    if own is not None and own != file.language:
        yield LintFinding(
            True,
            f"The agent's own language is {own}, but the file has {file.language}, so clients are greeted in another "
            f"language than the room says: {APPLY}.",
        )
    if missing := [code for code in file.further_languages if code != own and code not in presets]:
        yield LintFinding(
            True,
            f"The agent does not speak {', '.join(missing)}, which clients may choose, so their calls end or hang: "
            f"{APPLY}.",
        )
    model = _at(conversation, "tts").get("model_id")
    if model in ENGLISH_VOICE_MODELS and set(file.languages) != {ENGLISH}:
        yield LintFinding(
            True,
            f"The voice model {model} speaks English only, but clients may choose {', '.join(file.languages)}: "
            f"{APPLY}.",
        )


def _variables(conversation: Body) -> Iterator[LintFinding]:
    agent = _at(conversation, "agent")
    known = _at(agent, "dynamic_variables", "dynamic_variable_placeholders")
    presets = _at(conversation, "language_presets")
    texts = [("first message", agent.get("first_message")), ("prompt", _at(agent, "prompt").get("prompt"))]
    for code in presets:
        texts.append((f"first message in {code}", _at(presets, code, "overrides", "agent").get("first_message")))
    for name, text in texts:
        for variable in sorted(set(VARIABLE.findall(text or ""))):
            if variable not in known and not variable.startswith(SYSTEM_VARIABLE):
                yield LintFinding(
                    True,
                    f"The {name} names {{{{{variable}}}}}, which has no placeholder, so a call without it ends "
                    "with code 1008: add it to [placeholders] in the agent's file, or take it out of the text.",
                )


def _access(platform: Body, room: RoomRequirements) -> Iterator[LintFinding]:
    auth = _at(platform, "auth")
    hosts = [item.get("hostname") for item in auth.get("allowlist") or []]
    if not auth.get("enable_auth") and not hosts:
        yield LintFinding(
            True,
            "Anybody who knows the agent's id may use up your minutes: authentication is off and no host is named. "
            f"{APPLY}.",
        )
    if hosts and room.host not in hosts:
        yield LintFinding(
            True,
            f"The agent's allow-list does not name {room.host}, so it takes no call from the room: name it in "
            "access.hosts of the agent's file (empty: the host of COACHROOM_PUBLIC_URL), then `agent apply`.",
        )


def _privacy(platform: Body) -> Iterator[LintFinding]:
    privacy = _at(platform, "privacy")
    days = privacy.get("retention_days")
    if privacy.get("zero_retention_mode"):
        yield LintFinding(
            True,
            "Zero retention mode is on, so ElevenLabs gives no transcript after a call and gaps stay: turn it off in "
            "the agent's settings.",
        )
    if days is not None and 0 <= days < MIN_RETENTION_DAYS:
        yield LintFinding(
            True,
            "ElevenLabs keeps conversations for less than a day, so a transcript may be gone before the room asks "
            "for it: set privacy.retention_days to 1 or more in the agent's file.",
        )
    if privacy.get("record_voice"):
        yield LintFinding(
            False, f"ElevenLabs records voices, which the room needs nowhere and promises nobody: {APPLY}."
        )


def _limits(platform: Body) -> Iterator[LintFinding]:
    limits = _at(platform, "call_limits")
    for key, what in (("agent_concurrency_limit", "at once"), ("daily_limit", "a day")):
        if limits.get(key) == 0:
            yield LintFinding(True, f"The agent takes no calls: call_limits.{key} is 0 calls {what}: {APPLY}.")
    if (queue := _at(platform, "queueing_config").get("enabled")) is not False:
        state = "Callers wait in a queue" if queue else "It is not set whether callers wait in a queue"
        yield LintFinding(
            False,
            f"{state} when all lines are taken, and what they say there reaches nobody: limits.queue in the agent's "
            "file says whether they do, then `agent apply`.",
        )
    if platform.get("archived"):
        yield LintFinding(True, "The agent is archived: take it out of the archive at ElevenLabs.")


def _tools(remote: RemoteState, room: RoomRequirements) -> Iterator[LintFinding]:
    ours = [str(spec.tool) for spec in room.tools]
    ids = set(tool_ids(remote))
    attached = {tool.config.get("name"): tool.config for tool in remote.tools if tool.id in ids}
    if missing := [name for name in ours if name not in attached]:
        yield LintFinding(False, f"The agent lacks the tools {', '.join(missing)}, so it notes less: {APPLY}.")
    silent = [name for name in ours if name in attached and not attached[name].get("expects_response")]
    if Tool.BOOK_NEXT in attached and not room.appointments:
        yield LintFinding(
            False,
            f"The agent has the tool {Tool.BOOK_NEXT}, but there are no appointments here, so it offers what nobody "
            f"can book: {APPLY}.",
        )
    if silent:
        yield LintFinding(
            False,
            f"The agent does not wait for the room's answer to {', '.join(silent)}, so errors are lost: {APPLY}.",
        )


def _analysis(platform: Body) -> Iterator[LintFinding]:
    collected = platform.get("data_collection") or {}
    if missing := [item.id.value for item in COLLECTED if item.id.value not in collected]:
        yield LintFinding(
            False, f"The agent does not look for {', '.join(missing)} after a call, so nothing is proposed: {APPLY}."
        )


def _webhook(platform: Body, remote: RemoteState, room: RoomRequirements) -> Iterator[LintFinding]:
    hook = _at(platform, "workspace_overrides", "webhooks")
    ours = next((one for one in remote.webhooks or () if one.id == hook.get("post_call_webhook_id")), None)
    trouble = None
    if room.webhook_url is None:
        trouble = (
            "COACHROOM_WEBHOOK_SECRET is not set, so the room takes no webhook: docs/agent.md tells how to make one"
        )
    elif not hook.get("post_call_webhook_id"):
        trouble = f"The agent has no webhook of its own: {APPLY}"
    elif "transcript" not in (hook.get("events") or ["transcript"]):
        trouble = f"The agent's webhook does not bring the transcript: {APPLY}"
    elif (given := hook.get("transcript_format")) not in (None, TRANSCRIPT_FORMAT):
        trouble = f"The agent's webhook brings the transcript as {given}, which the room cannot read: {APPLY}"
    elif hook.get("exclude_transcript"):
        trouble = f"The agent's webhook leaves the transcript out: {APPLY}"
    elif remote.webhooks is None:
        trouble = "The key may not see the webhooks at ElevenLabs, so whether ours works is not known: look there"
    elif ours is None:
        trouble = "The agent's webhook is not there any more: create it again at ElevenLabs, then `agent apply`"
    elif ours.disabled:
        trouble = (
            f"The webhook {ours.url} is turned off, by hand or after too many failures: turn it on at ElevenLabs "
            "(Settings, Webhooks)"
        )
    elif ours.url.rstrip("/") != room.webhook_url:
        trouble = f"The agent's webhook leads to {ours.url}, not to {room.webhook_url}: {APPLY}"
    if trouble is not None:
        yield LintFinding(False, f"{trouble}; until then transcripts come later, by asking.")


def _at(body: Body, *path: str) -> Body:
    """The object at that place, an empty one where there is none."""
    value: Any = body
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}
