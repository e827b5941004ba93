"""`make bench-reruns`: the CPU time of the server for a page that is opened and for one that runs again, by page."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.bench.community import prepare
from tests.bench.pages import Tab
from tests.open_server import OpenServer, open_server

FIRST_RUNS, RERUNS, WARM_UP, ROUNDS = 24, 24, 6, 3
IDLE_SECONDS = 5
PAGES = ("Room", "", "Goals", "Profile", "Memory", "Privacy", "Appointments")
AIMS = {"Room": 20.0}
OTHER_AIM, FIRST_AIM = 40.0, 25.0


@dataclass(frozen=True)
class RerunCost:
    """CPU in ms of the whole process, without what it takes when nobody does anything: medians of the rounds."""

    page: str
    first: float
    again: float


def measure_reruns() -> list[RerunCost]:
    with tempfile.TemporaryDirectory() as name:
        prepare(Path(name), FIRST_RUNS)
        with open_server(Path(name)) as server:
            return asyncio.run(_measure(server))


async def _measure(server: OpenServer) -> list[RerunCost]:
    process = psutil.Process(server.process.pid)
    rooms = [server.enter(f"client-{number}")[0] for number in range(FIRST_RUNS)]
    found: dict[str, list[tuple[float, float]]] = {page: [] for page in PAGES}
    for page in PAGES:
        await _one(server, rooms, page, WARM_UP)
    idle = await _idle(process)
    for _ in range(ROUNDS):
        for page in PAGES:
            found[page].append(await _one(server, rooms, page, RERUNS, idle))
    return [
        RerunCost(page, *(sorted(each)[len(each) // 2] for each in zip(*costs, strict=True)))
        for page, costs in found.items()
    ]


async def _one(server: OpenServer, rooms: list[str], page: str, count: int, idle: float = 0.0) -> tuple[float, float]:
    """The first runs of so many tabs, one after the other, then as many runs again."""
    process = psutil.Process(server.process.pid)
    since, cpu = time.monotonic(), _cpu(process)
    tabs = [await Tab.open(server, number, rooms[number], page) for number in range(min(count, FIRST_RUNS))]
    first = (_cpu(process) - cpu - idle * (time.monotonic() - since)) / len(tabs)
    since, cpu = time.monotonic(), _cpu(process)
    for number in range(count):
        await tabs[number % len(tabs)].rerun(page)
    again = (_cpu(process) - cpu - idle * (time.monotonic() - since)) / count
    await asyncio.gather(*(tab.close() for tab in tabs))
    # Whoever was in the room has gone by the next round.
    await asyncio.sleep(0.5)
    return 1000 * first, 1000 * again


async def _idle(process: psutil.Process) -> float:
    """Seconds of CPU a second while nobody does anything."""
    cpu = _cpu(process)
    await asyncio.sleep(IDLE_SECONDS)
    return (_cpu(process) - cpu) / IDLE_SECONDS


def _cpu(process: psutil.Process) -> float:
    return float(sum(process.cpu_times()[:2]))


def main() -> None:
    print(f"load {os.getloadavg()[0]:.1f}")
    print("page          first run, CPU ms  again, CPU ms  aim")
    for cost in measure_reruns():
        aim = AIMS.get(cost.page, OTHER_AIM)
        print(f"{cost.page or 'Home':12}  {cost.first:17.1f}  {cost.again:13.1f}  {aim:3.0f}", flush=True)
    print(f"aim of a first run: {FIRST_AIM:.0f} ms")


if __name__ == "__main__":
    main()
