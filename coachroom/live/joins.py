"""A human coach's visits to sessions: asked for, admitted or not, ended. Every change is a compare-and-set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter

from coachroom.clock import Clock, new_id
from coachroom.coaching.validation import one_line, required_lines
from coachroom.errors import CoachroomError, NotAllowedError
from coachroom.live.states import (
    ASK_LASTS,
    WORDS_OF,
    Act,
    Join,
    JoinAct,
    JoinEnd,
    JoinStatus,
    held_since,
    may_follow,
    mode_after,
)
from coachroom.people.audit import write_audit
from coachroom.recording.written_sessions import was_in_writing
from coachroom.rooms.rooms import read_sessions
from coachroom.rooms.states import SessionStatus
from coachroom.store.statements import load_statements
from coachroom.store.store import Row, Store, Transaction
from coachroom.store.writer import Writer

SQL = load_statements("coachroom.live", "joins.sql")

MAX_REASON_CHARS = 200
# So often one coach's questions in one session may come to nothing, or the client may ask them to leave.
MAX_REFUSALS = 3
# More than a coach can do by hand in the longest session.
MAX_ACTS = 2_000
# Of a join, in the rows that hold its acts as well.
JOIN_COLUMNS = 11
# Who decides where nobody pressed anything.
COACHROOM = "coachroom"

EnsureAllowed = Callable[[Transaction, str], None]


class JoinNotFoundError(CoachroomError):
    """There is no such visit, it is over, or it is somebody else's: the answer is the same."""

    def __init__(self) -> None:
        super().__init__("This visit to a session is over, or it never was: look at who is in a session now.")


class TooManyActsError(CoachroomError):
    """The coach did more in one visit than is kept."""

    def __init__(self) -> None:
        super().__init__("That is more than is kept of one visit: leave the session, then ask to join again.")


class ActOutOfOrderError(CoachroomError):
    """The act does not go with the mode in force."""

    def __init__(self) -> None:
        super().__init__("That does not go with who hears whom just now: a talk in private ends by handing back.")


@dataclass(frozen=True)
class LiveNames:
    """What the two are called on each other's pages."""

    client: str
    coach: str


