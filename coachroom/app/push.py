"""What clients are notified of on their devices, beside what they find in the app."""

from __future__ import annotations

from coachroom.app.container import Services
from coachroom.live.states import ASK_LASTS, Join
from coachroom.notifications.message import MessageKind
from coachroom.notifications.push_subscriptions import Notification


def tell_of_join(services: Services, join: Join) -> None:
    """Their human coach asks to join the client's session: for as long as the question stands."""
    notification = Notification(
        MessageKind.JOIN_ASKED,
        join.id,
        title="Your human coach asks to join your session",
        body="Go to your room, and let them in or not.",
        # Not the room: whoever opens it takes the session away from the device that they talk on.
        url="/",
        window="/Room",
        good_until=join.asked_at + ASK_LASTS,
    )
    _put(services, join.client_id, notification)


def _put(services: Services, client_id: str, notification: Notification) -> None:
    email = services.people.email_of(client_id)
    if email is not None:
        services.outbox.put_all(services.push_subscriptions.messages(email, notification))
