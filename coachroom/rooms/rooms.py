"""A room's life: create, enter, end. Every change is a compare-and-set in the one writer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from coachroom.clock import Clock, new_id, new_secret_id
from coachroom.errors import NotAllowedError, RoomNotFoundError, StoreError
from coachroom.rooms import consent
from coachroom.rooms.session_cache import SessionCache
from coachroom.rooms.states import EndReason, PauseCause, Room, RoomStatus, Session, SessionStatus, ending
from coachroom.rooms.unattended import Unattended
from coachroom.store.replica import ALONE, NewsKind, Replica
from coachroom.store.statements import load_statements
from coachroom.store.store import Row, Store, Transaction
from coachroom.store.writer import Writer

SQL = load_statements("coachroom.rooms", "rooms.sql")
SEATS = load_statements("coachroom.rooms", "seats.sql")
AfterEnd = Callable[[Transaction, Sequence[str]], None]
AgentHungUp = Callable[[Transaction, str], bool]

# A client may make a session longer when no more than this is left.
EXTENDED_BEFORE_END = timedelta(minutes=3)
# How far behind the time a client was last seen may be on record, by the reaper's interval and a slow disk.
MAX_UNSEEN = timedelta(seconds=10)


@dataclass(frozen=True)
class RoomLimits:
    """How long things may last."""

    session: timedelta
    # How much longer a client may make a session, and how often.
    extra: timedelta
    extra_times: int
    grace: timedelta
    room: timedelta
    # How long a pause may last.
    pause: timedelta


class Rooms:
    """All that can happen to rooms and sessions. Blocks until what it says is committed.

    `after_end` writes what others keep of sessions that are over, in the transaction that ended or changed them.
    `agent_hung_up` says whether the agent ended the session's latest call.
    """

    def __init__(
        self,
        store: Store,
        writer: Writer,
        clock: Clock,
        limits: RoomLimits,
        *,
        after_end: AfterEnd,
        agent_hung_up: AgentHungUp,
        replica: Replica = ALONE,
    ) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock
        self.limits = limits
        self.after_end = after_end
        self._agent_hung_up = agent_hung_up
        self._replica = replica
        self._unattended = Unattended()
        self._sessions = SessionCache()

    def create(self, client_id: str) -> Room:
        """The client's open room, or a new one: pressing twice does not make two."""
        now = self._clock()

        def work(transaction: Transaction) -> Room:
            found = transaction.execute(SQL["open_room_of"], [client_id, now])
            if found:
                return _room(found[0])
            room = Room(new_secret_id(), client_id, RoomStatus.OPEN, now, now + self.limits.room)
            transaction.execute(SQL["add_room"], [room.id, client_id, now, room.expires_at])
            return room

        return self._writer.submit(work).result()

    def find(self, room_id: str, client_id: str) -> Room:
        """The open room at this address if it is this client's. Raises RoomNotFoundError, whatever the cause."""
        found = self._store.execute(SQL["find_open_room"], [room_id, client_id])
        # One question after the other costs half of what both at once do, and the second is hardly ever asked.
        if not found or (_room(found[0]).expires_at <= self._clock() and self.open_session_in(room_id) is None):
            raise RoomNotFoundError
        return _room(found[0])

    def open_session_in(self, room_id: str) -> Session | None:
        """The open session in this room."""
        found = self._store.execute(SQL["open_session_in"], [room_id])
        return _session(found[0]) if found else None

    def enter(self, room_id: str, client_id: str, *, off_record: bool = False, tab: str | None = None) -> Session:
        """Begins a session, `off_record` from its first moment if so, or comes back to the one that is open.

        Its seat goes to `tab`, so that other replicas know whose it is.

        Raises RoomNotFoundError, or NotAllowedError where the client has not agreed to the current notice.
        """
        now = self._clock()

        def work(transaction: Transaction) -> Session:
            if not transaction.execute(SQL["find_room"], [room_id, client_id, now]):
                raise RoomNotFoundError
            if not transaction.execute(SQL["has_consent"], [client_id, consent.VERSION]):
                raise NotAllowedError("Please read and accept the notice before you enter the room.")
            found = transaction.execute(SQL["open_session_in"], [room_id])
            if not found:
                transaction.execute(
                    SQL["add_session"], [new_id(now), room_id, client_id, now, now if off_record else None]
                )
                found = transaction.execute(SQL["open_session_in"], [room_id])
            session = _session(found[0])
            if tab is not None and self._replica.shared:
                transaction.execute(SEATS["take_seat"], [session.id, self._replica.seat_of(tab)])
                self._replica.tell(transaction, NewsKind.TAKEN, session.id)
            return session

        return self._writer.submit(work).result()

    def has_seat(self, session_id: str, tab: str | None = None) -> bool:
        """Whether an open session's seat is this replica's, and `tab`'s if one is given. Alone, it always is."""
        if not self._replica.shared:
            return True
        found = self._store.execute(SQL["seat_of"], [session_id])
        return bool(found) and self._is_mine(found[0][0], tab)

    def _is_mine(self, seat: str | None, tab: str | None = None) -> bool:
        if tab is not None:
            return seat == self._replica.seat_of(tab)
        return seat is not None and seat.startswith(self._replica.seats)

    def activate(self, transaction: Transaction, session_id: str, at_time: datetime) -> None:
        """Within the caller's transaction: the coach was reached, which ends a pause.

        Beside that, nothing happens to a session past waiting.
        """
        self._forget_until_over(transaction, session_id)
        transaction.execute(SQL["activate"], [session_id, at_time])
        transaction.execute(SQL["start_clock"], [session_id, at_time])
        self._end_pause(transaction, session_id, at_time)

    def stop_clock(self, transaction: Transaction, session_id: str, at_time: datetime, *, begun: bool) -> None:
        """Within the caller's transaction: a call waits in the provider's queue, and its time is not the session's.

        A session in which nothing was said waits to begin again.
        """
        self._forget_until_over(transaction, session_id)
        if begun:
            transaction.execute(SQL["stop_clock"], [session_id, at_time])
        else:
            transaction.execute(SQL["begin_anew"], [session_id, at_time])

    def start_clock(self, transaction: Transaction, session_id: str, at_time: datetime) -> None:
        """Within the caller's transaction: no call waits any more. Nothing happens while the clock runs."""
        self._forget_until_over(transaction, session_id)
        transaction.execute(SQL["start_clock"], [session_id, at_time])

    def begin_writing(self, transaction: Transaction, session_id: str, at_time: datetime) -> None:
        """Within the caller's transaction: as if the coach was reached, of a session whose client writes instead.

        Raises RoomNotFoundError where the session is over, NotAllowedError where it is off the record.
        """
        found = transaction.execute(SQL["find_session"], [session_id])
        if not found or _session(found[0]).status.over:
            raise RoomNotFoundError
        if _session(found[0]).off_record:
            raise NotAllowedError("This session is off the record: what you write in it would not be kept.")
        self.activate(transaction, session_id, at_time)

    def pause(
        self, transaction: Transaction, session_id: str, pause_id: str, cause: PauseCause, at_time: datetime
    ) -> None:
        """Within the caller's transaction: the session is paused until the coach is reached again.

        Nothing happens to a session that has not begun, or that is paused already.
        """
        self._forget_until_over(transaction, session_id)
        transaction.execute(SQL["add_pause"], [session_id, pause_id, cause, at_time])
        transaction.execute(SQL["note_pauses"], [session_id])

    def paused_until(self, session: Session) -> datetime | None:
        """When a session that is paused ends, unless its client goes on; None while it is not paused."""
        return session.paused_at + self.limits.pause if session.paused_at and not session.status.over else None

    def ends_at(self, session: Session) -> datetime | None:
        """When the session's time is up; None while its clock does not run."""
        if session.status is not SessionStatus.ACTIVE or session.clock_stopped or session.paused_at:
            return None
        session_ends = self._session_ends_at(session)
        return min(session_ends, session.call_ends_at or session_ends)

    def time_left(self, session: Session, now: datetime) -> timedelta:
        """How long the session may still go on; what its call may take of the budget aside."""
        if session.status is not SessionStatus.ACTIVE or session.clock_stopped:
            return self.limits.session + session.extra
        return max(timedelta(), self._session_ends_at(session) - (session.paused_at or now))

    def may_extend(self, session: Session, now: datetime) -> bool:
        """Whether the session is near its end and its client may take more time yet."""
        ends_at = self.ends_at(session)
        near = ends_at is not None and timedelta() < ends_at - now <= EXTENDED_BEFORE_END
        return near and session.extra < self._most_extra

    def extend(self, transaction: Transaction, session_id: str) -> None:
        """Within the caller's transaction: the session may last longer, by what and as often as limits say."""
        self._forget_until_over(transaction, session_id)
        seconds = [each.total_seconds() for each in (self.limits.extra, self._most_extra)]
        transaction.execute(SQL["extend"], [session_id, *seconds])

    @property
    def _most_extra(self) -> timedelta:
        return self.limits.extra * self.limits.extra_times

    def limit_call(self, transaction: Transaction, session_id: str, until: datetime | None) -> None:
        """Within the caller's transaction: the call under way may take up the budget until then."""
        self._forget_until_over(transaction, session_id)
        transaction.execute(SQL["limit_call"], [session_id, until])

    def name_call(self, transaction: Transaction, session_id: str, conversation_id: str) -> None:
        """Within the caller's transaction: stores which call is the session's latest."""
        transaction.execute(SQL["name_call"], [session_id, conversation_id])

    def note_trouble(self, transaction: Transaction, session_id: str) -> None:
        """Within the caller's transaction: the coach could not be reached, so far."""
        self._forget_until_over(transaction, session_id)
        transaction.execute(SQL["note_trouble"], [session_id, EndReason.AGENT_UNREACHABLE])

    def take_off_record(self, transaction: Transaction, session_id: str, at_time: datetime) -> None:
        """Within the caller's transaction: from now on nothing of an open session is kept but its times. For good."""
        self._forget_until_over(transaction, session_id)
        take_open_off_record(transaction, session_id, at_time)
        self._replica.tell(transaction, NewsKind.FORGOTTEN, session_id)

    def expire_turns(self, transaction: Transaction, session_id: str, at_time: datetime) -> bool:
        """Within the caller's transaction: the words of a session that is over are deleted; False where they were."""
        self._forget_until_over(transaction, session_id)
        self._replica.tell(transaction, NewsKind.FORGOTTEN, session_id)
        return bool(transaction.execute(SQL["expire_turns"], [session_id, at_time]))

    def claim_turns(self, transaction: Transaction, session_id: str, version: int) -> int | None:
        """Within the caller's transaction, which writes the session's turns: the version they have from now on.

        None where they are at this `version` no more: another process has written them.
        """
        if not self._store.shared:
            return version
        return version + 1 if transaction.execute(SQL["claim_turns"], [session_id, version]) else None

    def record_agent_unreachable(self, session_id: str) -> None:
        """A call could not begin: a session in which this stays so has failed. Returns once it is on disk."""
        self._writer.submit(lambda transaction: self.note_trouble(transaction, session_id)).result()

    def end(self, session_id: str, cause: EndReason, *, if_seat_is_here: bool = False) -> Session | None:
        """Ends an open session and closes its room; None if it was over already.

        `if_seat_is_here`: None also where another replica has its seat.
        """
        now = self._clock()

        def work(transaction: Transaction) -> Session | None:
            found = transaction.execute(SQL["find_session"], [session_id])
            if not found or _session(found[0]).status.over:
                return None
            if if_seat_is_here and self._replica.shared:
                seat = transaction.execute(SQL["seat_of"], [session_id])
                if not self._is_mine(seat[0][0]):
                    return None
            return self._end(transaction, _session(found[0]), cause, now)

        return self._writer.submit(work).result()

    def recover(self) -> tuple[list[Session], list[Session]]:
        """At start: the sessions it closes, at the time each client was last seen, and those that may go on.

        Whoever was seen until the earlier process stopped, or is in a pause, may come back.
        """
        now = self._clock()
        seen_since = now - self.limits.grace - MAX_UNSEEN

        def work(transaction: Transaction) -> tuple[list[Session], list[Session]]:
            closed: list[Session] = []
            going_on: list[Session] = []
            for row in transaction.execute(SQL["open_sessions"]):
                session = _session(row)
                if session.paused_at is not None or max(session.last_seen_at, session.start_time) >= seen_since:
                    going_on.append(session)
                else:
                    closed.append(self._end(transaction, session, EndReason.SERVER_STOPPED, now))
            return closed, going_on

        return self._writer.submit(work).result()

    def note_camera(self, session_id: str, *, on: bool) -> None:
        """The client has switched their camera on or off, which whatever tab takes the seat goes by."""
        self._writer.submit(lambda transaction: transaction.execute(SQL["note_camera"], [session_id, on])).result()

    def camera_on(self, session_id: str) -> bool | None:
        """How the client last switched their camera in this session; None where that is not known."""
        found = self._store.execute(SQL["camera_on"], [session_id])
        return found[0][0] if found else None

    def seats_here(self) -> list[tuple[str, datetime]]:
        """The open sessions whose seats this replica has, and when their clients were last seen."""
        return [(id, seen_at) for id, seen_at in self._store.execute(SQL["seats_here"], [self._replica.seats])]

    def end_unattended(self) -> list[Session]:
        """Ends the sessions to which no replica attends any more: their clients did not come back from one that died.

        How long that is, is told by the database's clock. For one that leads, which calls it every few seconds.
        """
        try:
            return self._end_unattended()
        except StoreError:
            self._unattended.forget()
            raise

    def _end_unattended(self) -> list[Session]:
        now = self._clock()
        patience = (self.limits.grace + MAX_UNSEEN).total_seconds()
        due = self._unattended.due((id for (id,) in self._store.execute(SEATS["unattended"], [patience])), now)

        def work(transaction: Transaction) -> list[Session]:
            still = {session_id for (session_id,) in transaction.execute(SEATS["unattended"], [patience])}
            sessions = read_sessions(transaction, [session_id for session_id in due if session_id in still])
            return [self._end(transaction, session, EndReason.SERVER_STOPPED, now) for session in sessions]

        return self._writer.submit(work).result() if due else []

    def overdue(self) -> list[tuple[str, EndReason]]:
        """Sessions whose time is up, or their call's budget, or their pause, and those of removed clients."""
        now = self._clock()
        found = self._store.execute(SQL["overdue_sessions"], [now - self.limits.session, now])
        paused = self._store.execute(SQL["paused_too_long"], [now - self.limits.pause])
        removed = self._store.execute(SQL["sessions_of_removed"])
        return [
            *((session_id, EndReason.ADMINISTRATOR) for (session_id,) in removed),
            *((session_id, EndReason.TIME_LIMIT if is_up else EndReason.BUDGET) for session_id, is_up in found),
            *((session_id, EndReason.PAUSE_OVER) for (session_id,) in paused),
        ]

    def close_expired(self) -> None:
        """Closes rooms that nobody entered in time."""
        now = self._clock()
        self._writer.submit(lambda transaction: transaction.execute(SQL["close_expired_rooms"], [now])).result()

    def seen(self, seen_at: Mapping[str, datetime]) -> frozenset[str]:
        """Puts on record when these sessions' clients were last seen; returns once it is on disk.

        Gives those among them whose seat another replica has, or that are over; none where there are no others.
        """
        columns = [list(seen_at.keys()), list(seen_at.values())]

        def work(transaction: Transaction) -> frozenset[str]:
            if self._replica.shared:
                here = transaction.execute(SEATS["seen_here"], [*columns, self._replica.seats])
                return frozenset(seen_at).difference(session_id for (session_id,) in here)
            transaction.execute(SQL["seen"], columns)
            return frozenset()

        lost = self._writer.submit(work).result()
        # Clients are seen every few seconds: reading their sessions anew each time costs more than storing turns.
        self._sessions.note_seen(seen_at)
        return lost

    def session(self, session_id: str) -> Session | None:
        """The session as it is committed."""
        if self._store.shared:
            # Another process may change it at any time.
            return self._read_session(session_id)
        return self._sessions.get(session_id, self._read_session)

    def _read_session(self, session_id: str) -> Session | None:
        found = self._store.execute(SQL["find_session"], [session_id])
        return _session(found[0]) if found else None

    def own_session(self, session_id: str, client_id: str) -> Session:
        """One of the client's own sessions. Raises RoomNotFoundError for any other."""
        found = self._store.execute(SQL["own_session"], [session_id, client_id])
        if not found:
            raise RoomNotFoundError
        return _session(found[0])

    def last_session_in(self, room_id: str, client_id: str) -> Session | None:
        """The client's own latest session in this room; None where they had none."""
        found = self._store.execute(SQL["last_session_in"], [room_id, client_id])
        return _session(found[0]) if found else None

    def sessions_of(self, client_id: str, most: int = 50) -> list[Session]:
        """The client's sessions, latest first."""
        return [_session(row) for row in self._store.execute(SQL["sessions_of"], [client_id, most])]

    def has_consent(self, client_id: str) -> bool:
        """Whether the client agreed to the notice in its current version."""
        return bool(self._store.execute(SQL["has_consent"], [client_id, consent.VERSION]))

    def give_consent(self, client_id: str) -> None:
        """The client agrees to the notice in its current version."""
        now = self._clock()
        self._writer.submit(
            lambda transaction: transaction.execute(SQL["give_consent"], [client_id, consent.VERSION, now])
        ).result()

    def withdraw_consent(self, client_id: str) -> None:
        """The client takes their agreement back: before the next session it is asked for again."""
        now = self._clock()

        def work(transaction: Transaction) -> None:
            transaction.execute(SQL["keep_withdrawn"], [client_id, now])
            transaction.execute(SQL["withdraw_consent"], [client_id])

        self._writer.submit(work).result()

    def consent_given_at(self, client_id: str) -> datetime | None:
        """When the client agreed to the current notice; None where they have not, or took it back."""
        found = self._store.execute(SQL["has_consent"], [client_id, consent.VERSION])
        return found[0][0] if found else None

    def _end(self, transaction: Transaction, session: Session, cause: EndReason, now: datetime) -> Session:
        self._forget_until_over(transaction, session.id)
        end = ending(session, cause, now, agent_hung_up=self._agent_hung_up(transaction, session.id))
        self._end_pause(transaction, session.id, end.at_time)
        transaction.execute(SQL["end_session"], [session.id, end.status, end.reason, end.at_time])
        transaction.execute(SQL["close_room"], [session.room_id, now])
        self._replica.tell(transaction, NewsKind.ENDED, session.id)
        self.after_end(transaction, [session.id])
        return _session(transaction.execute(SQL["find_session"], [session.id])[0])

    def _end_pause(self, transaction: Transaction, session_id: str, at_time: datetime) -> None:
        transaction.execute(SQL["end_pause"], [session_id, at_time])
        transaction.execute(SQL["note_pauses"], [session_id])

    def _session_ends_at(self, session: Session) -> datetime:
        return session.start_time + session.waited + session.paused + self.limits.session + session.extra

    def forget(self, transaction: Transaction, session_ids: Iterable[str]) -> None:
        """For whoever deletes sessions in `transaction`: memory does not answer for them any more."""
        for session_id in session_ids:
            self._forget_until_over(transaction, session_id)
            self._replica.tell(transaction, NewsKind.FORGOTTEN, session_id)

    def _forget_until_over(self, transaction: Transaction, session_id: str) -> None:
        """Memory answers for this session again only after the transaction's COMMIT or ROLLBACK."""
        self._sessions.begin_change(session_id)
        transaction.afterwards(lambda: self._sessions.end_change(session_id))


