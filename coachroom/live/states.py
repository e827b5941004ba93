"""The life of a human coach's visit to a client's session, as explicit machines.

asked ──▶ admitted ──▶ ended
  ├─▶ declined
  ├─▶ expired
  └─▶ ended
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import takewhile

from coachroom.recording.turn import CoachWords

# How long a client may take to answer.
ASK_LASTS = timedelta(seconds=60)
# A visit is over where one of the two pages stays away for so long.
MAX_UNLINKED = timedelta(seconds=60)
# The AI coach is held no longer; after that its call ends.
MAX_HOLD = timedelta(seconds=60)
# The client's page sees to that; so much later the server does.
HOLD_GRACE = timedelta(seconds=5)


class JoinStatus(StrEnum):
    ASKED = "asked"
    ADMITTED = "admitted"
    DECLINED = "declined"
    EXPIRED = "expired"
    ENDED = "ended"

    @property
    def open(self) -> bool:
        return self in OPEN_JOINS


OPEN_JOINS = (JoinStatus.ASKED, JoinStatus.ADMITTED)


class JoinEnd(StrEnum):
    """Why a join ended: who wanted it so, or what happened."""

    CLIENT = "client"
    COACH = "coach"
    SESSION = "session"
    LOST = "lost"
    NOT_ALLOWED = "not_allowed"


class LiveMode(StrEnum):
    """listening: the client sees the coach · both: the AI hears the coach too · private: the AI hears neither."""

    LISTENING = "listening"
    BOTH = "both"
    PRIVATE = "private"


class Act(StrEnum):
    """What a coach does in a session."""

    LISTENING = "listening"
    BOTH = "both"
    HINT = "hint"
    SAY = "say"
    HUSH = "hush"
    HOLD = "hold"
    TAKE_OVER = "take_over"
    HAND_BACK = "hand_back"


MODE_AFTER = {
    Act.LISTENING: LiveMode.LISTENING,
    Act.BOTH: LiveMode.BOTH,
    Act.HOLD: LiveMode.PRIVATE,
    Act.TAKE_OVER: LiveMode.PRIVATE,
    Act.HAND_BACK: LiveMode.LISTENING,
}


@dataclass(frozen=True)
class ActWords:
    """What the words of an act are in the session's record and on its page, and how many characters they may have."""

    kind: CoachWords
    longest: int


# The acts that come with words.
WORDS_OF = {
    Act.HINT: ActWords(CoachWords.HINT, 500),
    Act.SAY: ActWords(CoachWords.MESSAGE, 500),
    Act.HAND_BACK: ActWords(CoachWords.SUMMARY, 300),
}


@dataclass(frozen=True)
class Join:
    """One human coach's visit to one session, from the question on. Times are naive UTC."""

    id: str
    session_id: str
    client_id: str
    coach_email: str
    reason: str
    status: JoinStatus
    asked_at: datetime
    answered_at: datetime | None
    first_linked_at: datetime | None
    ended_at: datetime | None
    end_reason: JoinEnd | None

    @property
    def expires_at(self) -> datetime | None:
        """Until when the client may answer; None where they are not asked any more."""
        return self.asked_at + ASK_LASTS if self.status is JoinStatus.ASKED else None

    @property
    def outcome(self) -> str:
        """Why it is over: the end's reason, or declined or expired."""
        return self.end_reason or self.status


@dataclass(frozen=True)
class JoinAct:
    """One thing the coach did; `n` counts from 1 in order of arrival, `id` was chosen by the sender."""

    join_id: str
    n: int
    id: str
    act: Act
    text: str | None
    at: datetime


def latest_mode_change(acts: Iterable[JoinAct]) -> JoinAct | None:
    """The latest of the acts that decide the mode, given in their order."""
    return next((each for each in reversed(list(acts)) if each.act in MODE_AFTER), None)


def latest_mode_act(acts: Iterable[JoinAct]) -> Act | None:
    """What the coach did in it."""
    change = latest_mode_change(acts)
    return change.act if change else None


def held_since(acts: Iterable[JoinAct]) -> datetime | None:
    """Since when the AI coach is held, whoever asked for it again meanwhile; None where it is not."""
    changes = [each for each in acts if each.act in MODE_AFTER]
    holds = list(takewhile(lambda each: each.act is Act.HOLD, reversed(changes)))
    return holds[-1].at if holds else None


def may_follow(mode: LiveMode, act: Act) -> bool:
    """Whether the act comes at its place: a talk in private ends by handing back, with a sentence, and only that."""
    if act is Act.HAND_BACK:
        return mode is LiveMode.PRIVATE
    return mode is not LiveMode.PRIVATE or act not in {Act.LISTENING, Act.BOTH}


def mode_after(acts: Iterable[JoinAct]) -> LiveMode:
    """The mode in force after these acts, given in their order."""
    act = latest_mode_act(acts)
    return MODE_AFTER[act] if act else LiveMode.LISTENING
