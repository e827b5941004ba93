"""Ten thousand webhooks at once while rooms report what is said: what is answered, lost, doubled, and who waits."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path

import httpx

from coachroom.clock import utc_now
from coachroom.store.duck import DuckStore
from coachroom.store.migrate import migrate
from tests.bench.talking import at_share, talking
from tests.open_server import OpenServer, open_server
from tests.recording.documents import (
    AGENT_ID,
    TALK,
    WEBHOOK_SECRET,
    analysis_document,
    record_document,
    signed,
    webhook_body,
)

WEBHOOKS = 10_000
# Of these every tenth comes twice.
TWICE = 10
CONNECTIONS = 64
ROOMS = 8
QUIET_SECONDS = 15
FILED_WITHIN = 1200

ENDED = """
INSERT INTO sessions (id, room_id, client_id, start_time, end_time, status, end_reason, last_seen_at)
SELECT 'burst-' || n, 'room-' || n, 'client-' || (n % 500), $2::timestamp, $2::timestamp + INTERVAL 1 MINUTE,
       'completed', 'client', $2::timestamp + INTERVAL 1 MINUTE
FROM generate_series(0, $1::integer - 1) AS t(n)
"""
CALLS = """
INSERT INTO agent_conversations (id, session_id, started_at, ended_at, record, tries, next_try_at, agent_id)
SELECT 'conv_' || n, 'burst-' || n, $2::timestamp, $2::timestamp, 'pending', 0, $2::timestamp + INTERVAL 10 DAY, $3
FROM generate_series(0, $1::integer - 1) AS t(n)
"""
CLIENTS = """
INSERT INTO client_profiles (id, display_name, created_at)
SELECT 'client-' || n, 'Client ' || n, $1::timestamp FROM generate_series(0, 499) AS t(n)
"""


@dataclass(frozen=True)
class Burst:
    """`statuses`: how often each was answered; times in seconds.

    Acknowledgements of rooms in ms: before, while the webhooks came, and while what they brought was filed.
    """

    statuses: dict[int, int]
    answered_in: float
    filed_in: float
    lost: int
    doubled: int
    quiet_p50: float
    quiet_p99: float
    burst_p50: float
    burst_p99: float
    filing_p50: float
    filing_p99: float


def measure_webhooks(webhooks: int = WEBHOOKS) -> Burst:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _prepare(folder, webhooks)
        settings = {"COACHROOM_WEBHOOK_SECRET": WEBHOOK_SECRET, "COACHROOM_AGENT_ID": AGENT_ID}
        with open_server(folder, settings) as server:
            return asyncio.run(_measure(server, webhooks))


def _prepare(folder: Path, webhooks: int) -> None:
    """A community whose sessions are over, each with one call whose record is still missing."""
    store, began = DuckStore(folder / "coachroom.duckdb"), utc_now() - timedelta(minutes=10)
    migrate(store, utc_now())
    store.execute(CLIENTS, [began])
    store.execute(ENDED, [webhooks, began])
    store.execute(CALLS, [webhooks, began, AGENT_ID])
    store.close()


async def _measure(server: OpenServer, webhooks: int) -> Burst:
    rooms = [server.enter(f"client-{number}") for number in range(ROOMS)]
    async with talking(server, rooms) as quiet:
        await asyncio.sleep(QUIET_SECONDS)
    bodies = [_body(number) for number in range(webhooks)]
    bodies += bodies[::TWICE]
    # In a process of its own, so that only the server stands between rooms and their answers.
    with ProcessPoolExecutor(1, get_context("spawn")) as sender:
        await asyncio.get_running_loop().run_in_executor(sender, _send, server.url, [])
        busy, statuses, answered_in = await _burst(server, rooms, sender, bodies)
    filing_since = time.perf_counter()
    async with talking(server, rooms) as filing:
        while _waiting(server):
            assert time.perf_counter() - filing_since < FILED_WITHIN
            await asyncio.sleep(1)
    filed_in = answered_in + time.perf_counter() - filing_since
    ((turns,),) = server.rows("SELECT count(*) FROM conversations WHERE session_id LIKE 'burst-%'")
    ((whole,),) = server.rows(
        "SELECT count(*) FROM agent_conversations WHERE session_id LIKE 'burst-%' AND record = 'complete'"
    )
    ((notes,),) = server.rows("SELECT count(*) FROM proposals")
    return Burst(
        statuses=dict(statuses),
        answered_in=answered_in,
        filed_in=filed_in,
        lost=webhooks - whole,
        doubled=turns - webhooks * len(TALK) + notes - webhooks,
        quiet_p50=at_share(quiet, 0.5),
        quiet_p99=at_share(quiet, 0.99),
        burst_p50=at_share(busy, 0.5),
        burst_p99=at_share(busy, 0.99),
        filing_p50=at_share(filing, 0.5),
        filing_p99=at_share(filing, 0.99),
    )


async def _burst(
    server: OpenServer, rooms: list[tuple[str, str, str]], sender: ProcessPoolExecutor, bodies: list[bytes]
) -> tuple[list[float], Counter[int], float]:
    """What rooms waited meanwhile, what was answered, and how long it took."""
    async with talking(server, rooms) as busy:
        began = time.perf_counter()
        statuses = await asyncio.get_running_loop().run_in_executor(sender, _send, server.url, bodies)
        return busy, statuses, time.perf_counter() - began


def _body(number: int) -> bytes:
    analysis = analysis_document(
        f"She works nights at the hospital, ward {number}.",
        client_facts=f"I work nights at the hospital, ward {number}",
        actions="call the sleep clinic",
    )
    client = f"client-{number % 500}"
    began = utc_now() - timedelta(minutes=10)
    return webhook_body(record_document(TALK, call=f"conv_{number}", began=began, user=client, analysis=analysis))


def _send(url: str, bodies: list[bytes]) -> Counter[int]:
    """All as fast as they are taken, over some connections; who is asked to come back does so."""
    return asyncio.run(_send_all(url, bodies))


async def _send_all(url: str, bodies: list[bytes]) -> Counter[int]:
    statuses: Counter[int] = Counter()
    waiting = iter(bodies)
    limits = httpx.Limits(max_connections=CONNECTIONS)
    async with httpx.AsyncClient(base_url=url, limits=limits, timeout=None, trust_env=False) as client:

        async def send() -> None:
            for body in waiting:
                status = 503
                while status == 503:
                    headers = signed(body, utc_now())
                    answer = await client.post("/webhooks/elevenlabs", content=body, headers=headers)
                    status = answer.status_code
                    statuses[status] += 1
                    if status == 503:
                        await asyncio.sleep(float(answer.headers["retry-after"]))

        await asyncio.gather(*(send() for _ in range(CONNECTIONS)))
    return statuses


def _waiting(server: OpenServer) -> int:
    return int(server.rows("SELECT count(*) FROM provider_records WHERE NOT filed")[0][0])


if __name__ == "__main__":
    print(measure_webhooks())
