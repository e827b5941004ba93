"""Posts notifications to the browsers' push services, sealed for the one browser that they are for."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from coachroom.notifications.message import NotSentError, OutgoingMessage
from coachroom.notifications.public_post import NoAnswerError, PrivateAddressError, PublicPost
from coachroom.notifications.web_push import PushSubscription, VapidKey, is_push_address, seal

# The browser took its subscription back, or the service knows it no more.
OVER = frozenset({404, 410})
# Whoever cannot be reached for so long is told no more.
KEPT_BY_SERVICE = timedelta(hours=12)


class KnownSubscriptions(Protocol):
    """Where the sender finds the browser that a message is for."""

    def find(self, endpoint_hash: str) -> PushSubscription | None:
        """None where it is gone."""

    def drop(self, endpoint_hash: str) -> None:
        """Its push service knows it no more."""


class PushSender:
    """Sends each message as one POST, to the browsers' own push services alone."""

    def __init__(
        self,
        key: VapidKey,
        known: KnownSubscriptions,
        *,
        contact: str,
        is_allowed: Callable[[str], bool] = is_push_address,
        loopback: bool = False,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`contact`: where a push service finds us. `is_allowed` and `loopback`: for tests on this computer."""
        self._key = key
        self._known = known
        self._contact = contact
        self._is_allowed = is_allowed
        self._line = PublicPost(loopback=loopback, tls=tls)

    def send(self, message: OutgoingMessage, written_at: datetime, now: datetime) -> None:
        """Posts it, at most once. Raises NotSentError."""
        browser = str(message.payload["browser"])
        subscription = self._known.find(browser)
        if subscription is None:
            # Of such a browser the outbox drops what waits, as of one that is forgotten below.
            raise NotSentError("The browser is not subscribed any more.")
        if not self._is_allowed(subscription.endpoint):
            self._known.drop(browser)
            raise NotSentError("The address is none of a browser's push service: nothing is sent there.", final=True)
        status = self._post(message, subscription, now)
        if status in OVER:
            self._known.drop(browser)
            raise NotSentError("The browser takes no notifications any more.")
        if not 200 <= status < 300:
            raise NotSentError(f"The push service answers {status}.", final=400 <= status < 500 and status != 429)

    def _post(self, message: OutgoingMessage, subscription: PushSubscription, now: datetime) -> int:
        shown = {name: message.payload[name] for name in ("title", "body", "url", "window", "tag")}
        kept = KEPT_BY_SERVICE if message.good_until is None else max(timedelta(0), message.good_until - now)
        headers = {
            "Authorization": self._key.authorization(subscription.endpoint, self._contact, now),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(int(kept.total_seconds())),
            "Urgency": "high",
            # Of two that wait for one browser, the later takes the place of the earlier.
            "Topic": str(message.payload["topic"]),
            "User-Agent": "coachroom",
            "Connection": "close",
        }
        body = seal(json.dumps(shown, ensure_ascii=False).encode(), subscription)
        try:
            return self._line.post(subscription.endpoint, body, headers)
        except PrivateAddressError:
            raise NotSentError("The push service's name leads into a private network.", final=True) from None
        except NoAnswerError:
            raise NotSentError("The push service cannot be reached, or does not answer.", no_answer=True) from None
