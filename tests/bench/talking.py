"""Rooms that report what is said while something else happens, and how long each waits for its acknowledgement."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from coachroom.clock import to_iso, utc_now
from tests.open_server import OpenServer

EVENTS_A_SECOND = 4


@asynccontextmanager
async def talking(server: OpenServer, rooms: list[tuple[str, str, str]]) -> AsyncIterator[list[float]]:
    """While the block runs every room reports events; how long each waited for its acknowledgement, in ms."""
    waited: list[float] = []

    async def talk(room: str, token: str, page: str) -> None:
        async with httpx.AsyncClient(
            base_url=server.url,
            headers={"origin": server.url, "coachroom-token": token},
            timeout=60,
            trust_env=False,
        ) as client:
            for n in range(1, 1_000_000):
                event = {
                    "n": n,
                    "kind": "turn",
                    "sender": "client",
                    "text": f"Sentence {n}.",
                    "at": to_iso(utc_now()),
                }
                document = {"token": token, "epoch": page, "events": [event]}
                since = time.perf_counter()
                answer = await client.post(f"/room/{room}/events", json=document)
                waited.append((time.perf_counter() - since) * 1000)
                assert answer.json()["ack"] == n
                await asyncio.sleep(1 / EVENTS_A_SECOND)

    page = f"page-{time.monotonic_ns()}"
    talks = [asyncio.create_task(talk(room, token, page)) for room, _, token in rooms]
    try:
        yield waited
    finally:
        for each in talks:
            each.cancel()
        for outcome in await asyncio.gather(*talks, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome


def at_share(times: list[float], share: float) -> float:
    """The time that this share of them does not exceed."""
    return sorted(times)[int(len(times) * share)] if times else 0.0
