"""Many signed-in room pages over plain websockets: what open pages cost, and how fast one reruns among them."""

from __future__ import annotations

import asyncio
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from coachroom.web.identity import SIGN_IN_COOKIE
from tests.bench.community import prepare, sign_in_cookie
from tests.open_server import open_server
from tests.server import LiveServer

OPEN_SECONDS = 10
RERUNS = 60


@dataclass(frozen=True)
class PageCost:
    """`cpu`: % of a core for all pages together while nobody does anything; reruns in ms."""

    pages: int
    cpu: float
    rerun_p50: float
    rerun_p95: float


def measure_pages(pages: int) -> PageCost:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, pages)
        with open_server(folder) as server:
            # In the room itself, not in its lobby.
            rooms = [server.enter(f"client-{number}")[0] for number in range(pages)]
            return asyncio.run(_measure(server, rooms))


async def _measure(server: LiveServer, rooms: list[str]) -> PageCost:
    process = psutil.Process(server.process.pid)
    tabs = [await Tab.open(server, number, room) for number, room in enumerate(rooms)]
    try:
        await asyncio.sleep(2)
        before, since = process.cpu_times(), time.monotonic()
        await asyncio.sleep(OPEN_SECONDS)
        after = process.cpu_times()
        cpu = (after.user + after.system - before.user - before.system) / (time.monotonic() - since)
        times = sorted([await tabs[number % len(tabs)].rerun() for number in range(RERUNS)])
    finally:
        await asyncio.gather(*(tab.close() for tab in tabs))
    return PageCost(len(tabs), 100 * cpu, times[len(times) // 2], times[int(len(times) * 0.95)])


class Tab:
    """One browser tab, as far as the server can tell."""

    def __init__(self, socket: websockets.ClientConnection, room: str) -> None:
        self.room = room
        self._socket = socket
        self._finished: asyncio.Queue[float] = asyncio.Queue()
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def open(cls, server: LiveServer, number: int, room: str, page: str = "Room") -> Tab:
        socket = await websockets.connect(
            server.url.replace("http", "ws") + "/_stcore/stream",
            subprotocols=[websockets.Subprotocol("streamlit")],
            additional_headers={"Cookie": f"{SIGN_IN_COOKIE}={sign_in_cookie(number)}", "Origin": server.url},
            max_size=None,
        )
        tab = cls(socket, room)
        await tab.rerun(page)
        return tab

    async def rerun(self, page: str = "Room") -> float:
        """Runs a page, by its name in the address; milliseconds until it is finished."""
        message = BackMsg()
        message.rerun_script.query_string = f"room={self.room}" if page == "Room" else ""
        message.rerun_script.page_name = page
        since = time.perf_counter()
        await self._socket.send(message.SerializeToString())
        finished = asyncio.create_task(self._finished.get())
        await asyncio.wait([finished, self._reader], return_when=asyncio.FIRST_COMPLETED)
        if not finished.done():
            finished.cancel()
            raise ConnectionError("The server closed the page.")
        return (finished.result() - since) * 1000

    async def gone(self) -> None:
        """Returns when the server is there no more."""
        await asyncio.wait([self._reader])

    async def close(self) -> None:
        self._reader.cancel()
        await self._socket.close()

    def vanish(self) -> None:
        """As a phone whose battery is empty: nobody says goodbye."""
        self._reader.cancel()
        self._socket.transport.abort()

    async def _read(self) -> None:
        with suppress(websockets.ConnectionClosed):
            async for data in self._socket:
                message = ForwardMsg()
                message.ParseFromString(data)
                if message.WhichOneof("type") == "script_finished":
                    self._finished.put_nowait(time.perf_counter())
