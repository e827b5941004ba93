"""Sessions in memory while they are recorded: each one's journal, its turns on disk and its records."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from coachroom.elevenlabs.call_record import CallRecord, from_json
from coachroom.recording.journal import Journal
from coachroom.recording.turn import Turn, live_turns, load_turns
from coachroom.store.duck import DuckStore
from coachroom.store.statements import load_statements

SQL = load_statements("coachroom.recording", "session_states.sql")
MAX_IDLE_SESSIONS = 256


@dataclass(frozen=True)
class StoredRecord:
    """A provider's record on disk; `published`: whether the session was rebuilt from it."""

    record: CallRecord
    published: bool
    received_at: datetime


@dataclass
class SessionState:
    """One session in memory. `journal` is None until it is read, and again where memory and disk may differ."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    users: int = 0
    journal: Journal | None = None
    on_disk: list[Turn] = field(default_factory=list)
    records: list[StoredRecord] = field(default_factory=list)

    @property
    def call_records(self) -> list[CallRecord]:
        return [stored.record for stored in self.records]


class SessionStates:
    """The states by session, each for one caller at a time. Idle entries are evicted, least recently used first."""

    def __init__(self, store: DuckStore) -> None:
        self._store = store
        self._states: OrderedDict[str, SessionState] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """How many sessions are in memory."""
        with self._lock:
            return len(self._states)

    def __contains__(self, session_id: str) -> bool:
        with self._lock:
            return session_id in self._states

    @contextmanager
    def hold(self, session_id: str) -> Iterator[SessionState]:
        """The session's state, locked for the caller until the block ends."""
        with self._lock:
            state = self._states.setdefault(session_id, SessionState())
            state.users += 1
        try:
            with state.lock:
                yield state
        finally:
            with self._lock:
                state.users -= 1
                self._states.move_to_end(session_id)
                idle = [key for key, each in self._states.items() if not each.users]
                for key in idle[: max(0, len(idle) - MAX_IDLE_SESSIONS)]:
                    del self._states[key]

    def journal(self, session_id: str, state: SessionState) -> Journal:
        """The state's journal, read from disk where memory has none."""
        if state.journal is None:
            state.on_disk = load_turns(self._store, session_id)
            state.records = self.records(session_id)
            state.journal = Journal(live_turns(state.on_disk))
        return state.journal

    def records(self, session_id: str) -> list[StoredRecord]:
        """The records of the session's calls, as they are on disk."""
        rows = self._store.execute(SQL["list_records"], [session_id])
        return [
            StoredRecord(from_json(record, analysis, struck=struck), published, received_at)
            for record, analysis, struck, published, received_at in rows
        ]