def read_sessions(transaction: Transaction, session_ids: Sequence[str]) -> list[Session]:
    """Within the caller's transaction: those of these sessions that there are."""
    return [_session(row) for row in transaction.execute(SQL["some_sessions"], [list(session_ids)])]


def unname_call(transaction: Transaction, session_id: str) -> None:
    """Within the caller's transaction, which ended the session: it knows of no call any more."""
    transaction.execute(SQL["unname_call"], [session_id])


def take_open_off_record(transaction: Transaction, session_id: str, at_time: datetime) -> None:
    """Within the caller's transaction: what `Rooms.take_off_record` stores, for callers that have no `Rooms`."""
    transaction.execute(SQL["take_off_record"], [session_id, at_time])


def mark_off_record(transaction: Transaction, session_id: str, at_time: datetime) -> None:
    """Within the caller's transaction: takes a session that is over off the record again, as after a restore."""
    transaction.execute(SQL["mark_off_record"], [session_id, at_time])


def _room(row: Row) -> Room:
    room_id, client_id, status, created_at, expires_at = row
    return Room(room_id, client_id, RoomStatus(status), created_at, expires_at)


def _session(row: Row) -> Session:
    (session_id, room_id, client_id, start_time, end_time, status, end_reason, last_seen_at, *clock) = row
    (
        stopped,
        seconds,
        call_ends_at,
        extra_seconds,
        paused_at,
        paused_seconds,
        off_record_at,
        expired_at,
        turns_version,
    ) = clock
    return Session(
        session_id,
        room_id,
        client_id,
        start_time,
        end_time,
        SessionStatus(status),
        end_reason,
        last_seen_at,
        clock_stopped=bool(stopped),
        waited=timedelta(seconds=seconds or 0),
        call_ends_at=call_ends_at,
        extra=timedelta(seconds=extra_seconds or 0),
        paused_at=paused_at,
        paused=timedelta(seconds=paused_seconds or 0),
        off_record_at=off_record_at,
        turns_expired_at=expired_at,
        turns_version=turns_version or 0,
    )
