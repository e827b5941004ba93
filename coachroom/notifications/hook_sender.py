"""Posts reports to another system of the community's, signed by Standard Webhooks, to public addresses alone."""

from __future__ import annotations

import json
import ssl
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from coachroom.clock import to_iso
from coachroom.notifications.message import NotSentError, OutgoingMessage
from coachroom.notifications.public_post import MAX_SECONDS, NoAnswerError, PrivateAddressError, PublicPost
from coachroom.notifications.standard_webhooks import signed_headers
from coachroom.settings import LOOPBACK, Settings

# Who listens there wants no more of it.
GONE = 410


@dataclass(frozen=True)
class HookReceiver:
    """Where reports go, and the secret that signs them. `loopback`: whether it is on this computer."""

    url: str
    secret: str = field(repr=False)
    loopback: bool = False


def hook_receiver_of(settings: Settings) -> HookReceiver | None:
    """The receiver that is set up; None where nothing is reported."""
    if settings.hook_url is None or settings.hook_secret is None:
        return None
    on_loopback = urlsplit(settings.hook_url).hostname in LOOPBACK and not settings.production
    return HookReceiver(settings.hook_url, settings.hook_secret.get_secret_value(), on_loopback)


class HookSender:
    """Sends each report as one POST."""

    def __init__(
        self, receiver: HookReceiver, *, tls: ssl.SSLContext | None = None, max_seconds: float = MAX_SECONDS
    ) -> None:
        """`tls`: which certificates are trusted; those of the system's authorities unless it is given."""
        self._receiver = receiver
        self._line = PublicPost(loopback=receiver.loopback, tls=tls, max_seconds=max_seconds)

    def send(self, message: OutgoingMessage, written_at: datetime, now: datetime) -> None:
        """Posts it, at most once. Raises NotSentError."""
        report = {"type": message.kind, "timestamp": to_iso(written_at), "data": message.payload}
        body = json.dumps(report, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", "User-Agent": "coachroom", "Connection": "close"}
        headers |= signed_headers(self._receiver.secret, f"msg_{message.id}", now, body)
        try:
            status = self._line.post(self._receiver.url, body, headers)
        except PrivateAddressError:
            raise NotSentError(
                "COACHROOM_HOOK_URL leads into a private network, where nothing is sent.", no_answer=True
            ) from None
        except NoAnswerError:
            raise NotSentError(
                "The address of COACHROOM_HOOK_URL cannot be reached, or does not answer.", no_answer=True
            ) from None
        if 300 <= status < 400:
            raise NotSentError(f"The receiver answers with a redirect ({status}): set COACHROOM_HOOK_URL to its end.")
        if not 200 <= status < 300:
            raise NotSentError(f"The receiver answers {status}.", final=status == GONE)
