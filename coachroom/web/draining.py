"""How a server that was told to stop lets go of its pages: its health says so first, then they move, then it ends.

    SIGTERM ──▶ /healthz answers 503 ──half the time──▶ sockets of pages close, one after the other ──▶ it ends

A proxy sends nobody here any more once it has seen the 503, so the pages, which open their sockets again by
themselves, come to another replica. No session ends by it: its client is back within the grace period. A replica that
is cut off from the database lets go of its pages in the same way, and goes on; one that is shut out ends in the same
way, by itself.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
from types import FrameType

import uvicorn

# Closed one by one, so that the other replicas need not draw all pages at the same moment.
MAX_STEP_SECONDS = 0.5
LOOK_SECONDS = 0.05


class Draining:
    """How long this process's server drains, and whether it does."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.begun = False
        # The one that has the pages, once it starts.
        self.server: uvicorn.Server | None = None
        # With which the process ends where nobody told it to.
        self.status: int | None = None
        self._work: asyncio.Task[None] | None = None

    async def let_pages_go(self, seconds: float) -> None:
        """In the server's loop: ends the pages' connections, one after the other within so many seconds."""
        if self.server is not None and not self.begun:
            await _close_pages(self.server, seconds)

    def end(self, status: int) -> None:
        """In the server's loop: the server stops as by SIGTERM, and the process ends with this status."""
        if self.begun:
            return
        if self.server is None:
            # Some other server, which knows a signal alone.
            signal.raise_signal(signal.SIGTERM)
            return
        self.begun, self.status = True, status
        self.begin(self.server)

    def begin(self, server: uvicorn.Server) -> None:
        """In the server's loop: takes `seconds` for letting go of the pages, and then stops the server."""
        self._work = asyncio.get_running_loop().create_task(self._drain(server))

    async def _drain(self, server: uvicorn.Server) -> None:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        await _sleep_until(server, begun + self.seconds / 2)
        await _close_pages(server, self.seconds / 2)
        await _sleep_until(server, begun + self.seconds)
        server.should_exit = True

    def leave(self) -> None:
        """At the very end: where the process ends by itself, it does so here, as no server passes a status on."""
        if self.status is not None:
            logging.shutdown()
            os._exit(self.status)


async def _close_pages(server: uvicorn.Server, seconds: float) -> None:
    sockets = server.config.ws_protocol_class
    pages = [each for each in server.server_state.connections if sockets and isinstance(each, sockets)]
    for page in pages:
        page.shutdown()
        await asyncio.sleep(min(MAX_STEP_SECONDS, seconds / len(pages)))


async def _sleep_until(server: uvicorn.Server, moment: float) -> None:
    # Told to stop a second time, it stops at once.
    while asyncio.get_running_loop().time() < moment and not server.should_exit:
        await asyncio.sleep(LOOK_SECONDS)


DRAINING = Draining()


def prepare_draining(seconds: float) -> None:
    """From now on SIGTERM makes every uvicorn server of this process drain for so long; 0: it stops at once."""
    DRAINING.seconds = seconds
    stop, start = uvicorn.Server.handle_exit, uvicorn.Server.startup
    if getattr(stop, "drains", False):
        return

    def drain_and_stop(self: uvicorn.Server, sig: int, frame: FrameType | None) -> None:
        # Who told it to does not want it back.
        DRAINING.status = None
        if sig == signal.SIGTERM and DRAINING.seconds and self.started and not DRAINING.begun:
            DRAINING.begun = True
            # A handler of signals runs in the server's own thread, between two steps of its loop.
            loop = asyncio.get_running_loop()
            loop.call_soon_threadsafe(DRAINING.begin, self)
        else:
            stop(self, sig, frame)

    async def note_and_start(self: uvicorn.Server, sockets: list[socket.socket] | None = None) -> None:
        DRAINING.server = self
        await start(self, sockets=sockets)

    uvicorn.Server.startup = note_and_start  # type: ignore[method-assign]
    drain_and_stop.drains = True  # type: ignore[attr-defined]
    uvicorn.Server.handle_exit = drain_and_stop  # type: ignore[method-assign]
