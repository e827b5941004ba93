"""Which request, session and call the present work is about, for its lines in the log and its spans."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

# By name: request, session, call. Never changed in place.
_ids: ContextVar[Mapping[str, str]] = ContextVar("coachroom_ids", default=MappingProxyType({}))


def present_ids() -> Mapping[str, str]:
    """The ids of what this thread or task works on, by name; those that are not known are left out."""
    return _ids.get()


@contextmanager
def about(**ids: str | None) -> Iterator[None]:
    """While the block lasts, work is about these ids besides those around it. Threads that start copy nothing."""
    token = _ids.set({**_ids.get(), **{name: value for name, value in ids.items() if value is not None}})
    try:
        yield
    finally:
        _ids.reset(token)
