"""The post-call webhook: its body, and the signature by which a receiver knows that it is ours."""

from __future__ import annotations

import hashlib
import hmac
import json

from coachroom.simulator.server import payloads
from coachroom.simulator.server.archive import PracticeCall

SIGNATURE_HEADER = "ElevenLabs-Signature"


def sign_post_call(
    record: PracticeCall, *, secret: str, now: int, half: bool = False
) -> tuple[bytes, dict[str, str]]:
    """Body and headers of a `post_call_transcription`. `now` in unix seconds."""
    event = {
        "type": "post_call_transcription",
        "event_timestamp": now,
        "data": payloads.conversation(record, half=half),
    }
    body = json.dumps(event, separators=(",", ":")).encode()
    return body, {"Content-Type": "application/json", SIGNATURE_HEADER: sign(body, secret=secret, now=now)}


def sign(body: bytes, *, secret: str, now: int) -> str:
    """`t=<unix seconds>,v0=<hex of HMAC-SHA256 over "t.body">`."""
    digest = hmac.new(secret.encode(), f"{now}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={now},v0={digest}"
