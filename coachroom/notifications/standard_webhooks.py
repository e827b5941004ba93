"""Signatures by the convention Standard Webhooks: what we send, and what is sent to us, is signed in the same way."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from coachroom.errors import CoachroomError

ID_HEADER, TIME_HEADER, SIGNATURE_HEADER = "webhook-id", "webhook-timestamp", "webhook-signature"
TOLERANCE = timedelta(minutes=5)
SECRET_PREFIX = "whsec_"  # noqa: S105 - how the convention marks a secret
_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)
_ID = re.compile(r"[\x21-\x7e]{1,200}", re.ASCII)


class HookSignatureError(CoachroomError):
    """A request shows no right to be taken: no token, no signature, a wrong one, or an old one."""


def signed_headers(secret: str, id: str, moment: datetime, body: bytes) -> dict[str, str]:
    """The headers that sign this body. `moment` is naive UTC."""
    seconds = str(int(moment.replace(tzinfo=UTC).timestamp()))
    return {ID_HEADER: id, TIME_HEADER: seconds, SIGNATURE_HEADER: f"v1,{_signature(secret, id, seconds, body)}"}


def check_time(headers: Mapping[str, str], now: datetime) -> None:
    """Raises HookSignatureError unless the headers are those of a fresh signature; before the body is read."""
    seconds = headers.get(TIME_HEADER, "")
    if not (_ID.fullmatch(headers.get(ID_HEADER, "")) and _SECONDS.fullmatch(seconds)):
        raise HookSignatureError("This request is not signed.")
    age = now.replace(tzinfo=UTC).timestamp() - int(seconds)
    if abs(age) > TOLERANCE.total_seconds():
        raise HookSignatureError("This request was signed too long ago, or one of the two clocks is wrong.")


def check_signature(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    """Raises HookSignatureError unless the body is signed with our secret, and lately."""
    check_time(headers, now)
    computed = _signature(secret, headers[ID_HEADER], headers[TIME_HEADER], body).encode()
    given = [each.partition(",") for each in headers.get(SIGNATURE_HEADER, "").split()]
    if not any(version == "v1" and hmac.compare_digest(each.encode(), computed) for version, _, each in given):
        raise HookSignatureError("This request is not signed with our secret.")


def _signature(secret: str, id: str, seconds: str, body: bytes) -> str:
    signed = f"{id}.{seconds}.".encode() + body
    return base64.b64encode(hmac.new(_key(secret), signed, hashlib.sha256).digest()).decode()


def _key(secret: str) -> bytes:
    """The key's bytes: of a secret that begins with whsec_ what its base64 says, else the secret as it is."""
    if secret.startswith(SECRET_PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
        except (binascii.Error, ValueError):
            pass
    return secret.encode()
