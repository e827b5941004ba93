"""What somebody is told by mail when all that is kept of them was taken away, in case it was not they who did it."""

from __future__ import annotations

from datetime import datetime

from coachroom.clock import new_secret_id
from coachroom.notifications.mail_text import MailText, name_in_mail
from coachroom.notifications.message import Channel, MessageKind, OutgoingMessage
from coachroom.notifications.outbox import Outbox
from coachroom.store.store import Transaction


def put_data_notice(
    outbox: Outbox, transaction: Transaction, *, email: str, name: str, origin: str, now: datetime
) -> bool:
    """Within the caller's transaction: the client is told; False where no mail can be sent."""
    text = MailText(
        "Your data was prepared for download",
        (
            f"Hello {name_in_mail(name)},",
            f"on {now:%d %B %Y at %H:%M} UTC a file with everything that is kept of you in your coaching room was "
            "prepared for download, by somebody who had signed in as you.",
            'If that was you, there is nothing to do. If it was not, open "How you are coached" and press "Sign out '
            'everywhere", change the password of the account that you sign in with, and tell your community.',
        ),
        link_label="How you are coached",
        link=f"{origin}/Profile",
    )
    key = f"own data {new_secret_id()}"
    message = OutgoingMessage(key, MessageKind.OWN_DATA, Channel.MAIL, text.payload(), recipient=email)
    return outbox.put(transaction, message)
