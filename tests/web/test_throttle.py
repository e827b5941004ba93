"""Bodies share what is read in a second."""

from __future__ import annotations

import asyncio
import time

from coachroom.web.throttle import Throttle


async def _seconds(throttle: Throttle, *counts: int) -> float:
    began = time.monotonic()
    await asyncio.gather(*(throttle.take(count) for count in counts))
    return time.monotonic() - began


def test_after_a_rest_one_seconds_bytes_pass_at_once_and_all_others_wait_together() -> None:
    async def taken() -> tuple[float, float]:
        throttle = Throttle(bytes_a_second=1_000_000)
        return await _seconds(throttle, 1_000_000), await _seconds(throttle, 100_000, 100_000, 100_000)

    at_once, together = asyncio.run(taken())
    assert at_once < 0.1
    assert together >= 0.29


def test_a_long_rest_saves_no_more_than_one_second() -> None:
    async def taken() -> float:
        throttle = Throttle(bytes_a_second=1_000_000)
        await throttle.take(1)
        await asyncio.sleep(1.2)
        return await _seconds(throttle, 1_300_000)

    assert asyncio.run(taken()) >= 0.29
