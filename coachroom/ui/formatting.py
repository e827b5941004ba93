"""How times and states read to people."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import streamlit as st

from coachroom.clock import there, zone_named
from coachroom.rooms.states import EndReason, Session, SessionStatus

_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")
# Markdown as the browser reads it makes links of addresses even where every sign is escaped.
_STARTS_LINK = re.compile(r"https?(?=:)|www(?=\.)|(?=@)", re.IGNORECASE)
_WORD_JOINER = "\u2060"
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
    EndReason.BUDGET: "The time with the coach that was left for now was used up.",
    EndReason.LEFT: "The connection was lost, so this session was closed.",
    EndReason.SERVER_STOPPED: "Our server was restarted, so this session was closed. What was said is here.",
    EndReason.PAUSE_OVER: "You did not come back from the pause in time, so this session was closed.",
    EndReason.ADMINISTRATOR: "An administrator ended this session. What was said until then is here.",
    EndReason.AGENT_UNREACHABLE: "The coach could not be reached. This was not your fault; please try again later.",
}


def day_and_time(moment: datetime) -> str:
    """A stored moment on the reader's own clock, such as "22 November 2026, 17:05"."""
    there = _on_their_clock(moment)
    return f"{there.day} {there:%B %Y, %H:%M}"


def time_of_day(moment: datetime) -> str:
    """Such as "17:05:09", on the reader's own clock."""
    return f"{_on_their_clock(moment):%H:%M:%S}"


def reader_zone() -> ZoneInfo:
    """The time zone of the reader's own clock."""
    return zone_named(st.context.timezone) or ZoneInfo("UTC")


def _on_their_clock(moment: datetime) -> datetime:
    return there(moment, reader_zone())


def plain(text: str) -> str:
    """What somebody else wrote, for places that read Markdown: a name is no picture, link or formula.

    An address in it stays text: an invisible word joiner parts it where a link would begin.
    """
    return _PUNCTUATION.sub(r"\\\g<0>", _STARTS_LINK.sub(rf"\g<0>{_WORD_JOINER}", text))


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
