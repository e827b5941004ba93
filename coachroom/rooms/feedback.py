"""What clients say of a session after it: stars, words, and answers to the questions whose turn it is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from coachroom.clock import Clock
from coachroom.errors import NotAllowedError
from coachroom.rooms.questions import CONFIDENCE, MAX_SCORE, Question, beside_stars, check_in_of, questions_after
from coachroom.rooms.states import Session, SessionStatus
from coachroom.store.statements import load_statements
from coachroom.store.store import Store, Transaction
from coachroom.store.writer import Writer

SQL = load_statements("coachroom.rooms", "feedback.sql")
MAX_COMMENT_CHARS = 4_000
# How a session felt is asked while it is fresh.
ASKED_WITHIN = timedelta(days=7)

# What the conversation itself has answered, of a session.
KnownFrom = Callable[[Transaction, str], Collection[Question]]
# Whether the session was one in writing, in which nobody talked with the coach.
InWriting = Callable[[Transaction, str], bool]
# Keeps the confidence that a client states, beside what the conversation told: session, before, after, time.
PutConfidence = Callable[[Transaction, str, int | None, int | None, datetime], None]
Answers = Mapping[Question, int | None]


class CommentReader(StrEnum):
    """Who else may read a comment."""

    NOBODY = "nobody"
    COACH = "coach"
    ADMIN = "admin"


@dataclass(frozen=True)
class Feedback:
    """What was said of one session: stars 1 to 5 or none, words or none, and who else may read the words."""

    rating: int | None
    comment: str | None = None
    comment_for: CommentReader = CommentReader.NOBODY


@dataclass
class _Asked:
    """What was asked after one session, with the answers."""

    session_id: str
    scores: dict[Question, int | None] = field(default_factory=dict)


class FeedbackDesk:
    """Asks and keeps. Blocks until what it says is committed."""

    def __init__(
        self,
        store: Store,
        writer: Writer,
        clock: Clock,
        *,
        asks: bool,
        known_from_talk: KnownFrom,
        in_writing: InWriting,
        put_confidence: PutConfidence,
    ) -> None:
        """`asks`: whether anything is asked beside the stars."""
        self._store = store
        self._writer = writer
        self._clock = clock
        self.asks = asks
        self._known_from_talk = known_from_talk
        self._in_writing = in_writing
        self._put_confidence = put_confidence

    def given(self, session_id: str) -> Feedback | None:
        """What the client has said of this session."""
        found = self._store.execute(SQL["feedback_of"], [session_id])
        return _feedback(*found[0]) if found else None

    def questions_for(self, session: Session) -> tuple[Question, ...]:
        """What to ask after this session beside the stars, and at most two more; drawn once, the same at each look.

        Nothing after a session that failed, goes on or is a week old. What the conversation has answered meanwhile is
        left out.
        """
        if not self.asks or session.off_record or not self._is_fresh(session):
            return ()

        def work(transaction: Transaction) -> tuple[Question, ...]:
            known = self._known_from_talk(transaction, session.id)
            drawn = [Question(question) for question, _ in transaction.execute(SQL["asked_after"], [session.id])]
            if not drawn:
                history = [each.scores for each in _asked(transaction, session.client_id)]
                written = self._in_writing(transaction, session.id)
                drawn = [*beside_stars(in_writing=written), *questions_after(history, known, in_writing=written)]
                drawn = list(dict.fromkeys(drawn))
                transaction.execute(SQL["ask"], [session.id, session.client_id, drawn, self._clock()])
            asked = [question for question in Question if question in drawn and question not in known]
            return tuple(sorted(asked, key=lambda question: question not in beside_stars()))

        return self._writer.submit(work).result()

    def send(self, session: Session, said: Feedback, answers: Answers | None = None) -> None:
        """Stores stars, words and answers; the last ones count. Only answers to what was asked are kept.

        Raises ValueError for a score that is not 0 to 10, NotAllowedError for a session off the record or deleted.
        """
        scores = {question: score for question, score in (answers or {}).items() if score is not None}
        if any(not 0 <= score <= MAX_SCORE for score in scores.values()):
            raise ValueError(f"An answer is a whole number from 0 to {MAX_SCORE}.")
        now = self._clock()
        comment = said.comment.strip()[:MAX_COMMENT_CHARS] if said.comment else ""
        reader = None if said.comment_for is CommentReader.NOBODY or not comment else said.comment_for

        def work(transaction: Transaction) -> None:
            # The page may be an old one: what became of the session since is asked here.
            found = transaction.execute(SQL["is_off_record"], [session.id])
            if not found:
                raise NotAllowedError("This session was deleted: nothing of it is kept, and no rating either.")
            if found[0][0]:
                raise NotAllowedError("This session is off the record: nothing is kept of it, and no rating either.")
            transaction.execute(SQL["answer"], [session.id, list(scores), list(scores.values())])
            asked = _asked(transaction, session.client_id)
            kept = next((each.scores for each in asked if each.session_id == session.id), {})
            row = [session.id, said.rating, kept.get(Question.RECOMMEND), comment or None, reader, now]
            transaction.execute(SQL["rate"], row)
            for first, second in pairwise(asked):
                check_in = check_in_of(first.scores, second.scores)
                if check_in is not None and session.id in (first.session_id, second.session_id):
                    transaction.execute(SQL["put_check_in"], [second.session_id, *check_in, now])
            before, after = (kept.get(question) for question in CONFIDENCE)
            if before is not None or after is not None:
                self._put_confidence(transaction, session.id, before, after, now)

        self._writer.submit(work).result()

    def share_no_more(self, session: Session) -> None:
        """From now on nobody but the client reads the words of this session."""
        self._writer.submit(lambda transaction: transaction.execute(SQL["share_no_more"], [session.id])).result()

    def _is_fresh(self, session: Session) -> bool:
        over = session.end_time is not None and session.status is not SessionStatus.FAILED
        return over and self._clock() - (session.end_time or session.start_time) <= ASKED_WITHIN


def _asked(transaction: Transaction, client_id: str) -> list[_Asked]:
    """What the client was asked, session by session."""
    sessions: dict[str, _Asked] = {}
    for session_id, question, score in transaction.execute(SQL["asked"], [client_id]):
        sessions.setdefault(session_id, _Asked(session_id)).scores[Question(question)] = score
    return list(sessions.values())


def _feedback(rating: int | None, comment: str | None, comment_for: str | None) -> Feedback:
    return Feedback(rating, comment, CommentReader(comment_for) if comment_for else CommentReader.NOBODY)
