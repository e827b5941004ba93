"""A client is told once, by mail and on their devices, that their human coach wrote; never what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from coachroom.notifications.mail_text import MailText
from coachroom.notifications.message import Channel, MessageKind, OutgoingMessage
from coachroom.notifications.outbox import Outbox
from coachroom.notifications.push_subscriptions import Notification, PushSubscriptions
from coachroom.store.statements import load_statements
from coachroom.store.store import Store, Transaction

SQL = load_statements("coachroom.caseload", "message_notices.sql")


class MessageNotices:
    """Safe to use from many threads. What waits is dropped once the client has read the message.

    `unsubscribe_link`: the address at which somebody says that they want no more of such mails.
    """

    def __init__(
        self,
        store: Store,
        outbox: Outbox,
        subscriptions: PushSubscriptions,
        *,
        origin: str,
        unsubscribe_link: Callable[[str, MessageKind], str],
    ) -> None:
        self._store = store
        self._outbox = outbox
        self._subscriptions = subscriptions
        self._origin = origin
        self._unsubscribe_link = unsubscribe_link
        outbox.compose_when_sent(MessageKind.COACH_MESSAGE, self._compose_mail)
        outbox.compose_when_sent(MessageKind.COACH_WROTE, self._compose_notification)

    def announce(self, transaction: Transaction, message_id: str, client_id: str) -> None:
        """Within the transaction that keeps the message: its reader is to be told."""
        for (email,) in transaction.execute(SQL["reader"], [client_id]):
            self._put_mail(transaction, message_id, str(email))
            for notification in self._subscriptions.messages(str(email), _notification(message_id)):
                self._outbox.put(transaction, notification)

    def _put_mail(self, transaction: Transaction, message_id: str, email: str) -> None:
        # One mail tells of several.
        if not self._outbox.waits_for(transaction, MessageKind.COACH_MESSAGE, email):
            key = f"{MessageKind.COACH_MESSAGE} {message_id}"
            self._outbox.put(
                transaction, OutgoingMessage(key, MessageKind.COACH_MESSAGE, Channel.MAIL, {}, recipient=email)
            )

    def _compose_mail(self, message: OutgoingMessage) -> Mapping[str, Any] | None:
        """None where they have read all that they were written."""
        email = str(message.recipient)
        if not self._store.execute(SQL["unread_of"], [email]):
            return None
        return MailText(
            "Your human coach wrote to you",
            ("Hello,", "your human coach wrote to you. You find the message on your home page."),
            link_label="Your home page",
            link=f"{self._origin}/",
            unsubscribe=self._unsubscribe_link(email, MessageKind.COACH_MESSAGE),
        ).payload()

    def _compose_notification(self, message: OutgoingMessage) -> Mapping[str, Any] | None:
        # The key names the kind, the message and the browser.
        is_unread = self._store.execute(SQL["is_unread"], [message.key.split(" ")[1]])
        return message.payload if is_unread else None


def _notification(message_id: str) -> Notification:
    return Notification(
        MessageKind.COACH_WROTE,
        message_id,
        title="Your human coach wrote to you",
        body="You find the message on your home page.",
        url="/",
        window="/",
    )
