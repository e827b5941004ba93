"""One message that goes out, and what comes of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from coachroom.errors import CoachroomError


class Channel(StrEnum):
    MAIL = "mail"
    HOOK = "hook"
    PUSH = "push"


class MessageKind(StrEnum):
    INVITATION = "invitation"
    OWN_DATA = "own_data"
    NEW_DEVICE = "new_device"
    MONDAY = "monday"
    APPOINTMENT = "appointment"
    APPOINTMENT_REMINDER = "appointment.reminder"
    STEP_DUE = "step_due"
    COME_BACK = "come_back"
    MISSED = "missed"
    APPOINTMENT_BOOKED = "appointment.booked"
    APPOINTMENT_MOVED = "appointment.moved"
    APPOINTMENT_CANCELLED = "appointment.cancelled"
    APPOINTMENT_KEPT = "appointment.kept"
    APPOINTMENT_MISSED = "appointment.missed"
    SESSION_FINISHED = "session.finished"
    NEEDS_TALK = "member.needs_talk"
    JOIN_ASKED = "join_asked"
    COACH_WROTE = "coach_wrote"
    COACH_MESSAGE = "coach_message"
    SAFETY_REPORT = "safety_report"

    @property
    def may_be_stopped(self) -> bool:
        """Whether its recipient may say that they want no more of them."""
        return self in (
            MessageKind.MONDAY,
            MessageKind.APPOINTMENT_REMINDER,
            MessageKind.COACH_MESSAGE,
            MessageKind.SAFETY_REPORT,
            *_ABOUT_ONESELF,
        )


_ABOUT_ONESELF = (MessageKind.STEP_DUE, MessageKind.COME_BACK, MessageKind.MISSED)


class MessageState(StrEnum):
    """waiting: for its first or next try · given up: refused, or tried for long · dropped: nobody needs it now."""

    WAITING = "waiting"
    SENT = "sent"
    GIVEN_UP = "given_up"
    DROPPED = "dropped"


class NotSentError(CoachroomError):
    """A message did not go out. `final`: trying again is pointless. `no_answer`: the others would wait as long.

    The sentence names no person and no address: it is shown on pages and logged.
    """

    def __init__(self, sentence: str, *, final: bool = False, no_answer: bool = False) -> None:
        super().__init__(sentence)
        self.final = final
        self.no_answer = no_answer


@dataclass(frozen=True)
class OutgoingMessage:
    """`key` names the cause: of two messages with one key the first counts. `about`: whom a report is about.

    The payload names nobody else than that client or the recipient, as they take it away with their own data.

    After `good_until` nobody needs it any more.
    """

    key: str
    kind: MessageKind
    channel: Channel
    payload: Mapping[str, Any] = field(repr=False)
    recipient: str | None = None
    about: tuple[str, ...] = ()
    good_until: datetime | None = None

    @property
    def id(self) -> str:
        """The same at each try, so that whoever gets it twice can tell; tells nothing of the cause."""
        return hashlib.sha256(self.key.encode()).hexdigest()[:32]


class MessageSender(Protocol):
    """One way out."""

    def send(self, message: OutgoingMessage, written_at: datetime, now: datetime) -> None:
        """Sends it, at most once. Raises NotSentError."""
