"""How confident a client was before and after a session: as the conversation told, and else as they said after it."""

from __future__ import annotations

from datetime import datetime

from coachroom.recording.analysis import Confidence
from coachroom.rooms.questions import CONFIDENCE, Question
from coachroom.store.statements import load_statements
from coachroom.store.store import Transaction

SQL = load_statements("coachroom.recording", "confidence.sql")


def put_confidence(transaction: Transaction, session_id: str, found: Confidence, at_time: datetime | None) -> None:
    """Stores what the analysis of the session's calls found."""
    transaction.execute(SQL["put"], [session_id, found.before, found.after, at_time])


def add_stated_confidence(
    transaction: Transaction, session_id: str, before: int | None, after: int | None, at_time: datetime
) -> None:
    """Stores what the client stated after the session, where the conversation told nothing."""
    transaction.execute(SQL["add"], [session_id, before, after, at_time])


def known_confidence(transaction: Transaction, session_id: str) -> frozenset[Question]:
    """Which of the two scores are known."""
    found = transaction.execute(SQL["known"], [session_id])
    scores = found[0] if found else (None, None)
    return frozenset(question for question, score in zip(CONFIDENCE, scores, strict=True) if score is not None)
