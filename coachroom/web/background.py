"""What runs beside the server: ending rooms, fetching transcripts, rebuilding sessions, deleting old downloads."""

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

# Runs until the event is set.
BackgroundWork = Callable[[Services, threading.Event], None]

LOOK_EVERY_SECONDS = 0.5
FETCH_EVERY_SECONDS = 2.0
REBUILD_EVERY_SECONDS = 0.5
SWEEP_EVERY_SECONDS = 30.0
MAX_STOP_SECONDS = 5.0


async def reap_rooms(services: Services) -> None:
    """Ends sessions whose client left or whose time is up, until cancelled."""

    def on_end(_: Session, tab: str | None) -> None:
        request_rerun(tab)

    await run_periodically(services.sessions.reaper(is_alive, on_end).look, LOOK_EVERY_SECONDS)


async def fetch_transcripts(services: Services) -> None:
    """Compares finished calls with the provider's record, until cancelled."""
    await run_periodically(services.records.fetch_due, FETCH_EVERY_SECONDS)


async def rebuild_sessions(services: Services) -> None:
    """Rebuilds sessions whose records arrived by webhook, until cancelled."""
    await run_periodically(services.records.rebuild_waiting, REBUILD_EVERY_SECONDS)


async def sweep_downloads(services: Services) -> None:
    """Deletes downloads that have expired, until cancelled."""
    await run_periodically(services.downloads.sweep, SWEEP_EVERY_SECONDS)


@asynccontextmanager
async def background_threads(services: Services, *work: BackgroundWork) -> AsyncIterator[None]:
    """Runs each in a daemon thread of its own while the block lasts; at its end waits up to MAX_STOP_SECONDS."""
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
    """Calls `work` in a thread, again and again with a pause of `seconds`, until cancelled."""
    while True:
        try:
            await asyncio.to_thread(work)
        except Exception:
            # A round that fails must not end the later ones.
            log.exception("background work failed and will be tried again")
        await asyncio.sleep(seconds)
