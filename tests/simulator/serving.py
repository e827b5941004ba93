"""A real server on a free loopback port with the practice agent below /practice, and a plain client for it."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import math
import socket
import struct
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from coachroom.simulator import PracticeAgent
from coachroom.simulator.call.tts import Voice

API_KEY = "test-key"
WEBHOOK_SECRET = "wsec_0123456789abcdef"
AGENT = "agent_test"

#: The server's clock runs this much faster, so that ten seconds of speech pass in one.
SPEED = 10.0

#: The pitch of who speaks in tests.
HZ = 500.0

#: One voice for all servers: its cache makes the tests quick.
VOICE = Voice()


@dataclass
class RunningAgent:
    """A running server."""

    port: int
    agent: PracticeAgent
    loop: asyncio.AbstractEventLoop
    delivered: list[tuple[bytes, dict[str, str]]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/practice"

    @property
    def socket_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/practice/v1/convai/conversation?agent_id={AGENT}"

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run something on the server's own event loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(10)


@contextlib.contextmanager
def open_house(speed: float = SPEED, **settings: Any) -> Iterator[RunningAgent]:
    delivered: list[tuple[bytes, dict[str, str]]] = []
    loops: list[asyncio.AbstractEventLoop] = []

    async def deliver(body: bytes, headers: dict[str, str]) -> None:
        delivered.append((body, headers))

    settings = {"api_key": API_KEY, "webhook_secret": WEBHOOK_SECRET, "deliver": deliver, **settings}
    agent = PracticeAgent(
        secret="for signing",
        voice=VOICE,
        monotonic=lambda: time.monotonic() * speed,
        sleep=lambda seconds: asyncio.sleep(seconds / speed),
        **settings,
    )

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        loops.append(asyncio.get_running_loop())
        yield
        await agent.close()

    app = Starlette(routes=[Mount("/practice", routes=agent.routes())], lifespan=lifespan)
    # With the protocol named, asyncio turns off Nagle's algorithm; without, each answer takes 40 ms longer.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=3))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            until(lambda: server.started)
            yield RunningAgent(listener.getsockname()[1], agent, loops[0], delivered)
        finally:
            server.should_exit = True
            thread.join(10)
            assert not thread.is_alive()


def until(true: Callable[[], Any], seconds: float = 60.0) -> Any:
    """Wait for something to become true; its value."""
    deadline = time.monotonic() + seconds
    while not (value := true()):
        assert time.monotonic() < deadline, "It did not happen in time."
        time.sleep(0.01)
    return value


class Caller:
    """One plain client of the conversation socket."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.seen: list[dict[str, Any]] = []

    def send(self, message: dict[str, Any]) -> None:
        self.connection.send(json.dumps(message))

    def type(self, text: str) -> None:
        self.send({"type": "user_message", "text": text})

    def speak(self, pcm: bytes) -> None:
        """Send audio in chunks of 32 ms, as the widget does, but all at once."""
        for begin in range(0, len(pcm), 1024):
            chunk = base64.b64encode(pcm[begin : begin + 1024]).decode()
            self.send({"user_audio_chunk": chunk})

    def hear(self, kind: str, seconds: float = 60.0) -> dict[str, Any]:
        """Wait for a message of that type; its body."""
        deadline = time.monotonic() + seconds
        while True:
            message = json.loads(self.connection.recv(timeout=max(0.0, deadline - time.monotonic())))
            self.seen.append(message)
            if message["type"] == "ping":
                with contextlib.suppress(ConnectionClosed):  # what came before the end is still to be read
                    self.send({"type": "pong", "event_id": message["ping_event"]["event_id"]})
            if message["type"] == kind:
                return next(value for key, value in message.items() if key != "type")

    def types(self) -> list[str]:
        return [message["type"] for message in self.seen]


@contextlib.contextmanager
def call(
    practice: RunningAgent, *, url: str | None = None, origin: str | None = None, **initiation: Any
) -> Iterator[Caller]:
    """A call that has been initiated; `origin` is the page's, where it is one."""
    address = url or practice.socket_url
    with connect(address, subprotocols=["convai"], origin=origin) as connection:  # type: ignore[arg-type, list-item]
        caller = Caller(connection)
        with contextlib.suppress(ConnectionClosed):  # a refused call is closed at once
            caller.send({"type": "conversation_initiation_client_data", **initiation})
        yield caller


def short_greeting(**agent: Any) -> dict[str, Any]:
    return {"conversation_config_override": {"agent": {"first_message": "Hi.", **agent}}}


TEXT_ONLY = {"conversation_config_override": {"conversation": {"text_only": True}}}


@cache
def sine(seconds: float, loudness: int = 8_000, hz: float = HZ) -> bytes:
    count, step = int(16_000 * seconds), 2 * math.pi * hz / 16_000
    return struct.pack(f"<{count}h", *(int(loudness * math.sin(n * step)) for n in range(count)))


def silence(seconds: float) -> bytes:
    return bytes(2 * int(16_000 * seconds))
