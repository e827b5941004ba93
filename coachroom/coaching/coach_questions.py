"""A question that a human coach proposes for the client's next session with the AI coach.

    open ──accept──▶ accepted ──talked about──▶ asked
      ╰──decline──▶ declined ◀──decline──╯

One accepted question is in a session's briefing. It is asked once that session was talked in and is over; until then
it is in the next one's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from coachroom.clock import Clock, new_id
from coachroom.coaching.validation import InvalidInputError, one_line, optional_line
from coachroom.store.statements import load_statements
from coachroom.store.store import Row, Store, Transaction
from coachroom.store.writer import Writer

SQL = load_statements("coachroom.coaching", "coach_questions.sql")

MAX_QUESTION_CHARS = 200
MAX_REASON_CHARS = 200
# Of one client, until they are declined or asked.
MAX_UNSETTLED = 3
MAX_LISTED = 10


class CoachQuestionStatus(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    ASKED = "asked"


# What the client may answer, and where it stands then.
ANSWERED_FROM = {
    CoachQuestionStatus.ACCEPTED: (CoachQuestionStatus.OPEN,),
    CoachQuestionStatus.DECLINED: (CoachQuestionStatus.OPEN, CoachQuestionStatus.ACCEPTED),
}


@dataclass(frozen=True)
class CoachQuestion:
    """`coach`: the name of who proposed it. `told_at` (naive UTC): when the session began in
    which the AI coach was told of it last."""

    id: str
    client_id: str
    coach: str
    words: str
    why: str | None
    status: CoachQuestionStatus
    session_id: str | None
    proposed_at: datetime
    told_at: datetime | None


@dataclass(frozen=True)
class QuestionForSession:
    """What a session's briefing says of it."""

    id: str
    coach: str
    words: str


class CoachQuestions:
    """Safe to use from many threads. Writes block until they are committed."""

    def __init__(self, store: Store, writer: Writer, clock: Clock) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock

    def propose(
        self,
        client_id: str,
        coach_email: str,
        words: object,
        why: object = None,
        *,
        ensure_may: Callable[[Transaction, str, str], None],
    ) -> None:
        """A coach proposes it. `ensure_may`: raises where this coach may not, given their address and the client.

        Raises InvalidInputError, and what `ensure_may` raises.
        """
        now = self._clock()
        asked = one_line(words, "The question", MAX_QUESTION_CHARS)
        reason = optional_line(why.strip() if isinstance(why, str) else why, "The reason", MAX_REASON_CHARS)

        def work(transaction: Transaction) -> None:
            ensure_may(transaction, coach_email, client_id)
            if transaction.execute(SQL["unsettled"], [client_id])[0][0] >= MAX_UNSETTLED:
                raise InvalidInputError(f"{MAX_UNSETTLED} questions wait already: for the client, or for a session.")
            transaction.execute(SQL["add"], [new_id(now), client_id, coach_email, asked, reason, now])

        self._writer.submit(work).result()

    def of(self, client_id: str) -> list[CoachQuestion]:
        """The latest of this client, the latest first: at most MAX_LISTED."""
        return [_question(row) for row in self._store.execute(SQL["of_client"], [client_id, MAX_LISTED])]

    def accept(self, client_id: str, question_id: str) -> None:
        """The client wants it asked. Raises InvalidInputError where it does not wait for their word."""
        self._answer(client_id, question_id, CoachQuestionStatus.ACCEPTED)

    def decline(self, client_id: str, question_id: str) -> None:
        """The client does not want it asked, or not any more. Raises InvalidInputError where it was asked."""
        self._answer(client_id, question_id, CoachQuestionStatus.DECLINED)

    def take_for(self, client_id: str, session_id: str) -> QuestionForSession | None:
        """The one question for this session's briefing, noted as told in it; the same one for each of its calls."""
        for id, coach, words, told_in in self._store.execute(SQL["for_session"], [client_id, session_id]):
            # Between the look and the writing the client may have thought better of it.
            if told_in == session_id or self._tell_in(str(id), session_id):
                return QuestionForSession(id, coach, words)
        return None

    def _tell_in(self, question_id: str, session_id: str) -> bool:
        values = [question_id, session_id, self._clock()]
        return bool(self._writer.submit(lambda transaction: transaction.execute(SQL["tell_in"], values)).result())

    def _answer(self, client_id: str, question_id: str, status: CoachQuestionStatus) -> None:
        values = [question_id, client_id, status, self._clock(), list(ANSWERED_FROM[status])]
        if not self._writer.submit(lambda transaction: transaction.execute(SQL["answer"], values)).result():
            raise InvalidInputError("This question was answered or asked already: reload the page.")


def settle_asked(transaction: Transaction, session_ids: Sequence[str]) -> None:
    """Within the transaction that ends these sessions, which were talked in: what they were told is asked."""
    if session_ids:
        transaction.execute(SQL["asked"], [list(session_ids)])


def _question(row: Row) -> CoachQuestion:
    id, client_id, coach, words, why, status, *rest = row
    return CoachQuestion(id, client_id, coach, words, why, CoachQuestionStatus(status), *rest)