class Joins:
    """Safe to use from many threads. Blocks until what it says is committed."""

    def __init__(self, store: Store, writer: Writer, clock: Clock) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock

    def ask(self, session_id: str, coach_email: str, reason: str, *, ensure_allowed: EnsureAllowed) -> Join:
        """A coach asks to join a session; asking again gives the question that is open.

        `ensure_allowed(transaction, client_id)` raises where this coach may not ask this client. Raises
        CoachroomError: one sentence that says why the session cannot be joined.
        """
        why = one_line(reason, "The reason", MAX_REASON_CHARS)
        now = self._clock()

        def work(transaction: Transaction) -> Join:
            client_id = _joinable(transaction, session_id, ensure_allowed)
            if not _may_ask(transaction, client_id):
                raise NotAllowedError("This client does not want to be asked during sessions. Write them a message.")
            for row in transaction.execute(SQL["open_in"], [session_id]):
                join = _join(row)
                if join.coach_email == coach_email:
                    return join
                raise NotAllowedError("Another coach is in this session, or has asked to join it: try again later.")
            if transaction.execute(SQL["refusals"], [session_id, coach_email])[0][0] >= MAX_REFUSALS:
                raise NotAllowedError(
                    f"You have asked {MAX_REFUSALS} times in this session: ask again in the client's next one."
                )
            join_id = new_id(now)
            transaction.execute(SQL["add_join"], [join_id, session_id, client_id, coach_email, why, now])
            join = _found(transaction, join_id)
            _audit(transaction, join, "live.asked", coach_email, now)
            return join

        return self._writer.submit(work).result()

    def answer(self, join_id: str, client_id: str, *, admit: bool) -> Join:
        """The client lets the coach in, or not; the join as it is then, whoever was faster.

        Raises JoinNotFoundError where it is another client's.
        """
        now = self._clock()
        status = JoinStatus.ADMITTED if admit else JoinStatus.DECLINED

        def work(transaction: Transaction) -> Join:
            changed = transaction.execute(SQL["answer"], [join_id, client_id, status, now, now - ASK_LASTS])
            join = _found(transaction, join_id)
            if join.client_id != client_id:
                raise JoinNotFoundError
            if changed:
                action = "live.admitted" if admit else "live.declined"
                _audit(transaction, join, action, _client_email(transaction, client_id), now)
            return join

        return self._writer.submit(work).result()

    def end(self, join_id: str, why: JoinEnd) -> Join | None:
        """Ends a join that is open; None where it was over already."""
        now = self._clock()

        def work(transaction: Transaction) -> Join | None:
            return _end(transaction, join_id, why, now)

        return self._writer.submit(work).result()

    def end_of_sessions(self, transaction: Transaction, session_ids: Sequence[str]) -> None:
        """Within the transaction that ends these sessions, or takes them off the record."""
        now = self._clock()
        for session_id in session_ids:
            for row in transaction.execute(SQL["open_in"], [session_id]):
                _end(transaction, _join(row).id, JoinEnd.SESSION, now)

    def expire(self, join_id: str) -> Join | None:
        """Nobody answered in time; None where somebody has."""
        now = self._clock()

        def work(transaction: Transaction) -> Join | None:
            if not transaction.execute(SQL["expire"], [join_id, now]):
                return None
            join = _found(transaction, join_id)
            _audit(transaction, join, "live.expired", COACHROOM, now)
            return join

        return self._writer.submit(work).result()

    def note_linked(self, join_id: str) -> None:
        """The two hear and see each other; the first time is kept."""
        now = self._clock()
        self._writer.submit(lambda transaction: transaction.execute(SQL["note_linked"], [join_id, now])).result()

    def find(self, join_id: str) -> Join | None:
        """The join as it is committed."""
        return next((_join(row) for row in self._store.execute(SQL["find_join"], [join_id])), None)

    def open_in(self, session_id: str) -> Join | None:
        """The join of this session that is asked for or admitted."""
        return next((_join(row) for row in self._store.execute(SQL["open_in"], [session_id])), None)

    def of_session(self, session_id: str) -> list[Join]:
        """All joins of this session, the earliest first."""
        return [_join(row) for row in self._store.execute(SQL["of_session"], [session_id])]

    def of_client(self, client_id: str, most: int) -> list[Join]:
        """The latest joins of this client's sessions, the latest first."""
        return [_join(row) for row in self._store.execute(SQL["of_client"], [client_id, most])]

    def all_open(self) -> list[Join]:
        """All joins that are asked for or admitted."""
        return [_join(row) for row in self._store.execute(SQL["all_open"])]

    def acts(self, join_id: str) -> list[JoinAct]:
        """What the coach did, in order."""
        return [_act(row) for row in self._store.execute(SQL["acts"], [join_id])]

    def with_acts(self, session_id: str) -> list[tuple[Join, list[JoinAct]]]:
        """All joins of this session, the earliest first, each with what its coach did, in order."""
        rows = self._store.execute(SQL["with_acts"], [session_id])
        return [
            (_join(each[0][:JOIN_COLUMNS]), [_act(row[JOIN_COLUMNS:]) for row in each if row[-1] is not None])
            for each in (list(rows_of_one) for _, rows_of_one in groupby(rows, key=itemgetter(0)))
        ]

    def act(self, join_id: str, act_id: str, act: Act, text: str | None = None) -> JoinAct:
        """Keeps what the coach does; the one kept first where this id was sent before.

        Raises JoinNotFoundError unless the coach is admitted, InvalidInputError, ActOutOfOrderError,
        TooManyActsError.
        """
        now = self._clock()
        words = required_lines(text, "What you write", WORDS_OF[act].longest) if act in WORDS_OF else None

        def work(transaction: Transaction) -> JoinAct:
            if _found(transaction, join_id).status is not JoinStatus.ADMITTED:
                raise JoinNotFoundError
            for row in transaction.execute(SQL["find_act"], [join_id, act_id]):
                return _act(row)
            acts = [_act(row) for row in transaction.execute(SQL["acts"], [join_id])]
            if not may_follow(mode_after(acts), act):
                raise ActOutOfOrderError
            if len(acts) >= MAX_ACTS:
                raise TooManyActsError
            return _add_act(transaction, JoinAct(join_id, len(acts) + 1, act_id, act, words, now))

        return self._writer.submit(work).result()

    def let_go(self, join_id: str, *, held: timedelta = timedelta()) -> JoinAct | None:
        """Takes over from an AI coach that is held for so long, whatever the coach's page does.

        None where it is not held, or not for so long, or the join is not admitted.
        """
        now = self._clock()

        def work(transaction: Transaction) -> JoinAct | None:
            found = transaction.execute(SQL["find_join"], [join_id])
            if not found or _join(found[0]).status is not JoinStatus.ADMITTED:
                return None
            acts = [_act(row) for row in transaction.execute(SQL["acts"], [join_id])]
            since = held_since(acts)
            if since is None or now - since < held:
                return None
            # An id that no page can have chosen before.
            return _add_act(transaction, JoinAct(join_id, len(acts) + 1, new_id(now), Act.TAKE_OVER, None, now))

        return self._writer.submit(work).result()

    def still_allowed(self, join_id: str) -> bool:
        """Whether the coach is the client's coach, and both are members."""
        return not self._store.execute(SQL["not_allowed"], [[join_id]])

    def due(self, joins: Sequence[Join]) -> list[tuple[Join, JoinEnd | None]]:
        """Of these open joins those to end, with the reason; None for those whose question has expired."""
        now = self._clock()
        if not joins:
            return []
        ids = [join.id for join in joins]
        over = {row[0] for row in self._store.execute(SQL["without_session"], [ids])}
        refused = {row[0] for row in self._store.execute(SQL["not_allowed"], [ids])}
        found: list[tuple[Join, JoinEnd | None]] = []
        for join in joins:
            asked = join.status is JoinStatus.ASKED
            if join.id in over:
                found.append((join, JoinEnd.SESSION))
            elif join.id in refused or (asked and not self.may_ask(join.client_id)):
                found.append((join, JoinEnd.NOT_ALLOWED))
            elif asked and now - join.asked_at >= ASK_LASTS:
                found.append((join, None))
        return found

    def names(self, join_id: str) -> LiveNames:
        """What the two are called. Raises JoinNotFoundError."""
        for client, coach in self._store.execute(SQL["names"], [join_id]):
            return LiveNames(client or "The client", coach or "The human coach")
        raise JoinNotFoundError

    def may_ask(self, client_id: str) -> bool:
        """Whether coaches may ask this client to join their session: yes, until the client says no."""
        return _may_ask(self._store, client_id)

    def set_may_ask(self, client_id: str, may_ask: bool) -> None:
        """The client's own choice."""
        row = [client_id, may_ask, self._clock()]
        self._writer.submit(lambda transaction: transaction.execute(SQL["set_may_ask"], row)).result()


