"""The JSON that the HTTP routes answer with, in the shapes that the official SDK reads. Times are unix seconds."""

from __future__ import annotations

from collections.abc import Mapping

from coachroom.elevenlabs.data_collection import CRITERION
from coachroom.elevenlabs.practice_tag import PRACTICE_TAG
from coachroom.simulator.call.protocol import AUDIO_FORMAT, CLIENT_EVENTS, Message
from coachroom.simulator.server.agent_config import BRANCHES
from coachroom.simulator.server.archive import PracticeCall, PracticeTurn

AGENT_NAME = "Practice coach"
ENGLISH_MODEL = "eleven_flash_v2"
MULTILINGUAL_MODEL = "eleven_flash_v2_5"
# What a new agent has.
TURN = {"turn_eagerness": "normal", "turn_timeout": 7.0, "silence_end_call_timeout": -1.0, "speculative_turn": False}


def widget(agent_id: str) -> Message:
    """What the widget asks for before it draws itself. It draws nothing at all without an avatar."""
    return {
        "agent_id": agent_id,
        "widget_config": {
            "language": "en",
            "variant": "full",
            "placement": "bottom-right",
            "avatar": {"type": "orb", "color_1": "#2f6f6a", "color_2": "#d8ebe4"},
            "feedback_mode": "none",
            "supported_language_overrides": [],
            "mic_muting_enabled": True,
            "transcript_enabled": True,
            "text_input_enabled": True,
            "text_only": False,
            "supports_text_only": True,
            "disable_banner": True,
            "use_rtc": False,
            "language_presets": {},
            "text_contents": {},
            "styles": {},
        },
    }


def agent(
    agent_id: str,
    *,
    max_seconds: float,
    keep_audio: bool,
    language: str = "en",
    first_message: str = "",
    further_languages: Mapping[str, str] | None = None,
    text_only_override: bool = True,
    turn: Mapping[str, object] | None = None,
) -> Message:
    """The settings of the agent, as far as they mean something here."""
    overrides = {
        "agent": {"first_message": True, "language": True, "prompt": {"prompt": False}},
        "conversation": {"text_only": text_only_override},
    }
    presets = further_languages or {}
    return {
        "agent_id": agent_id,
        "name": AGENT_NAME,
        "tags": [PRACTICE_TAG],
        "conversation_config": {
            "agent": {
                "language": language,
                "first_message": first_message,
                "dynamic_variables": {"dynamic_variable_placeholders": {}},
                "prompt": {"prompt": "", "tool_ids": []},
            },
            "asr": {"user_input_audio_format": AUDIO_FORMAT},
            "tts": {
                "agent_output_audio_format": AUDIO_FORMAT,
                "model_id": ENGLISH_MODEL if {language, *presets} == {"en"} else MULTILINGUAL_MODEL,
            },
            "turn": dict(TURN if turn is None else turn),
            "language_presets": {
                code: {"overrides": {"agent": {"first_message": text}}} for code, text in presets.items()
            },
            "conversation": {
                "text_only": False,
                "max_duration_seconds": int(max_seconds),
                "client_events": list(CLIENT_EVENTS),
            },
        },
        "platform_settings": {
            "auth": {"enable_auth": False, "allowlist": []},
            "overrides": {"conversation_config_override": overrides},
            "privacy": {"record_voice": keep_audio},
            "queueing_config": {"enabled": True},
        },
        "metadata": {"created_at_unix_secs": 0, "updated_at_unix_secs": 0},
    }


def branches(agent_id: str) -> Message:
    """The list of an agent's branches."""
    names = dict(zip(BRANCHES, ("Main", "Next"), strict=True))
    return {
        "meta": {"total": len(names), "page": 1, "page_size": len(names)},
        "results": [
            {
                "id": id,
                "name": name,
                "agent_id": agent_id,
                "description": "",
                "created_at": 0,
                "last_committed_at": 0,
                "is_archived": False,
            }
            for id, name in names.items()
        ],
    }


def page(records: list[PracticeCall], next_cursor: str | None) -> Message:
    return {
        "conversations": [summary(record) for record in records],
        "next_cursor": next_cursor,
        "has_more": next_cursor is not None,
    }


