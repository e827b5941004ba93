"""The one writer: a thread that commits what queued up while the last commit ran, and acknowledges after COMMIT.

Many rooms write little each. One transaction for all that waits gives several times the throughput of a
transaction each, and no write is acknowledged before it is stored.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from typing import Any, TypeVar

from coachroom.errors import (
    CoachroomError,
    LostCommitError,
    NotBegunError,
    StatementError,
    StoreClosedError,
    StoreError,
)
from coachroom.store.store import Row, Store, Transaction
from coachroom.traces.spans import measured
from coachroom.traces.work import Work

log = logging.getLogger(__name__)

T = TypeVar("T")

MAX_IN_A_BATCH = 512


@dataclass(frozen=True)
class Bulk:
    """A statement that takes whole columns (`unnest($1::text[])`, …), so that many rows cost as much as one.

    `sql` has one parameter a column; the first `key` columns name a row: of several rows with one key in a
    batch the last wins.
    """

    sql: str
    key: int


@dataclass(frozen=True)
class _Item:
    future: Future[Any]
    work: Callable[[Transaction], Any] | None = None
    bulk: Bulk | None = None
    rows: Sequence[Row] = ()
    # What whoever asked for it works on: lines of the log that it writes say so.
    asked_in: Context = field(default_factory=copy_context)


@dataclass(frozen=True)
class _Alone:
    future: Future[Any]
    work: Callable[[], Any]

    def run(self) -> None:
        try:
            self.future.set_result(self.work())
        except Exception as error:
            self.future.set_exception(error)


class Writer:
    """Takes writes from any thread. Everything acknowledged is on disk; everything else may be sent again."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._queue: queue.SimpleQueue[_Item | _Alone | None] = queue.SimpleQueue()
        self._gate = threading.Lock()
        self._closed = False
        self._failed = 0
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether writes are being taken."""
        return not self._closed and self._thread.is_alive()

    @property
    def waiting(self) -> int:
        """How many writes wait for their turn."""
        return self._queue.qsize()

    @property
    def failed(self) -> int:
        """How many writes the database has not taken, as on a full disk, since this writer began."""
        return self._failed

    def submit(self, work: Callable[[Transaction], T]) -> Future[T]:
        """Queues `work`, which runs inside a transaction and may run twice if a neighbour's work fails.

        The future holds what it returned, once committed. Raises StoreClosedError after `close()`.
        """
        future: Future[T] = Future()
        self._put(_Item(future, work=work))
        return future

    def append(self, bulk: Bulk, rows: Sequence[Row]) -> Future[None]:
        """Queues rows for a bulk statement; they are written after the batch's other work."""
        future: Future[None] = Future()
        self._put(_Item(future, bulk=bulk, rows=rows))
        return future

    def run_alone(self, work: Callable[[], T]) -> Future[T]:
        """Queues `work`, which runs outside of any transaction once what was queued before it is committed.

        Later writes wait until it is done. Raises StoreClosedError after `close()`.
        """
        future: Future[T] = Future()
        self._put(_Alone(future, work))
        return future

    def close(self) -> None:
        """Writes everything that was queued, then stops. Later writes raise StoreClosedError."""
        with self._gate:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join()

    def _put(self, item: _Item | _Alone) -> None:
        # The gate keeps a late write from landing behind the stop mark, where nobody would ever answer it.
        with self._gate:
            if self._closed:
                raise StoreClosedError("coachroom is stopping and takes no more writes: try again in a moment.")
            self._queue.put(item)

    def _run(self) -> None:
        running = True
        while running:
            batch: list[_Item] = []
            alone: _Alone | None = None
            item = self._queue.get()
            while item is not None:
                if isinstance(item, _Alone):
                    alone = item
                    break
                batch.append(item)
                if len(batch) == MAX_IN_A_BATCH:
                    break
                try:
                    item = self._queue.get_nowait()
                except queue.Empty:
                    break
            else:
                running = False
            # A future that its owner gave up before we began is not written; from here on it cannot be given up.
            batch = [item for item in batch if item.future.set_running_or_notify_cancel()]
            if batch:
                self._commit(batch)
            if alone is not None and alone.future.set_running_or_notify_cancel():
                alone.run()

    def _commit(self, batch: list[_Item]) -> NotBegunError | None:
        """Why nothing can be written for now, if that is so."""
        try:
            results = self._apply(batch)
        except NotBegunError as error:
            # To try each for itself would take as long for each.
            return self._give_up(batch, error)
        except LostCommitError as error:
            # They may be stored, so none of them is done again.
            log.warning("whether %d writes are stored is not known: %s", len(batch), error.cause)
            self._fail(batch, error)
            return None
        except Exception as error:
            if len(batch) == 1:
                if isinstance(error, StatementError):
                    # What the engine says may hold what was to be written.
                    batch[0].asked_in.run(log.warning, "a write failed: %s", type(error.__cause__ or error).__name__)
                elif not isinstance(error, CoachroomError):
                    batch[0].asked_in.run(log.warning, "a write failed: %s", error)
                self._fail(batch, error)
                return None
            # One bad write must not fail its neighbours.
            for place, item in enumerate(batch, start=1):
                if (not_begun := self._commit([item])) is not None:
                    return self._give_up(batch[place:], not_begun)
            return None
        for item, result in zip(batch, results, strict=True):
            item.future.set_result(result)
        return None

    def _apply(self, batch: list[_Item]) -> list[Any]:
        latest: dict[Bulk, dict[Row, Row]] = {}
        causes = (item.asked_in for item in batch)
        with measured(Work.COMMIT, causes=causes, writes=len(batch)), self._store.transaction() as transaction:
            results: list[Any] = []
            for item in batch:
                if item.work is not None:
                    results.append(item.asked_in.run(item.work, transaction))
                elif item.bulk is not None:
                    rows = latest.setdefault(item.bulk, {})
                    rows.update((row[: item.bulk.key], row) for row in item.rows)
                    results.append(None)
            for bulk, rows in latest.items():
                if rows:
                    columns = [list(column) for column in zip(*rows.values(), strict=True)]
                    transaction.execute(bulk.sql, columns)
        return results

    def _give_up(self, batch: Sequence[_Item], error: NotBegunError) -> NotBegunError:
        if batch:
            log.warning("%d writes could not begin: %s", len(batch), error.cause)
        self._fail(batch, error)
        return error

    def _fail(self, batch: Sequence[_Item], error: Exception) -> None:
        if isinstance(error, StoreError):
            # Before anybody hears of it, who may look here.
            self._failed += len(batch)
        for item in batch:
            item.future.set_exception(error)
