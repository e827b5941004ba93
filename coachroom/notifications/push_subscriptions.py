"""Which browsers of whom take notifications, and what is put into the outbox for them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from coachroom.clock import Clock
from coachroom.notifications.message import Channel, MessageKind, OutgoingMessage
from coachroom.notifications.web_push import PushSubscription, base64url, from_base64url
from coachroom.store.statements import load_statements
from coachroom.store.store import Store, Transaction
from coachroom.store.writer import Writer

SQL = load_statements("coachroom.notifications", "push_subscriptions.sql")

# Of one person; of more, the oldest go.
MAX_BROWSERS = 10
TOPIC_CHARS = 32


@dataclass(frozen=True)
class Notification:
    """What somebody's browsers show, on a locked screen too: so no words of a session stand in it, and no name.

    `url`: the page of ours that a tap opens. `window`: the path of a page that it goes to instead where that is open.
    `cause`: of two notifications with one cause, each browser gets the first. `topic`: of two with one topic, each
    browser shows the later; the cause unless it is given. `facts`: for whoever composes it as it goes out.
    """

    kind: MessageKind
    cause: str
    title: str
    body: str
    url: str
    window: str
    good_until: datetime | None = None
    topic: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


class PushSubscriptions:
    """Safe to use from many threads. Writes block until they are committed."""

    def __init__(self, store: Store, writer: Writer, clock: Clock) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock

    def subscribe(self, person: str, subscription: PushSubscription) -> None:
        """From now on this browser takes notifications for this person, and for nobody else. `person`: an e-mail."""
        keys = base64url(subscription.p256dh), base64url(subscription.auth)
        row = [endpoint_hash(subscription.endpoint), person, subscription.endpoint, *keys, self._clock()]

        def work(transaction: Transaction) -> None:
            transaction.execute(SQL["subscribe"], row)
            transaction.execute(SQL["drop_oldest"], [person, MAX_BROWSERS])

        self._writer.submit(work).result()

    def unsubscribe(self, person: str, endpoint: str) -> None:
        """This browser of theirs takes none any more."""
        self._write("unsubscribe", [endpoint_hash(endpoint), person])

    def unsubscribe_all(self, person: str) -> None:
        """No browser of theirs takes any more: they signed out."""
        self._write("unsubscribe_all", [person])

    def find(self, endpoint_hash: str) -> PushSubscription | None:
        """None where it is gone."""
        for endpoint, p256dh, auth in self._store.execute(SQL["find"], [endpoint_hash]):
            return PushSubscription(endpoint, from_base64url(p256dh), from_base64url(auth))
        return None

    def drop(self, endpoint_hash: str) -> None:
        """Its push service knows it no more."""
        self._write("drop", [endpoint_hash])

    def browsers_of(self, person: str, source: Transaction | None = None) -> list[str]:
        """The browsers of theirs that take notifications, as hashes of their endpoints."""
        return [str(browser) for (browser,) in (source or self._store).execute(SQL["of_person"], [person])]

    def messages(
        self, person: str, notification: Notification, source: Transaction | None = None
    ) -> list[OutgoingMessage]:
        """One for each browser of theirs, for the outbox. `source`: the caller's transaction, if there is one."""
        return [_message(browser, person, notification) for browser in self.browsers_of(person, source)]

    def _write(self, statement: str, values: list[object]) -> None:
        self._writer.submit(lambda transaction: transaction.execute(SQL[statement], values)).result()


def endpoint_hash(endpoint: str) -> str:
    """What a browser's subscription is known by."""
    return hashlib.sha256(endpoint.encode()).hexdigest()


def _message(browser: str, person: str, notification: Notification) -> OutgoingMessage:
    topic = hashlib.sha256((notification.topic or notification.cause).encode()).hexdigest()[:TOPIC_CHARS]
    payload = {
        **notification.facts,
        "browser": browser,
        "title": notification.title,
        "body": notification.body,
        "url": notification.url,
        "window": notification.window,
        "tag": topic,
        "topic": topic,
    }
    key = f"{notification.kind} {notification.cause} {browser}"
    return OutgoingMessage(
        key, notification.kind, Channel.PUSH, payload, recipient=person, good_until=notification.good_until
    )
