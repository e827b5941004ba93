"""What goes on while the server runs: looking after rooms, and fetching transcripts after calls."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from coachroom.rooms.states import Session
from coachroom.services import Services
from coachroom.web.runtime import is_alive, nudge

log = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 0.5
FETCH_EVERY_SECONDS = 2.0


async def look_after_rooms(house: Services) -> None:
    """Ends visits whose client left or whose time is up, until cancelled."""

    def on_end(_: Session, tab: str | None) -> None:
        nudge(tab)

    await _again_and_again(house.reaper(is_alive, on_end).look, LOOK_EVERY_SECONDS)


async def fetch_transcripts(house: Services) -> None:
    """Compares finished calls with the provider's record, until cancelled."""
    await _again_and_again(house.records.fetch_due, FETCH_EVERY_SECONDS)


async def _again_and_again(work: Callable[[], object], seconds: float) -> None:
    while True:
        try:
            await asyncio.to_thread(work)
        except Exception:
            # One bad round must not stop the rounds after it.
            log.exception("background work failed and will be tried again")
        await asyncio.sleep(seconds)
