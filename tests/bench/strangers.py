"""Strangers hold connections whose bodies never end while rooms report: memory, and how long rooms wait.

Bounded in connections and in time, and sent to this machine alone.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from urllib.parse import urlsplit

from coachroom.clock import utc_now
from tests.bench.community import prepare
from tests.bench.talking import at_share, talking
from tests.open_server import OpenServer, open_server
from tests.recording.documents import WEBHOOK_SECRET, signed

ROOMS = 4
# In turns, so that what else the machine does falls on both.
ROUNDS = 4
ROUND_SECONDS = 8.0
# Streamlit keeps what belonged to a closed page for two minutes.
SETTLE_SECONDS = 140
# Each sends as much as is taken, never ends, and comes again a second after it was refused.
DELIVERIES = 40
WEBHOOKS = 40
SLOW = 40
PAGES = 100
BODY_BYTES = 8_000_000
SLOW_BYTES = 60_000
AGAIN_SECONDS = 1.0
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


@dataclass(frozen=True)
class Attack:
    """Rooms' acknowledgements in ms, the server's share of a core, its memory in MB; what strangers were answered."""

    quiet_p50: float
    quiet_p99: float
    quiet_cpu: float
    attack_p50: float
    attack_p99: float
    attack_cpu: float
    memory_before: float
    memory_most: float
    memory_after: float
    answers: dict[str, int]


def measure_strangers() -> Attack:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, ROOMS)
        with open_server(folder, {"COACHROOM_WEBHOOK_SECRET": WEBHOOK_SECRET}) as server:
            return asyncio.run(_measure(server))


async def _measure(server: OpenServer) -> Attack:
    rooms = [server.enter(f"client-{number}") for number in range(ROOMS)]
    calm, attacked = _Watch(), _Watch()
    with ProcessPoolExecutor(1, get_context("spawn")) as attackers:
        # Once before it counts: the process has started and the server is warm.
        await _round(server, rooms, _Watch(), attackers)
        before = _memory(server)
        answers: Counter[str] = Counter()
        for _ in range(ROUNDS):
            await _round(server, rooms, calm, None)
            answers += await _round(server, rooms, attacked, attackers)
    await asyncio.sleep(SETTLE_SECONDS)
    return Attack(
        quiet_p50=at_share(calm.waits, 0.5),
        quiet_p99=at_share(calm.waits, 0.99),
        quiet_cpu=calm.cpu_seconds / calm.seconds,
        attack_p50=at_share(attacked.waits, 0.5),
        attack_p99=at_share(attacked.waits, 0.99),
        attack_cpu=attacked.cpu_seconds / attacked.seconds,
        memory_before=before,
        memory_most=attacked.memory,
        memory_after=_memory(server),
        answers=dict(answers),
    )


@dataclass
class _Watch:
    """What was seen in all rounds of one kind: waits in ms, memory in MB."""

    waits: list[float] = field(default_factory=list)
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    memory: float = 0.0


async def _round(
    server: OpenServer, rooms: list[tuple[str, str, str]], watch: _Watch, attackers: ProcessPoolExecutor | None
) -> Counter[str]:
    """Rooms talk for a while, with strangers or without; what these were answered."""
    began, cpu_began = time.perf_counter(), _cpu_seconds(server)
    async with talking(server, rooms) as waits:
        if attackers is None:
            await asyncio.sleep(ROUND_SECONDS)
            answers: Counter[str] = Counter()
        else:
            loop = asyncio.get_running_loop()
            attack = loop.run_in_executor(attackers, _attack, server.url, ROUND_SECONDS)
            while not attack.done():
                watch.memory = max(watch.memory, _memory(server))
                await asyncio.sleep(0.2)
            answers = await attack
    watch.waits += waits
    watch.seconds += time.perf_counter() - began
    watch.cpu_seconds += _cpu_seconds(server) - cpu_began
    return answers


def _cpu_seconds(server: OpenServer) -> float:
    """What the server has taken of a core."""
    fields = Path(f"/proc/{server.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory(server: OpenServer) -> float:
    """What the server holds of this machine's memory, in MB."""
    lines = Path(f"/proc/{server.process.pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def _attack(url: str, seconds: float) -> Counter[str]:
    return asyncio.run(_attack_all(url, seconds))


async def _attack_all(url: str, seconds: float) -> Counter[str]:
    answers: Counter[str] = Counter()
    until = time.monotonic() + seconds
    kinds = [("delivery", DELIVERIES), ("webhook", WEBHOOKS), ("slow", SLOW), ("page", PAGES)]
    lines = [_again_and_again(kind, url, until, answers) for kind, count in kinds for _ in range(count)]
    await asyncio.gather(*lines)
    return answers


async def _again_and_again(kind: str, url: str, until: float, answers: Counter[str]) -> None:
    while (left := until - time.monotonic()) > 0:
        with suppress(TimeoutError, OSError):
            async with asyncio.timeout(left):
                answers[f"{kind} {await _one(kind, url)}"] += 1
        await asyncio.sleep(min(AGAIN_SECONDS, max(0.0, until - time.monotonic())))


async def _one(kind: str, url: str) -> str:
    """Sends one request that never ends; the status of its answer."""
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection("127.0.0.1", address.port)
    try:
        writer.write(_head(kind, address.netloc))
        sending = asyncio.create_task(_send(kind, writer))
        try:
            status = (await reader.readline()).decode().split()[1:2]
            if status == ["101"]:
                await reader.read()
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
        return status[0] if status else "closed"
    finally:
        writer.close()


def _head(kind: str, host: str) -> bytes:
    method, path = {"webhook": ("POST", "/webhooks/elevenlabs"), "page": ("GET", "/_stcore/stream")}.get(
        kind, ("POST", "/room/x/events")
    )
    headers = {"Host": host}
    if kind == "page":
        headers |= UPGRADE
    else:
        headers["Content-Length"] = str(SLOW_BYTES if kind == "slow" else BODY_BYTES + 1)
    if kind == "webhook":
        headers |= signed(b"another body", utc_now())
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode()


async def _send(kind: str, writer: asyncio.StreamWriter) -> None:
    if kind == "slow":
        while True:
            writer.write(b"x")
            await asyncio.sleep(1)
    if kind == "page":
        return
    for _ in range(BODY_BYTES // 50_000):
        writer.write(b"x" * 50_000)
        await writer.drain()


if __name__ == "__main__":
    print(measure_strangers())