def summary(record: PracticeCall) -> Message:
    """One row of the list of conversations."""
    return {
        "agent_id": record.agent_id,
        "agent_name": AGENT_NAME,
        "conversation_id": record.id,
        "start_time_unix_secs": record.started_unix,
        "call_duration_secs": int(record.seconds),
        "message_count": record.count("user") + record.count("agent"),
        "user_message_count": record.count("user"),
        "agent_message_count": record.count("agent"),
        "status": record.status,
        "termination_reason": record.ended_because,
        "call_successful": _successful(record),
        "transcript_summary": record.summary,
        "call_summary_title": record.title,
        "main_language": record.start.language,
        "conversation_initiation_source": _source(record),
        "rating": record.rating,
    }


def conversation(record: PracticeCall, *, half: bool = False) -> Message:
    """A whole conversation; also the `data` of the post-call webhook."""
    turns = record.turns if record.recorded is None else record.recorded
    turns = turns[: len(turns) // 2] if half else turns
    return {
        "agent_id": record.agent_id,
        "agent_name": AGENT_NAME,
        "branch_id": record.branch_id,
        "version_id": record.version_id,
        "conversation_id": record.id,
        "status": record.status,
        "user_id": record.start.user_id,
        "user_message_count": record.count("user"),
        "agent_message_count": record.count("agent"),
        "has_audio": bool(record.audio),
        "has_user_audio": bool(record.audio),
        "has_response_audio": False,
        "has_auxiliary_audio": False,
        "transcript": [_turn(turn, record) for turn in turns],
        "metadata": _metadata(record),
        "analysis": _analysis(record),
        "conversation_initiation_client_data": _initiation(record),
    }


def _turn(turn: PracticeTurn, record: PracticeCall) -> Message:
    feedback = {"score": turn.feedback, "time_in_call_secs": int(turn.at)} if turn.feedback else None
    return {
        "role": turn.role,
        "agent_metadata": {"agent_id": record.agent_id} if turn.role == "agent" else None,
        "message": turn.message,
        "time_in_call_secs": int(turn.at),
        "interrupted": turn.original is not None,
        "original_message": turn.original,
        "source_medium": turn.medium,
        "source_event_id": turn.event_id,
        "feedback": feedback,
        "tool_calls": turn.tool_calls,
        "tool_results": turn.tool_results,
    }


def _metadata(record: PracticeCall) -> Message:
    return {
        "start_time_unix_secs": record.started_unix,
        "accepted_time_unix_secs": record.started_unix,
        "call_duration_secs": int(record.seconds),
        "queue_wait_secs": record.queued_seconds,
        "cost": 0,
        "termination_reason": record.ended_because,
        "error": {"code": record.close_code, "reason": record.ended_because} if record.status == "failed" else None,
        "feedback": {"overall_score": record.liked, "rating": record.rating, "comment": record.comment},
        "main_language": record.start.language,
        "text_only": record.start.text_only,
        "conversation_initiation_source": _source(record),
        "conversation_initiation_source_version": record.start.version,
    }


def _analysis(record: PracticeCall) -> Message | None:
    if record.summary is None:
        return None
    return {
        "call_successful": _successful(record),
        "transcript_summary": record.summary,
        "call_summary_title": record.title,
        "data_collection_results": {
            name: {
                "data_collection_id": name,
                "value": value,
                "json_schema": {"type": "integer" if isinstance(value, int) else "string"},
                "rationale": "The client typed it.",
            }
            for name, value in record.collected.items()
        },
        "evaluation_criteria_results": {
            CRITERION.id: {
                "criteria_id": CRITERION.id,
                "result": record.next_step,
                "rationale": "A next step was named." if record.next_step == "success" else "No next step was named.",
            }
        },
    }


def _initiation(record: PracticeCall) -> Message:
    start = record.start
    return {
        "dynamic_variables": dict(start.variables),
        "user_id": start.user_id,
        "conversation_config_override": {
            "agent": {"first_message": start.first_message, "language": start.language},
            "conversation": {"text_only": start.text_only},
        },
        "source_info": {"source": _source(record), "version": start.version},
    }


def _successful(record: PracticeCall) -> str:
    if record.status not in ("done", "failed"):
        return "unknown"
    if record.status == "failed":
        return "failure"
    return "success" if record.count("user") else "unknown"


def _source(record: PracticeCall) -> str:
    return record.start.source or "unknown"
