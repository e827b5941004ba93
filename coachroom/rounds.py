"""A round of work in the background, which breaks off where another replica does such work by now."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_is_over: ContextVar[Callable[[], bool]] = ContextVar("coachroom_round_is_over", default=lambda: False)


def round_is_over() -> bool:
    """Whether the round that this thread is in should begin nothing more; False outside of any round."""
    return _is_over.get()()


@contextmanager
def round_until(is_over: Callable[[], bool]) -> Iterator[None]:
    """While the block lasts, what it calls is one round, over once `is_over`. Threads that start are in none."""
    token = _is_over.set(is_over)
    try:
        yield
    finally:
        _is_over.reset(token)
