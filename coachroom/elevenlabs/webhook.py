"""The provider's post-call webhook: its signature and its content, without HTTP.

The SDK's own check crashes on a timestamp that is no number, does not compare signatures in constant time, and reads
the wall clock.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from coachroom.elevenlabs.call_record import CallRecord, read_record
from coachroom.errors import CoachroomError

SIGNATURE_HEADER = "ElevenLabs-Signature"
TOLERANCE = timedelta(minutes=30)
_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)
# A body's type, where it is the first thing that the body says.
_FIRST_TYPE = re.compile(rb'\s{0,64}\{\s{0,64}"type"\s{0,64}:\s{0,64}"([^"\\]{1,100})"')


class SignatureError(CoachroomError):
    """The webhook is not signed by the provider, or its signature is too old."""


class WebhookError(CoachroomError):
    """The webhook is signed and cannot be read."""


class WebhookType(StrEnum):
    TRANSCRIPTION = "post_call_transcription"
    AUDIO = "post_call_audio"
    NOT_BEGUN = "call_initiation_failure"


@dataclass(frozen=True)
class Signature:
    """The parsed header: `seconds` since 1970 at which it was signed, and the signatures, in hex."""

    seconds: int
    digests: tuple[str, ...]


class SignatureCheck:
    """Checks the signature of a body that comes in parts, none of which has to be kept."""

    def __init__(self, signature: Signature, secret: str) -> None:
        self._digests = signature.digests
        self._computed = hmac.new(secret.encode(), f"{signature.seconds}.".encode(), hashlib.sha256)

    def update(self, part: bytes) -> None:
        """Takes the next part of the body."""
        self._computed.update(part)

    def finish(self) -> None:
        """Raises SignatureError unless one of the signatures is that of the body."""
        digest = self._computed.hexdigest().encode()
        if not any(hmac.compare_digest(given.encode(), digest) for given in self._digests):
            raise SignatureError("This webhook is not signed with our secret.")


@dataclass(frozen=True)
class Webhook:
    """A webhook's content: `record` for the transcript of a call, else only its type."""

    type: str
    record: CallRecord | None


def read_signature(header: str | None, now: datetime) -> Signature:
    """The signature in a header `t=…,v0=…[,v0=…]`. `now` is naive UTC. Raises SignatureError."""
    parts = [part.strip().partition("=") for part in (header or "").split(",")]
    times = [value for name, _, value in parts if name == "t"]
    digests = tuple(value for name, _, value in parts if name == "v0")
    if len(times) != 1 or not _SECONDS.fullmatch(times[0]) or not digests:
        raise SignatureError("This webhook has no signature.")
    age = now.replace(tzinfo=UTC).timestamp() - int(times[0])
    if abs(age) > TOLERANCE.total_seconds():
        raise SignatureError("This webhook is too old.")
    return Signature(int(times[0]), digests)


def type_at_start(body: bytes) -> str | None:
    """The type that a body begins with; None where it begins with something else."""
    found = _FIRST_TYPE.match(body)
    return found[1].decode(errors="replace") if found else None


def read_webhook(body: bytes) -> Webhook:
    """The content of a signed webhook. Raises WebhookError."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise WebhookError("This webhook is no JSON.") from error
    if not isinstance(document, dict) or not isinstance(document.get("type"), str):
        raise WebhookError("This webhook has no type.")
    if document["type"] != WebhookType.TRANSCRIPTION:
        return Webhook(document["type"], None)
    return Webhook(document["type"], read_record(document.get("data")))
