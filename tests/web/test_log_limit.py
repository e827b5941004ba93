"""However often something fails, its traceback is in the log a few times an hour."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

import pytest

from coachroom.web.log_limit import MAX_PLACES, MAX_TRACEBACKS, PERIOD_SECONDS, TracebackLimit, tracebacks_limited


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Iterator[Clock]:
    clock = Clock()
    before = logging.getLogRecordFactory()
    logging.setLogRecordFactory(TracebackLimit(logging.LogRecord, clock))
    yield clock
    logging.setLogRecordFactory(before)


def fail(error: Exception) -> None:
    try:
        raise error
    except type(error):
        logging.getLogger("tests.log").exception("it failed for %s", "somebody")


def tracebacks(caplog: pytest.LogCaptureFixture) -> int:
    return sum(record.exc_info is not None for record in caplog.records)


def test_a_fault_at_one_place_is_written_out_a_few_times(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(50):
        fail(ValueError("bad"))
    assert tracebacks(caplog) == MAX_TRACEBACKS
    assert len(caplog.records) == 50
    assert caplog.records[-1].getMessage() == ("it failed for somebody: ValueError (its traceback stands further up)")
    fail(KeyError("other"))
    assert tracebacks(caplog) == MAX_TRACEBACKS + 1
    clock.now = PERIOD_SECONDS
    fail(ValueError("bad"))
    assert tracebacks(caplog) == MAX_TRACEBACKS + 2


def test_many_places_take_no_memory_without_end(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    limit = logging.getLogRecordFactory()
    assert isinstance(limit, TracebackLimit)
    for number in range(2 * MAX_PLACES):
        limit(f"tests.{number}", logging.ERROR, "", 1, "m", (), (ValueError, ValueError(), None))
    assert len(limit._seen) == MAX_PLACES


@pytest.mark.parametrize("exc_info", [None, False, (None, None, None)])
def test_a_record_without_an_error_stays_as_it_is(
    clock: Clock, exc_info: object, make: Callable[..., logging.LogRecord] = logging.LogRecord
) -> None:
    record = TracebackLimit(make, clock)("tests", logging.INFO, "", 1, "%s", ("text",), exc_info)
    assert (record.getMessage(), record.exc_info) == ("text", exc_info)


def test_the_limit_is_in_force_for_a_while() -> None:
    before = logging.getLogRecordFactory()
    with tracebacks_limited():
        assert isinstance(logging.getLogRecordFactory(), TracebackLimit)
    assert logging.getLogRecordFactory() is before
