"""Measures a piece of work: its time goes into a histogram, and where tracing is on it is a span.

A span says which kind of work it was, the ids that it was about, and of what class the error was that ended it; never
what the error says.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import Context
from typing import Protocol

from coachroom.traces.context import present_ids
from coachroom.traces.durations import Durations
from coachroom.traces.work import Work

# An id, a number or a name that is ours; never somebody's words.
Detail = str | int | bool

durations = Durations()


class TracedWork(Protocol):
    """A piece of work under way."""

    def note(self, details: Mapping[str, Detail]) -> None:
        """Says more of it."""

    def fail(self, error: BaseException) -> None:
        """It ended by an error of this class."""


class Tracer(Protocol):
    """Whoever takes spans."""

    def start(
        self, work: Work, details: Mapping[str, Detail], causes: Iterable[Context]
    ) -> AbstractContextManager[TracedWork]:
        """A span until the block ends; `causes`: what it was asked for in, each with a span of its own."""

    def trace_id(self) -> str | None:
        """That of the present span, 32 hexadecimal digits."""


class _Untraced:
    def note(self, details: Mapping[str, Detail]) -> None: ...

    def fail(self, error: BaseException) -> None: ...


_UNTRACED = _Untraced()


class _Switch:
    """Whether this process traces, decided once when it starts."""

    tracer: Tracer | None = None


def trace_by(tracer: Tracer | None) -> None:
    """From now on spans go to `tracer`; None: nowhere."""
    _Switch.tracer = tracer


def present_trace_id() -> str | None:
    """The id under which the present work is found among the traces; None where there is none."""
    return None if _Switch.tracer is None else _Switch.tracer.trace_id()


@contextmanager
def measured(work: Work, *, causes: Iterable[Context] = (), **details: Detail | None) -> Iterator[TracedWork]:
    """Measures the block, which is about the present ids and these details."""
    began = time.perf_counter()
    try:
        if _Switch.tracer is None:
            yield _UNTRACED
            return
        known = {name: value for name, value in details.items() if value is not None}
        with _Switch.tracer.start(work, {**present_ids(), **known}, causes) as span:
            try:
                yield span
            except Exception as error:
                span.fail(error)
                raise
    finally:
        durations.add(work, time.perf_counter() - began)
