"""What pages say and offer follows from whether mail goes out."""

from __future__ import annotations

from coachroom.app.current import get_services
from coachroom.notifications.message import Channel


def mail_goes_out() -> bool:
    """Whether a mail server is set up; else people find on their pages alone what they would be told."""
    return get_services().outbox.can_send(Channel.MAIL)
