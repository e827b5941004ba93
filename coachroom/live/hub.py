"""The open sockets of visits, in memory: one of each side, of which the newest wins."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Any, Protocol

from coachroom.live.messages import Side
from coachroom.live.states import Join

# How many answers to orders are remembered, for pages that ask again.
MAX_DONE = 100


class LiveClose(IntEnum):
    """Why a socket was closed; pages come back only after other codes."""

    NOT_ALLOWED = 1008
    # The page does not take what it is sent; it may come back.
    TOO_SLOW = 1013
    TAKEN_OVER = 4001
    OVER = 4002
    TOO_MUCH = 4008


class LiveSocket(Protocol):
    """An open socket, from any thread; neither call waits."""

    def send(self, message: Mapping[str, Any]) -> None: ...

    def close(self, code: LiveClose, reason: str = "") -> None: ...


@dataclass
class _Seats:
    """The two sockets of one visit, and what is known of it as long as one of them is open."""

    join: Join
    sockets: dict[Side, LiveSocket] = field(default_factory=dict)
    done: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    linked: bool = False
    # Whether the coach's page says that its microphone leaves out its loudspeaker.
    echo_cancelled: bool = False


class LiveHub:
    """Safe to use from many threads."""

    def __init__(self) -> None:
        self._visits: dict[str, _Seats] = {}
        # Since when one of the two pages of an admitted visit is away.
        self._apart_since: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def enter(self, join: Join, side: Side, socket: LiveSocket, hello: Mapping[str, Any]) -> None:
        """Gives the side's seat to this socket, closing an older one.

        The first it is told is `hello`, with `peer`: whether the other side is there.
        """
        with self._lock:
            seats = self._visits.setdefault(join.id, _Seats(join))
            seats.join = join
            older = seats.sockets.get(side)
            seats.sockets[side] = socket
            if side is Side.COACH:
                seats.echo_cancelled = False
            # Before anybody else can tell it anything.
            socket.send({**hello, "peer": side.other in seats.sockets})
        if older is not None:
            older.close(LiveClose.TAKEN_OVER)

    def leave(self, join_id: str, side: Side, socket: LiveSocket) -> bool:
        """Takes the socket out; False where another one has its seat."""
        with self._lock:
            seats = self._visits.get(join_id)
            if seats is None or seats.sockets.get(side) is not socket:
                return False
            del seats.sockets[side]
            if not seats.sockets:
                del self._visits[join_id]
            return True

    def note(self, join: Join) -> None:
        """The join has changed."""
        with self._lock:
            if join.id in self._visits:
                self._visits[join.id].join = join

    def join(self, join_id: str) -> Join | None:
        """The join as it was noted last; None where nobody has a socket."""
        with self._lock:
            seats = self._visits.get(join_id)
            return seats.join if seats else None

    def joins(self) -> list[Join]:
        """Those with at least one open socket."""
        with self._lock:
            return [seats.join for seats in self._visits.values()]

    def here(self, join_id: str, side: Side) -> bool:
        """Whether this side has an open socket."""
        with self._lock:
            return join_id in self._visits and side in self._visits[join_id].sockets

    def holds(self, join_id: str, side: Side, socket: LiveSocket) -> bool:
        """Whether this very socket has the side's seat."""
        with self._lock:
            seats = self._visits.get(join_id)
            return seats is not None and seats.sockets.get(side) is socket

    def tell(self, join_id: str, side: Side, message: Mapping[str, Any]) -> bool:
        """Sends a message to this side; False where it is away."""
        with self._lock:
            seats = self._visits.get(join_id)
            socket = seats.sockets.get(side) if seats else None
        if socket is not None:
            socket.send(message)
        return socket is not None

    def tell_both(self, join_id: str, message: Mapping[str, Any]) -> None:
        for side in Side:
            self.tell(join_id, side, message)

    def close(self, join_id: str, code: LiveClose, reason: str = "") -> None:
        """Closes the sockets of both sides."""
        with self._lock:
            seats = self._visits.pop(join_id, None)
            self._apart_since.pop(join_id, None)
        for socket in seats.sockets.values() if seats else ():
            socket.close(code, reason)

    def first_linked(self, join_id: str) -> bool:
        """Whether this is the first word, since the sockets opened, that the two are linked."""
        with self._lock:
            seats = self._visits.get(join_id)
            if seats is None or seats.linked:
                return False
            seats.linked = True
            return True

    def note_echo(self, join_id: str, *, cancelled: bool) -> None:
        """What the coach's page says of its microphone."""
        with self._lock:
            if join_id in self._visits:
                self._visits[join_id].echo_cancelled = cancelled

    def cancels_echo(self, join_id: str) -> bool:
        """Whether the AI coach may hear the coach without hearing itself."""
        with self._lock:
            return join_id in self._visits and self._visits[join_id].echo_cancelled

    def keep_done(self, join_id: str, order_id: str, message: Mapping[str, Any]) -> None:
        """Remembers what came of an order."""
        with self._lock:
            seats = self._visits.get(join_id)
            if seats is not None:
                seats.done[order_id] = message
                while len(seats.done) > MAX_DONE:
                    del seats.done[next(iter(seats.done))]

    def done(self, join_id: str, order_id: str) -> Mapping[str, Any] | None:
        """What came of an order, as far as it is remembered."""
        with self._lock:
            seats = self._visits.get(join_id)
            return seats.done.get(order_id) if seats else None

    def apart_since(self, join_ids: set[str], now: datetime) -> Mapping[str, datetime]:
        """Of these admitted visits, those where a page is away, and since when it was seen to be."""
        with self._lock:
            apart = {
                join_id
                for join_id in join_ids
                if join_id not in self._visits or len(self._visits[join_id].sockets) < len(Side)
            }
            self._apart_since = {join_id: self._apart_since.get(join_id, now) for join_id in apart}
            return dict(self._apart_since)
