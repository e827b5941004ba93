"""A fault that somebody can bring about at will must not fill the log with its traceback."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

MAX_TRACEBACKS = 3
PERIOD_SECONDS = 3600.0
MAX_PLACES = 1000

_Place = tuple[str, type[BaseException], str, int]


class TracebackLimit:
    """Makes log records as `make` does, but gives each place MAX_TRACEBACKS a period; later records have one line."""

    def __init__(self, make: Callable[..., logging.LogRecord], clock: Callable[[], float] = time.monotonic) -> None:
        self._make = make
        self._clock = clock
        # When the period of a place began, and how often it has failed since; the oldest period first.
        self._seen: OrderedDict[_Place, tuple[float, int]] = OrderedDict()

    def __call__(self, *args: Any, **more: Any) -> logging.LogRecord:
        """A record, without its traceback where that has been logged often enough."""
        record = self._make(*args, **more)
        if not isinstance(record.exc_info, tuple) or record.exc_info[1] is None:
            return record
        _, error, where = record.exc_info
        if self._count((record.name, type(error), *_last_line(where))) > MAX_TRACEBACKS:
            record.msg = f"{record.getMessage()}: {type(error).__name__} (its traceback stands further up)"
            record.args, record.exc_info = (), None
        return record

    def _count(self, place: _Place) -> int:
        now = self._clock()
        began, times = self._seen.get(place, (now, 0))
        if now - began >= PERIOD_SECONDS:
            self._seen.pop(place)
            began, times = now, 0
        self._seen[place] = (began, times + 1)
        while len(self._seen) > MAX_PLACES:
            self._seen.popitem(last=False)
        return times + 1


@contextmanager
def tracebacks_limited() -> Iterator[None]:
    """Keeps the limit in force for every logger of this process while the block lasts."""
    before = logging.getLogRecordFactory()
    logging.setLogRecordFactory(TracebackLimit(before))
    try:
        yield
    finally:
        logging.setLogRecordFactory(before)


def _last_line(where: TracebackType | None) -> tuple[str, int]:
    if where is None:
        return "", 0
    while where.tb_next is not None:
        where = where.tb_next
    return where.tb_frame.f_code.co_filename, where.tb_lineno
