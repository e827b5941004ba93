"""A cache of sessions: each is read from disk once, until this process changes it."""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from coachroom.rooms.states import Session

# More than one process has open rooms. What is kept in memory of sessions is bounded by it, here and above.
MAX_SESSIONS_IN_MEMORY = 2_048


class SessionCache:
    """The sessions that were read last. While a transaction changes a session, every read of it goes to disk.

    Correct while one process writes the sessions. Safe to use from many threads.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Session] = OrderedDict()
        self._changing: Counter[str] = Counter()
        # The reads of each session under way. One that began before a change of it must not be kept.
        self._reads: dict[str, set[object]] = {}

    def get(self, session_id: str, read: Callable[[str], Session | None]) -> Session | None:
        """The session, from memory or else by `read`. Keeps no None."""
        with self._lock:
            found = self._kept.get(session_id)
            if found is not None:
                self._kept.move_to_end(session_id)
                return found
            mine = object()
            self._reads.setdefault(session_id, set()).add(mine)
        session = None
        try:
            session = read(session_id)
        finally:
            with self._lock:
                self._end_read(session_id, mine, session)
        return session

    def _end_read(self, session_id: str, mine: object, session: Session | None) -> None:
        reads = self._reads.get(session_id, set())
        if mine not in reads:
            return
        reads.remove(mine)
        if not reads:
            del self._reads[session_id]
        if session is not None and not self._changing[session_id]:
            self._kept[session_id] = session
            while len(self._kept) > MAX_SESSIONS_IN_MEMORY:
                self._kept.popitem(last=False)

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

    def note_seen(self, seen_at: Mapping[str, datetime]) -> None:
        """After COMMIT: when clients were last seen has changed, and nothing else."""
        with self._lock:
            for session_id, seen in seen_at.items():
                # A read under way may have been before it.
                self._reads.pop(session_id, None)
                kept = self._kept.get(session_id)
                if kept is not None and not kept.status.over and kept.last_seen_at < seen:
                    self._kept[session_id] = replace(kept, last_seen_at=seen)

    def _forget(self, session_id: str) -> None:
        self._reads.pop(session_id, None)
        self._kept.pop(session_id, None)
