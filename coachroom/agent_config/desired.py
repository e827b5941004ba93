"""What the API is to have, as its own JSON: from the agent's file, the toolbox and the collected data. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from coachroom.agent.briefing import PLACEHOLDERS
from coachroom.agent.tool_specs import ToolSpec, tools_of
from coachroom.agent_config.remote import Body, RemoteWebhook
from coachroom.agent_config.spec import AgentFile
from coachroom.elevenlabs.data_collection import COLLECTED, CRITERION
from coachroom.errors import SettingsError
from coachroom.languages import ENGLISH

AUDIO_FORMAT = "pcm_16000"
TRANSCRIPT_FORMAT = "json"
TOOL_SECONDS = 10
MULTILINGUAL_VOICE_MODEL = "eleven_flash_v2_5"


@dataclass(frozen=True)
class RoomRequirements:
    """What the room's own settings say: the host it is reached at, how long a session may be, and where it takes
    webhooks, None where it takes none, and whether there are appointments."""

    host: str
    session_minutes: float
    webhook_url: str | None
    appointments: bool = False

    @property
    def tools(self) -> Sequence[ToolSpec]:
        """What the agent may use here."""
        return tools_of(appointments=self.appointments)


def agent_body(file: AgentFile, room: RoomRequirements, webhooks: Sequence[RemoteWebhook] | None) -> Body:
    """Every value that is ours, nested as the API has it; tools aside.

    Raises SettingsError where the room takes webhooks and ElevenLabs does not know its address.
    """
    prompt: Body = {"prompt": file.prompt.strip()}
    if file.llm is not None:
        prompt["llm"] = file.llm
    if built_in := [name for name, wanted in _built_in_tools(file) if wanted]:
        prompt["built_in_tools"] = {
            name: {"type": "system", "name": name, "params": {"system_tool_type": name}} for name in built_in
        }
    tts: Body = {"agent_output_audio_format": AUDIO_FORMAT}
    if file.voice_id is not None:
        tts["voice_id"] = file.voice_id
    if (voice_model := _voice_model(file)) is not None:
        tts["model_id"] = voice_model
    return {
        "name": file.name,
        "conversation_config": {
            "agent": {
                "first_message": file.first_message.strip(),
                "language": file.language,
                "prompt": prompt,
                "dynamic_variables": {"dynamic_variable_placeholders": {**PLACEHOLDERS, **file.placeholders}},
            },
            "asr": {"user_input_audio_format": AUDIO_FORMAT},
            "tts": tts,
            "turn": turn_body(file),
            "language_presets": {
                code: {"overrides": {"agent": {"first_message": first_message.strip()}}}
                for code, first_message in file.further_languages.items()
            },
            "conversation": {
                "text_only": False,
                "max_duration_seconds": 60 * (file.max_minutes or math.ceil(room.session_minutes)),
                "client_events": list(file.client_events),
            },
        },
        "platform_settings": _platform(file, room, webhooks),
    }


def turn_body(file: AgentFile) -> Body:
    """How the agent takes its turns."""
    return {
        "turn_eagerness": file.turns.eagerness,
        "turn_timeout": file.turns.asks_after_seconds,
        "silence_end_call_timeout": file.turns.hangs_up_after_seconds,
        "speculative_turn": file.turns.think_ahead,
        # Two people may be heard: a second voice is no noise to complain about.
        "noisy_environment_detection": False,
    }


def _built_in_tools(file: AgentFile) -> tuple[tuple[str, bool], ...]:
    """ElevenLabs' own tools that we decide on, and whether the agent has each."""
    return (("end_call", file.end_call), ("skip_turn", file.turns.may_stay_silent))


def _voice_model(file: AgentFile) -> str | None:
    """The model named; else one that speaks more than English where that is needed; None: it stays as it is."""
    needed = MULTILINGUAL_VOICE_MODEL if set(file.languages) != {ENGLISH} else None
    return file.voice_model or needed


def tool_config(spec: ToolSpec) -> Body:
    """One of our tools as a client tool: the room answers it, and the agent waits for the answer."""
    properties = {
        parameter.name: {
            "type": parameter.type,
            "description": parameter.description,
            **({"enum": list(parameter.choices)} if parameter.choices else {}),
        }
        for parameter in spec.parameters
    }
    required = [parameter.name for parameter in spec.parameters if parameter.required]
    return {
        "type": "client",
        "name": str(spec.tool),
        "description": spec.description,
        "expects_response": True,
        "response_timeout_secs": TOOL_SECONDS,
        "parameters": {"type": "object", "required": required, "properties": properties},
    }


def _platform(file: AgentFile, room: RoomRequirements, webhooks: Sequence[RemoteWebhook] | None) -> Body:
    allowed, privacy = file.overrides, file.privacy
    platform: Body = {
        "auth": {
            "enable_auth": file.access.signed_addresses_only,
            "allowlist": [{"hostname": name} for name in file.access.hosts or (room.host,)],
        },
        "privacy": {
            "record_voice": privacy.record_voice,
            "retention_days": privacy.retention_days,
            "delete_transcript_and_pii": privacy.delete_transcript_and_pii,
            "delete_audio": privacy.delete_audio,
        },
        "call_limits": {"agent_concurrency_limit": file.limits.concurrent, "daily_limit": file.limits.daily},
        # Said in any case: an agent whose settings do not say it may have a queue.
        "queueing_config": {"enabled": file.limits.queue},
        "overrides": {
            "conversation_config_override": {
                "agent": {
                    "language": allowed.language,
                    "first_message": allowed.first_message,
                    "prompt": {"prompt": allowed.prompt},
                },
                "conversation": {"text_only": allowed.text_only},
            }
        },
        "data_collection": {
            item.id.value: {"type": item.type, "description": item.description} for item in COLLECTED
        },
        "evaluation": {
            "criteria": [
                {
                    "id": CRITERION.id,
                    "name": CRITERION.name,
                    "type": "prompt",
                    "conversation_goal_prompt": CRITERION.prompt,
                }
            ]
        },
    }
    if room.webhook_url is not None:
        hook = {
            "post_call_webhook_id": _webhook_id(room.webhook_url, webhooks),
            "events": ["transcript"],
            "transcript_format": TRANSCRIPT_FORMAT,
            "exclude_transcript": False,
        }
        platform["workspace_overrides"] = {"webhooks": hook}
    return platform


def _webhook_id(url: str, webhooks: Sequence[RemoteWebhook] | None) -> str:
    found = next((hook.id for hook in webhooks or () if hook.url.rstrip("/") == url), None)
    if found is not None:
        return found
    if webhooks is None:
        raise SettingsError(
            "COACHROOM_WEBHOOK_SECRET is set, but the key may not see the webhooks at ElevenLabs: use one that may, "
            "or leave the secret out here."
        )
    raise SettingsError(
        f"ElevenLabs has no webhook {url}: make it there (Settings, Webhooks) and put its signing secret into "
        "COACHROOM_WEBHOOK_SECRET, or leave that setting out."
    )
