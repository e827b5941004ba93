"""Looks around at short intervals: who left, whose time is up, which rooms expired."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from coachroom.clock import Clock
from coachroom.rooms.presence import Presence
from coachroom.rooms.rooms import Rooms
from coachroom.rooms.states import EndReason, Session

Ended = Callable[[Session, str | None], None]

RECORD_PRESENCE_EVERY = timedelta(seconds=5)
CLOSE_EXPIRED_EVERY = timedelta(minutes=1)


class Reaper:
    """One `look()` does one round.

    `on_end` is called for each session it ended, with the tab that was in it; `on_lost` with each tab whose session
    another replica has, or has ended.
    """

    def __init__(
        self,
        rooms: Rooms,
        presence: Presence,
        clock: Clock,
        *,
        is_alive: Callable[[str], bool],
        on_end: Ended,
        on_lost: Callable[[str | None], None] = lambda _: None,
    ) -> None:
        self._rooms = rooms
        self._presence = presence
        self._clock = clock
        self._is_alive = is_alive
        self._on_end = on_end
        self._on_lost = on_lost
        self._recorded = self._expired = datetime.min

    def look(self) -> None:
        """One round. Errors of the store reach the caller, who logs them and looks again."""
        now = self._clock()
        sweep = self._presence.sweep(now, self._is_alive, self._rooms.limits.grace)
        gone = [session_id for session_id in sweep.gone if not self._excused(session_id, now)]
        lost: frozenset[str] = frozenset()
        if sweep.seen and (gone or now - self._recorded >= RECORD_PRESENCE_EVERY):
            # The time a client was last seen must be stored before their session is closed.
            lost = self._rooms.seen(sweep.seen)
            self._recorded = now
        for session_id in lost:
            self._on_lost(self._presence.lose(session_id, sweep.seats[session_id]))
        for session_id in gone:
            if session_id not in lost:
                self._end(session_id, EndReason.LEFT)
        for session_id, cause in self._rooms.overdue():
            self._end(session_id, cause)
        if now - self._expired >= CLOSE_EXPIRED_EVERY:
            self._rooms.close_expired()
            self._expired = now

    def _excused(self, session_id: str, now: datetime) -> bool:
        """Whether the session is paused, so that its client may be away; `Rooms.overdue` ends what stays so."""
        session = self._rooms.session(session_id)
        paused = session is not None and session.paused_at is not None and not session.status.over
        if paused:
            self._presence.excuse(session_id, now)
        return paused

    def _end(self, session_id: str, cause: EndReason) -> None:
        # The seat goes last: where the store fails, the next round finds the session here again.
        ended = self._rooms.end(session_id, cause, if_seat_is_here=cause is EndReason.LEFT)
        tab = self._presence.drop(session_id)
        if ended is not None:
            self._on_end(ended, tab)
