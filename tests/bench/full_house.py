"""`make bench-full-house PAGES="10 100 1000"`: what a room costs as rooms grow, all of them talking.

One server and one run: pages are added until there are so many, everybody is quiet for a while, then every room
reports 0.3 turns a second. The pages and the reports are cheap for this machine, as the server shares it.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from coachroom.clock import to_iso, utc_now
from tests.bench.community import email, prepare
from tests.bench.pages import Tab
from tests.bench.tables import machine, table
from tests.bench.talking import at_share
from tests.open_server import OpenServer, open_server

PAGES = (10, 100, 1000)
REPORTS_A_ROOM_A_SECOND = 0.3
QUIET_SECONDS, TALK_SECONDS, WARM_UP_SECONDS = 10, 30, 5
OPENED_AT_ONCE = 4
FIRST_PAGES = 4
# What the app makes ready after its start is made by then.
SETTLE_SECONDS = 25
# The server closes a connection that was quiet for five seconds; a browser makes another.
KEPT_SECONDS = 4.0
AIM_P99_MS = 250


@dataclass(frozen=True)
class House:
    """CPU of the server: to open a page in ms, of all pages in silence in %, of a report in ms, while talking in %.

    Memory in MB and descriptors, both beside the empty server; the waits of acknowledgements in ms.
    """

    pages: int
    open_cpu_ms: float
    quiet_cpu: float
    memory: float
    descriptors: int
    reports_a_second: float
    report_cpu_ms: float
    talk_cpu: float
    ack_p50: float
    ack_p99: float


def measure_house(pages: Sequence[int]) -> list[House]:
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    with tempfile.TemporaryDirectory() as name:
        prepare(Path(name), max(pages))
        with open_server(Path(name)) as server:
            return asyncio.run(_House(server).grow(sorted(pages)))


class _House:
    def __init__(self, server: OpenServer) -> None:
        self._server = server
        self._process = psutil.Process(server.process.pid)
        self._tabs: list[Tab] = []
        self._rooms: list[_Reporter] = []

    async def grow(self, pages: Sequence[int]) -> list[House]:
        # The first pages and reports of a process load what later ones find ready.
        await self._add(FIRST_PAGES)
        await self._talk(SETTLE_SECONDS)
        memory, descriptors = self._process.memory_info().rss, self._process.num_fds()
        found = [await self._with(count, memory, descriptors) for count in pages]
        await asyncio.gather(*(tab.close() for tab in self._tabs), *(room.close() for room in self._rooms))
        return found

    async def _with(self, pages: int, memory: float, descriptors: int) -> House:
        new, cpu = pages - len(self._tabs), self._cpu()
        await self._add(new)
        opened = (self._cpu() - cpu) / new
        await asyncio.sleep(2)
        quiet, _ = await self._used(asyncio.sleep(QUIET_SECONDS))
        grown, more = self._process.memory_info().rss - memory, self._process.num_fds() - descriptors
        await self._talk(WARM_UP_SECONDS)
        talk, waits = await self._used(self._talk(TALK_SECONDS))
        return House(
            pages=pages,
            open_cpu_ms=1000 * opened,
            quiet_cpu=100 * quiet,
            memory=grown / 1e6,
            descriptors=more,
            reports_a_second=len(waits) / TALK_SECONDS,
            report_cpu_ms=1000 * (talk - quiet) * TALK_SECONDS / len(waits),
            talk_cpu=100 * talk,
            ack_p50=at_share(waits, 0.5),
            ack_p99=at_share(waits, 0.99),
        )

    async def _add(self, count: int) -> None:
        begin = len(self._tabs)
        seats = [self._server.enter(f"client-{number}", email(number)) for number in range(begin, begin + count)]
        self._rooms += [_Reporter(self._server, room, token) for room, _, token in seats]
        for first in range(0, count, OPENED_AT_ONCE):
            some = range(first, min(first + OPENED_AT_ONCE, count))
            opening = (Tab.open(self._server, begin + number, seats[number][0]) for number in some)
            self._tabs += await asyncio.gather(*opening)

    async def _talk(self, seconds: float) -> list[float]:
        until = time.monotonic() + seconds
        found = await asyncio.gather(*(room.talk(until) for room in self._rooms))
        return [wait for waits in found for wait in waits]

    async def _used(self, work: object) -> tuple[float, list[float]]:
        """Seconds of CPU a second while it goes on, and what it gives."""
        cpu, since = self._cpu(), time.monotonic()
        result = await work  # type: ignore[misc]
        return (self._cpu() - cpu) / (time.monotonic() - since), result

    def _cpu(self) -> float:
        return float(sum(self._process.cpu_times()[:2]))


class _Reporter:
    """One room's page as it reports: a kept connection, and as little of this machine as can be."""

    def __init__(self, server: OpenServer, room: str, token: str) -> None:
        self._port = int(server.url.rpartition(":")[2])
        self._room, self._token = room, token
        self._sent = 0
        self._reported_at = 0.0
        self._connection: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def talk(self, until: float) -> list[float]:
        """Reports now and then; how long each waited for its acknowledgement, in ms."""
        waits: list[float] = []
        while (moment := time.monotonic() + random.expovariate(REPORTS_A_ROOM_A_SECOND)) < until:
            await asyncio.sleep(moment - time.monotonic())
            since = time.perf_counter()
            await self._report()
            waits.append((time.perf_counter() - since) * 1000)
        return waits

    async def _report(self) -> None:
        if self._connection is None or time.monotonic() - self._reported_at > KEPT_SECONDS:
            await self.close()
            self._connection = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._connection
        self._sent += 1
        self._reported_at = time.monotonic()
        event = {"n": self._sent, "kind": "turn", "sender": "client", "at": to_iso(utc_now())}
        event["text"] = f"Sentence {self._sent}, of the usual length, as people say them."
        body = json.dumps({"token": self._token, "epoch": "house", "events": [event]}).encode()
        head = (
            f"POST /room/{self._room}/events HTTP/1.1\r\nHost: localhost:{self._port}\r\n"
            f"Origin: http://localhost:{self._port}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        answer = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = next(line for line in answer.split(b"\r\n") if line.startswith(b"content-length:"))
        assert json.loads(await reader.readexactly(int(length[15:])))["ack"] == self._sent

    async def close(self) -> None:
        if self._connection is not None:
            self._connection[1].close()


def report(houses: Sequence[House]) -> str:
    head = [
        "pages", "reports a second", "open: CPU ms a page", "quiet: CPU %", "MB more", "descriptors more",
        "CPU ms a report", "talking: CPU %", "ack p50 ms", "ack p99 ms",
    ]  # fmt: skip
    return table(
        head,
        [
            [
                f"{each.pages:,}",
                f"{each.reports_a_second:.1f}",
                f"{each.open_cpu_ms:.0f}",
                f"{each.quiet_cpu:.1f}",
                f"{each.memory:.0f}",
                f"{each.descriptors:,}",
                f"{each.report_cpu_ms:.1f}",
                f"{each.talk_cpu:.0f}",
                f"{each.ack_p50:.0f}",
                f"{each.ack_p99:.0f}",
            ]
            for each in houses
        ],
    )


def main(arguments: Sequence[str]) -> None:
    houses = measure_house([int(each) for each in arguments] or PAGES)
    print(f"{machine()}; load {os.getloadavg()[0]:.1f} at the end\n")
    print(report(houses))
    print(f"\naim: acknowledged within {AIM_P99_MS} ms, p99; a page and a report cost no more among many")


if __name__ == "__main__":
    main(sys.argv[1:])
