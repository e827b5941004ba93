"""`make bench-restart`: open room pages over a restart: how soon each is back, what that costs, who lost a session.

A page comes back as Streamlit's browser part does: it tries again after half a second, then each time after twice as
long, up to 30 seconds.
"""

from __future__ import annotations

import asyncio
import os
import platform
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psutil
import websockets

from tests.bench.community import prepare
from tests.bench.pages import Tab
from tests.bench.talking import at_share
from tests.open_server import OpenServer, open_server
from tests.server import free_port

PAGES = 200
FIRST_RETRY_S, LONGEST_RETRY_S = 0.5, 30.0
GRACE_S = 60
# By then the reaper has ended the sessions of those who are not back.
REAPED_S = 5
OPEN = "SELECT count(*) FROM sessions WHERE status IN ('waiting', 'active')"


@dataclass(frozen=True)
class Restart:
    """`run_…`: ms from the socket to the finished page; `back_…`: s after rooms could be entered again."""

    pages: int
    down_s: float
    run_p50: float
    run_p95: float
    back_p50: float
    back_p95: float
    back_last: float
    cpu_ms_a_page: float
    sessions_kept: int


def measure_restart(pages: int) -> Restart:
    with tempfile.TemporaryDirectory() as name:
        prepare(Path(name), pages)
        return asyncio.run(_measure(Path(name), pages))


async def _measure(folder: Path, pages: int) -> Restart:
    settings, port = {"COACHROOM_GRACE_SECONDS": str(GRACE_S)}, free_port()

    def start(running: ExitStack) -> OpenServer:
        return running.enter_context(open_server(folder, settings, port))

    with ExitStack() as running:
        server = start(running)
        # Each comes at once: whoever is in a room without a page for the grace is taken out of it.
        tabs = [await Tab.open(server, number, server.enter(f"client-{number}")[0]) for number in range(pages)]
        returns = [asyncio.create_task(_come_back(tab, server, number)) for number, tab in enumerate(tabs)]
        stopped = time.monotonic()
        await asyncio.to_thread(running.close)
        server = await asyncio.to_thread(start, running)
        healthy = time.monotonic()
        process = psutil.Process(server.process.pid)
        before = sum(process.cpu_times()[:2])
        found = await asyncio.gather(*returns)
        cpu = sum(process.cpu_times()[:2]) - before
        await asyncio.sleep(max(0.0, healthy + GRACE_S + REAPED_S - time.monotonic()))
        sessions = await asyncio.to_thread(server.rows, OPEN)
        await asyncio.gather(*(tab.close() for tab, _, _ in found))
        await asyncio.to_thread(running.close)
    runs, back = [run for _, run, _ in found], [at - healthy for _, _, at in found]
    return Restart(
        pages=pages,
        down_s=healthy - stopped,
        run_p50=at_share(runs, 0.5),
        run_p95=at_share(runs, 0.95),
        back_p50=at_share(back, 0.5),
        back_p95=at_share(back, 0.95),
        back_last=max(back),
        cpu_ms_a_page=1000 * cpu / pages,
        sessions_kept=int(sessions[0][0]),
    )


async def _come_back(tab: Tab, server: OpenServer, number: int) -> tuple[Tab, float, float]:
    """The page that is there again, how long its first run took in ms, and when that was done."""
    await tab.gone()
    wait = FIRST_RETRY_S
    while True:
        await asyncio.sleep(wait)
        wait = min(2 * wait, LONGEST_RETRY_S)
        since = time.monotonic()
        try:
            again = await Tab.open(server, number, tab.room)
        except (OSError, websockets.WebSocketException):
            continue
        now = time.monotonic()
        return again, 1000 * (now - since), now


def main(arguments: list[str]) -> None:
    found = measure_restart(int(arguments[0]) if arguments else PAGES)
    print(f"{platform.machine()}, {os.cpu_count()} cores; load {os.getloadavg()[0]:.1f} at the end")
    print(f"{found.pages} room pages; the server was away for {found.down_s:.1f} s")
    print(
        f"first run p50 {found.run_p50:.0f} ms, p95 {found.run_p95:.0f} ms, CPU {found.cpu_ms_a_page:.0f} ms a page"
    )
    print(
        f"back after rooms could be entered: p50 {found.back_p50:.1f} s, p95 {found.back_p95:.1f} s, "
        f"the last {found.back_last:.1f} s"
    )
    print(f"sessions that go on: {found.sessions_kept} of {found.pages}; aim: all, within the grace of {GRACE_S} s")


if __name__ == "__main__":
    main(sys.argv[1:])