def forget_visit_words(transaction: Transaction, session_id: str) -> None:
    """Within the caller's transaction: of the session's visits stays who came and did what when, but no word."""
    transaction.execute(SQL["forget_acts_words"], [session_id])
    transaction.execute(SQL["forget_reasons"], [session_id])


def _joinable(transaction: Transaction, session_id: str, ensure_allowed: EnsureAllowed) -> str:
    """The client of a session that a coach may ask to join. Raises CoachroomError."""
    found = read_sessions(transaction, [session_id])
    if not found:
        raise JoinNotFoundError
    (session,) = found
    # First, so that nobody learns of a session of somebody else's client.
    ensure_allowed(transaction, session.client_id)
    if session.status.over:
        raise NotAllowedError("This session is over: look at who is in a session now.")
    if session.off_record:
        raise NotAllowedError("This session is off the record: nobody can join it.")
    if session.status is SessionStatus.WAITING:
        raise NotAllowedError("This session has not begun: ask again once the client talks with the AI coach.")
    if session.paused_at is not None:
        raise NotAllowedError("This session is paused: ask again when the client goes on.")
    if was_in_writing(transaction, session_id):
        raise NotAllowedError("This client writes instead of talking: a written session cannot be joined.")
    return session.client_id


def _may_ask(source: Store | Transaction, client_id: str) -> bool:
    found = source.execute(SQL["may_ask"], [client_id])
    return bool(found[0][0]) if found else True


def _end(transaction: Transaction, join_id: str, why: JoinEnd, now: datetime) -> Join | None:
    if not transaction.execute(SQL["end"], [join_id, now, why]):
        return None
    join = _found(transaction, join_id)
    by_hand = {JoinEnd.COACH: join.coach_email, JoinEnd.CLIENT: _client_email(transaction, join.client_id)}
    _audit(transaction, join, "live.ended", by_hand.get(why, COACHROOM), now, why=why)
    return join


def _audit(transaction: Transaction, join: Join, action: str, actor: str, now: datetime, **detail: str) -> None:
    write_audit(
        transaction,
        actor=actor,
        action=action,
        subject=join.client_id,
        detail={"coach": join.coach_email, **detail},
        now=now,
    )


def _client_email(transaction: Transaction, client_id: str) -> str:
    found = transaction.execute(SQL["email_of_client"], [client_id])
    return str(found[0][0]) if found else "client"


def _found(transaction: Transaction, join_id: str) -> Join:
    for row in transaction.execute(SQL["find_join"], [join_id]):
        return _join(row)
    raise JoinNotFoundError


def _join(row: Row) -> Join:
    id, session_id, client_id, coach_email, reason, status, asked_at, answered_at, linked_at, ended_at, why = row
    reached = JoinStatus(status)
    end = JoinEnd(why) if why else None
    return Join(
        id, session_id, client_id, coach_email, reason, reached, asked_at, answered_at, linked_at, ended_at, end
    )  # fmt: skip


def _add_act(transaction: Transaction, act: JoinAct) -> JoinAct:
    transaction.execute(SQL["add_act"], [act.join_id, act.n, act.id, act.act, act.text, act.at])
    return act


def _act(row: Row) -> JoinAct:
    join_id, n, id, act, text, at = row
    return JoinAct(join_id, n, id, Act(act), text, at)
