"""The life of a room and of a session to it, as explicit machines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class RoomStatus(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class SessionStatus(StrEnum):
    """waiting: entered, nobody has spoken yet · active: the coach was reached · the rest: over."""

    WAITING = "waiting"
    ACTIVE = "active"
    COMPLETED = "completed"
    ABANDONED = "abandoned"
    FAILED = "failed"

    @property
    def over(self) -> bool:
        return self not in OPEN_STATUSES


OPEN_STATUSES = (SessionStatus.WAITING, SessionStatus.ACTIVE)


class EndReason(StrEnum):
    CLIENT = "client"
    AGENT = "agent"
    TIME_LIMIT = "time_limit"
    BUDGET = "budget"
    LEFT = "left"
    SERVER_STOPPED = "server_stopped"
    AGENT_UNREACHABLE = "agent_unreachable"
    PAUSE_OVER = "pause_over"
    ADMINISTRATOR = "administrator"


# Nobody pressed "End session": the session ended when the client was last seen.
VANISHED = (EndReason.LEFT, EndReason.SERVER_STOPPED, EndReason.PAUSE_OVER)


class PauseCause(StrEnum):
    """paused: the client pressed the button · interrupted: the client's phone or computer took the microphone."""

    PAUSED = "paused"
    INTERRUPTED = "interrupted"


class Sender(StrEnum):
    """Who said a turn."""

    CLIENT = "client"
    AGENT = "agent"
    COACH = "coach"
    SYSTEM = "system"


@dataclass(frozen=True)
class Room:
    """One client's private place. `id` is its unguessable address."""

    id: str
    client_id: str
    status: RoomStatus
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class Session:
    """One session to a room. `start_time` is when the coach was first reached, or the entry until then.

    `clock_stopped`: whether a call of it waits in the provider's queue; `waited`: how long calls waited before.
    `call_ends_at`: when the call under way has used up what it may take of the budget. `extra`: the time that the
    client took beyond the usual, once. `paused_at`: when the pause under way began; `paused`: how long those before
    it took. `off_record_at`: since when nothing of it is kept but its times. `turns_expired_at`: when its words were
    deleted because of their age. `turns_version`: how often its turns were written, where processes share the
    database.
    """

    id: str
    room_id: str
    client_id: str
    start_time: datetime
    end_time: datetime | None
    status: SessionStatus
    end_reason: str | None
    last_seen_at: datetime
    clock_stopped: bool = False
    waited: timedelta = timedelta()
    call_ends_at: datetime | None = None
    extra: timedelta = timedelta()
    paused_at: datetime | None = None
    paused: timedelta = timedelta()
    off_record_at: datetime | None = None
    turns_expired_at: datetime | None = None
    turns_version: int = 0

    @property
    def off_record(self) -> bool:
        """Whether nothing of it is kept but its times."""
        return self.off_record_at is not None

    @property
    def keeps_words(self) -> bool:
        """Whether what is said in it is stored."""
        return self.off_record_at is None and self.turns_expired_at is None


@dataclass(frozen=True)
class SessionEnd:
    """How a session ends: its final status, the stored reason and the time (naive UTC)."""

    status: SessionStatus
    reason: EndReason
    at_time: datetime


def ending(session: Session, cause: EndReason, now: datetime, *, agent_hung_up: bool) -> SessionEnd:
    """The truthful end of an open session.

    A client who closes the page after the coach said goodbye has completed the session; one who vanishes in the
    middle has not. A session in which the coach was never reached has failed if that was tried. One whose client did
    not come back from a pause ended where it was paused.
    """
    # Presence is on record every few seconds only: a call that began after the last of them was not over before.
    at_time = max(session.last_seen_at, session.start_time) if cause in VANISHED else now
    if cause is EndReason.PAUSE_OVER and session.paused_at is not None:
        at_time = session.paused_at
    if session.status is SessionStatus.WAITING:
        if session.end_reason == EndReason.AGENT_UNREACHABLE:
            return SessionEnd(SessionStatus.FAILED, EndReason.AGENT_UNREACHABLE, at_time)
        return SessionEnd(SessionStatus.ABANDONED, cause, at_time)
    if cause in VANISHED and not agent_hung_up:
        return SessionEnd(SessionStatus.ABANDONED, cause, at_time)
    return SessionEnd(SessionStatus.COMPLETED, EndReason.AGENT if cause in VANISHED else cause, at_time)
