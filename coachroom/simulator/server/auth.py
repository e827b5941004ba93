"""Who may come in: the API key of the routes, the signature of a signed URL, the origin of a page."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections import OrderedDict
from urllib.parse import urlsplit

SIGNED_URL_SECONDS = 15 * 60
_MAX_USED = 10_000


def new_conversation_id() -> str:
    return f"conv_{secrets.token_hex(13)}"


def same_host(origin: str | None, host: str) -> bool:
    """The default rule for origins: our own pages, and programs that send no origin at all."""
    return origin is None or urlsplit(origin).netloc.lower() == host.lower()


def key_matches(expected: str | None, given: str | None) -> bool:
    """Whether an `xi-api-key` opens the API; without an expected key nothing does."""
    return expected is not None and given is not None and hmac.compare_digest(expected.encode(), given.encode())


class UrlSigner:
    """Makes and checks the `conversation_signature` of signed URLs: valid for 15 minutes and for one agent.

    A signature that was made for one conversation id opens that conversation and works once. `now` is unix seconds.
    """

    def __init__(self, secret: str) -> None:
        self._key = secret.encode()
        self._used: OrderedDict[str, None] = OrderedDict()

    def make(self, agent_id: str, now: int, conversation_id: str = "") -> str:
        expires = now + SIGNED_URL_SECONDS
        return f"cvtkn_{expires}.{conversation_id}.{self._mac(agent_id, str(expires), conversation_id)}"

    def admit(self, signature: str, agent_id: str, now: int) -> str | None:
        """The conversation id it was made for, "" when for any; None when it is wrong, expired or used up."""
        expires, _, rest = signature.removeprefix("cvtkn_").partition(".")
        conversation_id, _, mac = rest.partition(".")
        if not hmac.compare_digest(mac.encode(), self._mac(agent_id, expires, conversation_id).encode()):
            return None
        if now >= int(expires) or conversation_id in self._used:
            return None
        if conversation_id:
            self._use(conversation_id)
        return conversation_id

    def token(self, agent_id: str, now: int) -> str:
        """A token in the form of the WebRTC one (a signed JWT). There is no WebRTC server here that would take it."""
        room = {"room": new_conversation_id(), "roomJoin": True}
        claims = {"iss": "practice", "sub": agent_id, "nbf": now, "exp": now + SIGNED_URL_SECONDS, "video": room}
        unsigned = f"{_b64(_json({'alg': 'HS256', 'typ': 'JWT'}))}.{_b64(_json(claims))}"
        return f"{unsigned}.{_b64(hmac.digest(self._key, unsigned.encode(), 'sha256'))}"

    def _mac(self, agent_id: str, expires: str, conversation_id: str) -> str:
        text = "\n".join((agent_id, expires, conversation_id))
        return hmac.new(self._key, text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()

    def _use(self, conversation_id: str) -> None:
        self._used[conversation_id] = None
        while len(self._used) > _MAX_USED:
            self._used.popitem(last=False)


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
