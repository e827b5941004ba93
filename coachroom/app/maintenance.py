"""What an operator does to the database of the running app: reading, writing among the others, and compacting."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from coachroom.clock import Clock
from coachroom.metrics.due_facts import DueFacts
from coachroom.privacy.erasures import COMPACTED_WITHIN, Erasures
from coachroom.store.compact import Compaction, compact
from coachroom.store.duck import require_duck
from coachroom.store.store import Store, Transaction
from coachroom.store.writer import Writer

T = TypeVar("T")


class Maintenance:
    """Safe to use from many threads. `erasures`: the database's list of who was erased."""

    def __init__(self, store: Store, writer: Writer, erasures: Erasures, clock: Clock) -> None:
        self._store = store
        self._writer = writer
        self.erasures = erasures
        self._clock = clock

    @property
    def store(self) -> Store:
        """For reading only: every write goes through `write`."""
        return self._store

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Runs `work` in a transaction; returns once it is on disk."""
        return self._writer.submit(work).result()

    def facts(self) -> DueFacts:
        """What makes facts where no app does."""
        return DueFacts(self._store, self._writer, self._clock)

    def compact(self) -> Compaction:
        """Copies the database into a new file without what was deleted, while writes wait. Raises StoreError."""
        store = require_duck(self._store, "VACUUM FULL, at a quiet time, takes off its disk what was deleted.")

        def work() -> Compaction:
            done = compact(store)
            self.erasures.note_compaction(self._clock())
            return done

        return self._writer.run_alone(work).result()

    def compact_where_due(self, *, quiet: bool) -> Compaction | None:
        """Compacts where somebody was erased since: when it is `quiet`, or once the time for it runs out."""
        erased_at = None if self._store.shared else self.erasures.uncompacted_since()
        if erased_at is None or not (quiet or self._clock() > erased_at + COMPACTED_WITHIN - timedelta(days=1)):
            return None
        return self.compact()
