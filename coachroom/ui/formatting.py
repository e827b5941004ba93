"""How times and states read to people."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import streamlit as st

from coachroom.rooms.states import EndReason, Session, SessionStatus

_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")
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
    """A stored moment on the reader's own clock, such as "22 November 2026, 17:05"."""
    there = _on_their_clock(moment)
    return f"{there.day} {there:%B %Y, %H:%M}"


def time_of_day(moment: datetime) -> str:
    """Such as "17:05:09", on the reader's own clock."""
    return f"{_on_their_clock(moment):%H:%M:%S}"


def _on_their_clock(moment: datetime) -> datetime:
    try:
        zone = ZoneInfo(st.context.timezone or "UTC")
    except (KeyError, ValueError, OSError):
        # A browser may name any zone it likes.
        zone = ZoneInfo("UTC")
    return moment.replace(tzinfo=UTC).astimezone(zone)


def plain(text: str) -> str:
    """What somebody else wrote, for places that read Markdown: a name is no picture, link or formula."""
    return _PUNCTUATION.sub(r"\\\g<0>", text)


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
