"""The practice agent on a loopback port of its own, for talks without a key and without the app."""

from __future__ import annotations

import contextlib
import secrets
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import uvicorn
from starlette.applications import Starlette

from coachroom.errors import CoachroomError
from coachroom.simulator import PracticeAgent

START_SECONDS = 20.0
STOP_SECONDS = 10.0


class PracticeServerError(CoachroomError):
    """The practice agent could not be started."""


@dataclass(frozen=True)
class PracticeServer:
    """Where it is, and the key of its API."""

    url: str
    api_key: str


@contextlib.contextmanager
def serve_practice_agent() -> Iterator[PracticeServer]:
    """Serves a fresh practice agent, which knows every agent id, until the block ends. Raises PracticeServerError."""
    key = secrets.token_urlsafe(16)
    practice = PracticeAgent(api_key=key, secret=secrets.token_urlsafe(32))

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await practice.close()

    app = Starlette(routes=practice.routes(), lifespan=lifespan)
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=3))
    # With the protocol named, asyncio turns off Nagle's algorithm; without, each answer takes 40 ms longer.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="practice", daemon=True)
        thread.start()
        try:
            _wait_for(server, thread)
            yield PracticeServer(f"http://127.0.0.1:{listener.getsockname()[1]}", key)
        finally:
            server.should_exit = True
            thread.join(STOP_SECONDS)


def _wait_for(server: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise PracticeServerError("The practice coach could not be started on this machine: try again.")
        time.sleep(0.01)
