"""A cache of sessions: each is read from disk once, until this process changes it."""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from collections.abc import Callable

from coachroom.rooms.states import Session

MAX_SESSIONS = 2_048


class SessionCache:
    """The sessions that were read last. While a transaction changes a session, every read of it goes to disk.

    Correct while one process writes the sessions. Safe to use from many threads.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Session] = OrderedDict()
        self._changing: Counter[str] = Counter()
        # Counts changes: a read that began before a change must not be kept after it.
        self._version = 0

    def get(self, session_id: str, read: Callable[[str], Session | None]) -> Session | None:
        """The session, from memory or else by `read`. Keeps no None."""
        with self._lock:
            found = self._kept.get(session_id)
            if found is not None:
                self._kept.move_to_end(session_id)
                return found
            version = self._version
        session = read(session_id)
        with self._lock:
            if session is not None and version == self._version and not self._changing[session_id]:
                self._kept[session_id] = session
                while len(self._kept) > MAX_SESSIONS:
                    self._kept.popitem(last=False)
        return session

    def __len__(self) -> int:
        """How many sessions are in memory."""
        with self._lock:
            return len(self._kept)

    def begin_change(self, session_id: str) -> None:
        """Before a write. From here to `end_change` the session is read from disk."""
        with self._lock:
            self._changing[session_id] += 1
            self._forget(session_id)

    def end_change(self, session_id: str) -> None:
        """After COMMIT or ROLLBACK."""
        with self._lock:
            self._changing[session_id] -= 1
            if not self._changing[session_id]:
                del self._changing[session_id]
            self._forget(session_id)

    def _forget(self, session_id: str) -> None:
        self._version += 1
        self._kept.pop(session_id, None)
