"""Sessions in memory while they are recorded: each one's journal, its turns on disk and its records."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from coachroom.elevenlabs.call_record import CallRecord, from_json
from coachroom.errors import CoachroomError
from coachroom.recording.journal import Journal
from coachroom.recording.limits import DEFAULT_LIMITS, RecordingLimits
from coachroom.recording.reconcile import compose
from coachroom.recording.shared_voice import SharedVoices, nobody_else
from coachroom.recording.turn import Turn, live_turns, load_turns
from coachroom.rooms.session_cache import MAX_SESSIONS_IN_MEMORY
from coachroom.rooms.states import Session
from coachroom.store.statements import load_statements
from coachroom.store.store import Store

SQL = load_statements("coachroom.recording", "session_states.sql")
MAX_IDLE_BYTES = 64 * 1024 * 1024
# What Python takes for a turn beside its text.
BYTES_A_TURN = 2_000
# Each time another process has stored something, so this is not endless anyway.
MAX_STALE = 20

T = TypeVar("T")


class SessionBusyError(CoachroomError):
    """Too many deliveries of one session wait for each other."""

    def __init__(self) -> None:
        super().__init__("This session sends a lot at once. Nothing is lost: it is sent again in a moment.")


class StaleTurnsError(SessionBusyError):
    """Another process has written the session's turns since this one read them: they are read again."""


def claimed(version: int | None) -> int:
    """The version that `Rooms.claim_turns` gave. Raises StaleTurnsError where it gave none."""
    if version is None:
        raise StaleTurnsError
    return version


def until_fresh(work: Callable[[], T]) -> T:
    """Does `work` again where another process was faster. Raises StaleTurnsError where it was MAX_STALE times.

    `work` reads the session's turns first, if they are not known.
    """
    for _ in range(MAX_STALE - 1):
        with suppress(StaleTurnsError):
            return work()
    return work()


@dataclass(frozen=True)
class StoredRecord:
    """A provider's record on disk; `published`: whether the session was rebuilt from it."""

    record: CallRecord
    published: bool
    received_at: datetime
    # Of its text, in characters.
    size: int


@dataclass(frozen=True)
class ReportedChange:
    """A change of a call as the page `epoch` counted it, and its time by our clock; `queued`: it began to wait."""

    epoch: str
    n: int
    at_time: datetime
    queued: bool


@dataclass
class SessionState:
    """One session in memory. `journal` is None until it is read, and again where memory and disk may differ.

    `version`: that of the turns on disk as they are in memory. `last_change`: the latest change of a call that was
    reported.
    """

    lock: threading.Lock = field(default_factory=threading.Lock)
    users: int = 0
    # About how many bytes of memory it takes, as of its last use.
    size: int = 0
    journal: Journal | None = None
    version: int = 0
    on_disk: list[Turn] = field(default_factory=list)
    records: list[StoredRecord] = field(default_factory=list)
    last_change: ReportedChange | None = None

    def measure(self) -> None:
        """Sets `size`."""
        turns = self.journal.size if self.journal else 0
        on_disk = sum(turn.size for turn in self.on_disk) + BYTES_A_TURN * len(self.on_disk)
        self.size = turns + on_disk + sum(stored.size for stored in self.records)

    def forget(self) -> None:
        """What is on disk has changed by other hands: it is read again before it is used."""
        self.journal, self.on_disk, self.records = None, [], []

    @property
    def call_records(self) -> list[CallRecord]:
        return [stored.record for stored in self.records]


class SessionStates:
    """The states by session, each for one caller at a time. Idle entries are evicted, least recently used first.

    They are bounded by their number and by their bytes. An evicted one is read from disk before its next turn is
    stored.
    """

    def __init__(
        self,
        store: Store,
        limits: RecordingLimits = DEFAULT_LIMITS,
        *,
        shared_voices: SharedVoices = nobody_else,
    ) -> None:
        self._store = store
        self.limits = limits
        self._shared_voices = shared_voices
        # Those in use, and the idle ones, least recently used first.
        self._held: dict[str, SessionState] = {}
        self._idle: OrderedDict[str, SessionState] = OrderedDict()
        self._idle_bytes = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """How many sessions are in memory."""
        with self._lock:
            return len(self._held) + len(self._idle)

    def __contains__(self, session_id: str) -> bool:
        with self._lock:
            return session_id in self._held or session_id in self._idle

    @contextmanager
    def hold(self, session_id: str, max_users: int | None = None) -> Iterator[SessionState]:
        """The session's state, locked for the caller until the block ends.

        Raises SessionBusyError where `max_users` have it or wait for it: each keeps a thread from the others.
        """
        with self._lock:
            state = self._held.get(session_id) or self._take(session_id)
            if max_users is not None and state.users >= max_users:
                raise SessionBusyError
            state.users += 1
        try:
            with state.lock:
                try:
                    yield state
                finally:
                    state.measure()
        finally:
            with self._lock:
                state.users -= 1
                if not state.users:
                    self._let_go(session_id)

    def known(self) -> list[str]:
        """The sessions in memory."""
        with self._lock:
            return [*self._held, *self._idle]

    def forget(self, session_id: str) -> None:
        """What is on disk of the session has changed by other hands."""
        if session_id in self:
            with self.hold(session_id) as state:
                state.forget()

    def _take(self, session_id: str) -> SessionState:
        """The idle state, or a new one; it is in use now."""
        state = self._idle.pop(session_id, None)
        if state is None:
            state = SessionState()
        else:
            self._idle_bytes -= state.size
        self._held[session_id] = state
        return state

    def _let_go(self, session_id: str) -> None:
        state = self._idle[session_id] = self._held.pop(session_id)
        self._idle_bytes += state.size
        while len(self._idle) > MAX_SESSIONS_IN_MEMORY or self._idle_bytes > MAX_IDLE_BYTES:
            _, evicted = self._idle.popitem(last=False)
            self._idle_bytes -= evicted.size

    def journal(self, session: Session, state: SessionState) -> Journal:
        """The state's journal, read from disk where memory has none, or one older than `session`, just read."""
        if state.journal is None or state.version != session.turns_version:
            # Not the version that may be there by now: turns newer than their version are read again, older ones not.
            state.version = session.turns_version
            state.on_disk = load_turns(self._store, session.id)
            state.records = self.records(session.id)
            state.journal = Journal(live_turns(state.on_disk), self.limits)
        return state.journal

    def composed(self, session_id: str, state: SessionState, journal: Journal) -> list[Turn]:
        """All turns of the session, of the journal and the state's records."""
        records = state.call_records
        return compose(journal.turns, records, self._shared_voices(session_id) if records else ())

    def coach_may_be_heard(self, session_id: str, at_time: datetime) -> bool:
        """Whether words that the agent heard then may be a human coach's."""
        return any(each.covers(at_time) for each in self._shared_voices(session_id))

    def records(self, session_id: str) -> list[StoredRecord]:
        """The records of the session's calls, as they are on disk."""
        rows = self._store.execute(SQL["list_records"], [session_id])
        return [
            StoredRecord(
                from_json(record, analysis, struck=struck), published, received_at, len(record) + len(analysis or "")
            )
            for record, analysis, struck, published, received_at in rows
        ]
