"""Documents as the provider sends them: the record of a call, and a webhook with its signature."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from coachroom.elevenlabs.webhook import SIGNATURE_HEADER
from tests.services import ANA, CALL, NOON

WEBHOOK_SECRET = "wsec_a-secret-between-us-and-the-provider"
AGENT_ID = "agent_01jy88zv6zfe1a9v9zdxt69abd"

# Role, words, seconds into the call.
TALK = (
    ("agent", "Hello Ana. What would you like to work on today?", 1),
    ("user", "I want to sleep better. I work nights at the hospital.", 6),
    ("agent", "What could you do about it?", 11),
    ("user", "I will call the sleep clinic tomorrow.", 17),
)


def unix(moment: datetime) -> int:
    return int(moment.replace(tzinfo=UTC).timestamp())


def record_document(
    lines: Sequence[tuple[str, str, int]] = TALK,
    *,
    call: str = CALL,
    began: datetime = NOON,
    user: str | None = ANA,
    session_id: str | None = None,
    analysis: dict[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """What asking for a conversation answers; also a webhook's data."""
    return {
        "agent_id": AGENT_ID,
        "conversation_id": call,
        "status": "done",
        "user_id": user,
        "transcript": [
            {"role": role, "message": words, "time_in_call_secs": seconds, "interrupted": False}
            for role, words, seconds in lines
        ],
        "metadata": {"start_time_unix_secs": unix(began), "call_duration_secs": 60},
        "analysis": analysis,
        "conversation_initiation_client_data": {"dynamic_variables": {"visit": session_id} if session_id else {}},
        **more,
    }


def analysis_document(
    summary: str = "", successful: str = "success", criterion: str | None = None, **collected: object
) -> dict[str, Any]:
    return {
        "transcript_summary": summary,
        "call_successful": successful,
        "data_collection_results": {
            name: {"data_collection_id": name, "value": value, "rationale": "heard"}
            for name, value in collected.items()
        },
        "evaluation_criteria_results": {"next_step": {"result": criterion, "rationale": "because"}}
        if criterion
        else {},
    }


def webhook_body(data: object, type: str = "post_call_transcription") -> bytes:
    return json.dumps({"type": type, "event_timestamp": unix(NOON), "data": data}).encode()


def signature(body: bytes, at: datetime, secret: str = WEBHOOK_SECRET) -> str:
    digest = hmac.new(secret.encode(), f"{unix(at)}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={unix(at)},v0={digest}"


def signed(body: bytes, at: datetime, secret: str = WEBHOOK_SECRET) -> dict[str, str]:
    return {SIGNATURE_HEADER: signature(body, at, secret)}


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)
