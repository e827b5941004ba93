"""What invites a member: an address without a secret, which leads through the sign-in to their home page."""

from __future__ import annotations

from coachroom.clock import new_secret_id
from coachroom.notifications.mail_text import MailText, name_in_mail
from coachroom.notifications.message import Channel, MessageKind, OutgoingMessage
from coachroom.notifications.outbox import Outbox
from coachroom.store.store import Transaction


def invitation_text(name: str, email: str, *, is_client: bool, origin: str) -> MailText:
    """The invitation of this member."""
    place = "your private coaching room" if is_client else "the pages of our coaching room"
    return MailText(
        f"You can open {place} now",
        (
            f"Hello {name_in_mail(name)},",
            f"you can open {place} now. Sign in with this e-mail address: {email}",
            *(["You talk with an AI coach there, in private, whenever it suits you."] if is_client else []),
        ),
        link_label=f"Open {place}",
        link=f"{origin}/",
    )


def put_invitation(
    outbox: Outbox, transaction: Transaction, *, name: str, email: str, is_client: bool, origin: str
) -> bool:
    """Within the caller's transaction: the member is invited by mail. False where an invitation waits already."""
    if outbox.waits_for(transaction, MessageKind.INVITATION, email):
        return False
    text = invitation_text(name, email, is_client=is_client, origin=origin)
    # Each invitation is a cause of its own: an administrator may invite again.
    key = f"invitation {new_secret_id()}"
    message = OutgoingMessage(key, MessageKind.INVITATION, Channel.MAIL, text.payload(), recipient=email)
    return outbox.put(transaction, message)
