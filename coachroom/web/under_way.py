"""How many requests are being received at once, from each sender and in all, and how many bytes they hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from coachroom.web.refusals import TooManyAtOnceError

RETRY_SECONDS = 5.0
MIB = 1024 * 1024


class Reception:
    """One request that is being received."""

    def __init__(self, of: UnderWay, sender: str) -> None:
        self._of = of
        self._sender = sender
        self._counted = True
        self._bytes = 0

    def hold(self, count: int) -> None:
        """Keeps so many bytes more in memory. Raises TooManyAtOnceError where all hold as many as they may."""
        self._of.hold(count)
        self._bytes += count

    def drop(self) -> None:
        """Lets go of the bytes held so far."""
        self._of.release(self._bytes)
        self._bytes = 0

    def received(self) -> None:
        """Its body has come as a whole: it counts no more, though its bytes are held."""
        if self._counted:
            self._of.leave(self._sender)
            self._counted = False


class UnderWay:
    """Takes at most `in_all` requests at once, `from_each` of one sender, and `max_bytes` of memory for all.

    For one event loop. Memory grows with the requests under way, never with the senders there have been.
    """

    def __init__(self, *, in_all: int, from_each: int, max_bytes: int) -> None:
        self._in_all = in_all
        self._from_each = from_each
        self._max_bytes = max_bytes
        self._senders: Counter[str] = Counter()
        self.count = 0
        self.bytes = 0

    @contextmanager
    def one(self, sender: str) -> Iterator[Reception]:
        """One more from this sender, while the block runs. Raises TooManyAtOnceError."""
        if self.count >= self._in_all or self._senders[sender] >= self._from_each:
            raise TooManyAtOnceError(RETRY_SECONDS)
        self.count += 1
        self._senders[sender] += 1
        reception = Reception(self, sender)
        try:
            yield reception
        finally:
            reception.received()
            reception.drop()

    def hold(self, count: int) -> None:
        """Called by a reception."""
        if self.bytes + count > self._max_bytes:
            raise TooManyAtOnceError(RETRY_SECONDS)
        self.bytes += count

    def release(self, count: int) -> None:
        """Called by a reception."""
        self.bytes -= count

    def leave(self, sender: str) -> None:
        """Called by a reception."""
        self.count -= 1
        self._senders[sender] -= 1
        if not self._senders[sender]:
            del self._senders[sender]
