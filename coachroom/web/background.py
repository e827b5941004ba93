"""What goes on while the server runs: looking after rooms, fetching transcripts after calls and filing them."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from coachroom.app.container import Services
from coachroom.rooms.states import Session
from coachroom.web.runtime import is_alive, request_rerun

log = logging.getLogger(__name__)

# Work that goes on until the event is set.
BackgroundWork = Callable[[Services, threading.Event], None]

LOOK_EVERY_SECONDS = 0.5
FETCH_EVERY_SECONDS = 2.0
REBUILD_EVERY_SECONDS = 0.5
MAX_STOP_SECONDS = 5.0


async def reap_rooms(services: Services) -> None:
    """Ends sessions whose client left or whose time is up, until cancelled."""

    def on_end(_: Session, tab: str | None) -> None:
        request_rerun(tab)

    await run_periodically(services.reaper(is_alive, on_end).look, LOOK_EVERY_SECONDS)


async def fetch_transcripts(services: Services) -> None:
    """Compares finished calls with the provider's record, until cancelled."""
    await run_periodically(services.records.fetch_due, FETCH_EVERY_SECONDS)


async def rebuild_sessions(services: Services) -> None:
    """Rebuilds sessions whose records arrived by webhook, until cancelled."""
    await run_periodically(services.records.rebuild_waiting, REBUILD_EVERY_SECONDS)


@asynccontextmanager
async def background_threads(services: Services, *work: BackgroundWork) -> AsyncIterator[None]:
    """Each in a daemon thread of its own as long as the block lasts; waits at its end for what is in hand."""
    stop = threading.Event()
    threads = [threading.Thread(target=each, args=(services, stop), name=each.__name__, daemon=True) for each in work]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            await asyncio.to_thread(thread.join, MAX_STOP_SECONDS)


async def run_periodically(work: Callable[[], object], seconds: float) -> None:
    while True:
        try:
            await asyncio.to_thread(work)
        except Exception:
            # One bad round must not stop the rounds after it.
            log.exception("background work failed and will be tried again")
        await asyncio.sleep(seconds)
