"""How times and states read to people."""

from __future__ import annotations

from datetime import datetime, timedelta

from coachroom.rooms.states import EndReason, Session, SessionStatus

_OUTCOMES = {
    SessionStatus.COMPLETED: "finished",
    SessionStatus.ABANDONED: "broken off",
    SessionStatus.FAILED: "the coach could not be reached",
    SessionStatus.WAITING: "open",
    SessionStatus.ACTIVE: "going on",
}
_ENDINGS = {
    EndReason.CLIENT: "You ended this session.",
    EndReason.AGENT: "The coach said goodbye.",
    EndReason.TIME_LIMIT: "The time for this session was up.",
    EndReason.LEFT: "The connection was lost, so this session was closed.",
    EndReason.SERVER_STOPPED: "Our server was restarted, so this session was closed. What was said is here.",
    EndReason.AGENT_UNREACHABLE: "The coach could not be reached. This was not your fault; please try again later.",
}


def day_and_time(moment: datetime) -> str:
    """Such as "22 November 2026, 17:05 UTC"."""
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"


def length(span: timedelta) -> str:
    """Such as "12 min 30 s" or "45 s"."""
    minutes, seconds = divmod(max(0, round(span.total_seconds())), 60)
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def outcome(session: Session) -> str:
    return _OUTCOMES[session.status]


def how_it_ended(session: Session) -> str:
    reason = session.end_reason
    if session.status is SessionStatus.ABANDONED and reason == EndReason.CLIENT:
        return "You left before the conversation began."
    return _ENDINGS[EndReason(reason)] if reason in set(EndReason) else "This session is over."
