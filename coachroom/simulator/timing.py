"""Where a call takes its time from, so that a test can run it faster."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime


def aware_utc_now() -> datetime:
    """The time in UTC with its zone, as provider payloads need it; `clock.utc_now` has none."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Timing:
    """Wall clock for what is stored, a monotonic clock for durations, a way to wait."""

    clock: Callable[[], datetime] = aware_utc_now
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
