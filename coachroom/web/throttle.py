"""How fast bodies are read, all together: who sends without end must not keep the others from being heard."""

from __future__ import annotations

import asyncio


class Throttle:
    """Lets so many bytes a second pass, and after a rest as many at once. For one event loop."""

    def __init__(self, *, bytes_a_second: float) -> None:
        self._bytes_a_second = bytes_a_second
        self._spent_until = 0.0

    async def take(self, count: int) -> None:
        """Returns when `count` bytes more may be used."""
        now = asyncio.get_running_loop().time()
        self._spent_until = max(self._spent_until, now - 1.0) + count / self._bytes_a_second
        if self._spent_until > now:
            await asyncio.sleep(self._spent_until - now)
