"""Who is in which room right now: one seat a session, held by one browser tab.

A tab is known by its Streamlit session. Whether it is there is asked of its socket, never of the browser:
timers in hidden tabs sleep, sockets do not.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from types import MappingProxyType


@dataclass
class _Seat:
    tab: str | None
    last_seen: datetime
    # Since when the grace period runs, where that is later: after a pause or a restart nobody was absent before.
    missed_from: datetime
    there: bool = True
    webrtc: bool = False
    # Which of all seats that were ever given this one is.
    number: int = 0


@dataclass(frozen=True)
class Sweep:
    """What one look around found: who is there, and who stayed away longer than the grace period.

    `seats`: the numbers of the seats.
    """

    seen: Mapping[str, datetime]
    gone: tuple[str, ...]
    seats: Mapping[str, int]


class Presence:
    """The seats, by session id. Safe to use from many threads."""

    def __init__(self) -> None:
        self._seats: dict[str, _Seat] = {}
        self._numbers = count(1)
        self._lock = threading.Lock()

    def take(self, session_id: str, tab: str, now: datetime) -> str | None:
        """Gives the seat to `tab`; returns the tab that had it, if that was another one."""
        with self._lock:
            seat = self._seats.get(session_id)
            before = seat.tab if seat else None
            self._seats[session_id] = _Seat(tab, now, now, number=next(self._numbers))
            return before if before != tab else None

    def expect(self, session_id: str, last_seen: datetime, now: datetime) -> None:
        """After a restart: the client may come back within the grace period, which begins now."""
        with self._lock:
            self._seats[session_id] = _Seat(None, last_seen, now, there=False, number=next(self._numbers))

    def holder(self, session_id: str) -> str | None:
        """The tab that has the seat now."""
        with self._lock:
            seat = self._seats.get(session_id)
            return seat.tab if seat else None

    def claim_webrtc(self, session_id: str, *, most: int) -> bool:
        """Whether this seat's self-view may go through the server, of which `most` can do so at once."""
        with self._lock:
            seat = self._seats.get(session_id)
            if seat is None:
                return False
            others = sum(other.webrtc for key, other in self._seats.items() if key != session_id)
            seat.webrtc = others < most
            return seat.webrtc

    def leave(self, tab: str, now: datetime) -> None:
        """The tab shows something else now; the session may be taken up again within the grace period."""
        with self._lock:
            for seat in self._seats.values():
                if seat.tab == tab:
                    seat.tab, seat.last_seen, seat.missed_from, seat.there = None, now, now, False

    def drop(self, session_id: str) -> str | None:
        """Removes the seat of a session that is over; returns the tab that had it."""
        with self._lock:
            seat = self._seats.pop(session_id, None)
            return seat.tab if seat else None

    def seats(self) -> Mapping[str, int]:
        """The sessions that have a seat, and its number."""
        with self._lock:
            return {session_id: seat.number for session_id, seat in self._seats.items()}

    def lose(self, session_id: str, number: int) -> str | None:
        """Removes this seat, if no later one was given, as another replica has the session; the tab that had it."""
        with self._lock:
            seat = self._seats.get(session_id)
            if seat is None or seat.number != number:
                return None
            return self._seats.pop(session_id).tab

    def sweep(self, now: datetime, is_alive: Callable[[str], bool], grace: timedelta) -> Sweep:
        """Says who is there and who is gone for good.

        A tab whose connection broke keeps its seat until then: it may come back without running its page again.
        """
        seen: dict[str, datetime] = {}
        gone: list[str] = []
        with self._lock:
            seats = {session_id: seat.number for session_id, seat in self._seats.items()}
            for session_id, seat in self._seats.items():
                seat.there = seat.tab is not None and is_alive(seat.tab)
                if seat.there:
                    seat.last_seen = now
                elif now - max(seat.last_seen, seat.missed_from) > grace:
                    gone.append(session_id)
                seen[session_id] = seat.last_seen
        return Sweep(MappingProxyType(seen), tuple(gone), seats)

    def excuse(self, session_id: str, now: datetime) -> None:
        """Who is away in a pause is not absent: from here on the grace period begins anew."""
        with self._lock:
            seat = self._seats.get(session_id)
            if seat is not None:
                seat.missed_from = now

    @property
    def quiet(self) -> bool:
        """Whether nobody is in a room, nor may come back into one."""
        with self._lock:
            return not self._seats

    def __len__(self) -> int:
        """How many people are in their rooms."""
        with self._lock:
            return sum(seat.there for seat in self._seats.values())
