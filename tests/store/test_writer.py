"""The one writer: what it acknowledges is stored, and one bad write fails alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import datetime

import pytest

from coachroom.errors import NotBegunError, StatementError, StoreClosedError
from coachroom.store.store import Row, Store, Transaction
from coachroom.store.writer import Bulk, Writer

NOW = datetime(2026, 5, 1, 12)
ADD = "INSERT INTO consents VALUES ($1, '1', $2)"
PUT = Bulk(
    "INSERT INTO consents SELECT unnest($1::text[]), unnest($2::text[]), unnest($3::timestamp[]) "
    "ON CONFLICT (client_id, version) DO UPDATE SET given_at = excluded.given_at",
    key=2,
)


@pytest.fixture
def writer(store: Store) -> Iterator[Writer]:
    writer = Writer(store)
    yield writer
    writer.close()


class Stall:
    """Holds the writer inside one write, so that what is submitted meanwhile becomes one batch."""

    def __init__(self, writer: Writer) -> None:
        self._begun = threading.Event()
        self._go = threading.Event()
        self._future = writer.submit(self._work)
        assert self._begun.wait(10)

    def _work(self, _: Transaction) -> None:
        self._begun.set()
        assert self._go.wait(10)

    def release(self) -> None:
        self._go.set()
        self._future.result(10)


def add(writer: Writer, name: str) -> Future[list[Row]]:
    return writer.submit(lambda transaction: transaction.execute(ADD, [name, NOW]))


def names(store: Store) -> list[str]:
    return [name for (name,) in store.execute("SELECT client_id FROM consents ORDER BY client_id")]


def test_what_is_acknowledged_can_be_read_by_everybody(store: Store, writer: Writer) -> None:
    for number in range(20):
        add(writer, f"{number:02}").result(10)
        assert len(names(store)) == number + 1


def test_nothing_is_visible_before_it_is_acknowledged(store: Store, writer: Writer) -> None:
    inserted, go = threading.Event(), threading.Event()

    def work(transaction: Transaction) -> str:
        transaction.execute(ADD, ["a", NOW])
        inserted.set()
        assert go.wait(10)
        return "done"

    future = writer.submit(work)
    assert inserted.wait(10)
    assert names(store) == []
    assert not future.done()
    go.set()
    assert future.result(10) == "done"
    assert names(store) == ["a"]


def test_what_cannot_begin_is_tried_once_for_all_that_waits(store: Store, writer: Writer) -> None:
    stall = Stall(writer)
    futures = [add(writer, name) for name in ("a", "b", "c")]
    tried = []

    def cannot_begin() -> AbstractContextManager[Transaction]:
        tried.append(1)
        raise NotBegunError("no connection")

    with pytest.MonkeyPatch.context() as there:
        there.setattr(store, "transaction", cannot_begin)
        stall.release()
        assert all(isinstance(future.exception(10), NotBegunError) for future in futures)
    assert tried == [1]
    assert writer.failed == 3
    add(writer, "d").result(10)
    assert names(store) == ["d"]


def test_a_bad_write_fails_alone(store: Store, writer: Writer) -> None:
    stall = Stall(writer)
    futures = {name: add(writer, name) for name in ("a", "b", "a", "c")}
    again = add(writer, "b")
    bulk = writer.append(PUT, [("d", "1", NOW)])
    stall.release()
    assert isinstance(again.exception(10), StatementError)
    bulk.result(10)
    futures["c"].result(10)
    assert writer.failed == 2
    assert names(store) == ["a", "b", "c", "d"]
    assert writer.alive


def test_an_error_of_the_work_itself_reaches_its_owner_and_nobody_else(store: Store, writer: Writer) -> None:
    def work(_: Transaction) -> None:
        raise LookupError("mine")

    stall = Stall(writer)
    bad, good = writer.submit(work), add(writer, "a")
    stall.release()
    with pytest.raises(LookupError, match="mine"):
        bad.result(10)
    good.result(10)
    assert names(store) == ["a"]
    assert writer.failed == 0


def test_of_several_rows_with_one_key_the_last_wins(store: Store, writer: Writer) -> None:
    stall = Stall(writer)
    futures = [
        writer.append(PUT, [("a", "1", datetime(2026, 1, day)), ("b", "1", datetime(2026, 2, day))])
        for day in range(1, 9)
    ]
    stall.release()
    for future in futures:
        future.result(10)
    assert store.execute("SELECT client_id, given_at FROM consents ORDER BY client_id") == [
        ("a", datetime(2026, 1, 8)),
        ("b", datetime(2026, 2, 8)),
    ]


def test_an_empty_bulk_is_acknowledged(store: Store, writer: Writer) -> None:
    writer.append(PUT, []).result(10)
    assert names(store) == []


def test_a_write_given_up_before_its_turn_is_not_written(store: Store, writer: Writer) -> None:
    stall = Stall(writer)
    given_up, kept = add(writer, "a"), add(writer, "b")
    assert given_up.cancel()
    stall.release()
    kept.result(10)
    assert names(store) == ["b"]


def test_more_writes_than_a_batch_holds_are_all_written(store: Store, writer: Writer) -> None:
    stall = Stall(writer)
    futures = [writer.append(PUT, [(str(number), "1", NOW)]) for number in range(1300)]
    assert writer.waiting == 1300
    stall.release()
    for future in futures:
        future.result(30)
    assert store.execute("SELECT count(*) FROM consents") == [(1300,)]


def test_closing_loses_nothing_that_was_taken(store: Store) -> None:
    writer = Writer(store)
    taken: list[str] = []
    started = threading.Barrier(17)

    def produce(thread: int) -> None:
        started.wait(10)
        for number in range(10_000):
            name = f"{thread}-{number}"
            try:
                writer.append(PUT, [(name, "1", NOW)])
            except StoreClosedError:
                return
            taken.append(name)

    with ThreadPoolExecutor(16) as pool:
        producers = [pool.submit(produce, thread) for thread in range(16)]
        started.wait(10)
        while len(taken) < 500:
            pass
        writer.close()
        for producer in producers:
            producer.result(10)
    assert names(store) == sorted(taken)


def test_after_closing_writes_are_refused(store: Store) -> None:
    writer = Writer(store)
    writer.close()
    writer.close()
    assert not writer.alive
    with pytest.raises(StoreClosedError):
        add(writer, "a")
    with pytest.raises(StoreClosedError):
        writer.append(PUT, [("a", "1", NOW)])
