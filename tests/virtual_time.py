"""An event loop whose time passes by waiting alone: an hour takes no time, and comes out the same each time."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any


class VirtualLoop(asyncio.SelectorEventLoop):
    """Jumps to the next timer whenever nothing else is to be done. Begins at 0 seconds."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0
        wait_for_files = self._selector.select

        def select(timeout: float | None = None) -> list[Any]:
            ready = wait_for_files(0)
            if not ready:
                if timeout is None:
                    raise RuntimeError("Everything waits for something that never comes.")
                self._now += timeout
            return ready

        self._selector.select = select

    def time(self) -> float:
        return self._now


def run_virtually(work: Coroutine[Any, Any, Any]) -> Any:
    """The result of `work`, run in virtual time."""
    loop = VirtualLoop()
    try:
        return loop.run_until_complete(work)
    finally:
        loop.close()
