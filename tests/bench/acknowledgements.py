"""One room on one keep-alive connection, as a browser reports: how long each turn waits for its acknowledgement."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import httpx
import psutil

from coachroom.clock import to_iso, utc_now
from tests.bench.community import prepare
from tests.open_server import open_server

CONNECTIONS = 10
TURNS_EACH = 30


@dataclass(frozen=True)
class AcknowledgementCost:
    """Times in ms: the first report of a connection, and those after it on the same connection.

    `a_second`: reports one after the other; `cpu_ms`: of the whole server process, a report.
    """

    a_second: float
    cpu_ms: float
    first_p50: float
    later_p50: float
    later_p99: float


def measure_acknowledgements() -> AcknowledgementCost:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, 1)
        with open_server(folder) as server:
            room, _, token = server.enter("client-0")
            # Once before it counts: the first turn of a session activates it.
            _report(server.url, room, token, page="warm", turns=1)
            process = psutil.Process(server.process.pid)
            since, cpu_since = time.perf_counter(), _cpu_seconds(process)
            waits = [
                _report(server.url, room, token, page=f"page-{number}", turns=TURNS_EACH)
                for number in range(CONNECTIONS)
            ]
            seconds, cpu_seconds = time.perf_counter() - since, _cpu_seconds(process) - cpu_since
    later = sorted(wait for each in waits for wait in each[1:])
    return AcknowledgementCost(
        a_second=CONNECTIONS * TURNS_EACH / seconds,
        cpu_ms=cpu_seconds / (CONNECTIONS * TURNS_EACH) * 1000,
        first_p50=median(each[0] for each in waits),
        later_p50=median(later),
        later_p99=later[int(len(later) * 0.99)],
    )


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _report(url: str, room: str, token: str, *, page: str, turns: int) -> list[float]:
    """Sends one turn after the other over one connection; how long each took, in ms."""
    waits = []
    with httpx.Client(base_url=url, headers={"origin": url}, timeout=60, trust_env=False) as client:
        for n in range(1, turns + 1):
            event = {"n": n, "kind": "turn", "sender": "client", "text": f"Sentence {n}.", "at": to_iso(utc_now())}
            since = time.perf_counter()
            answer = client.post(f"/room/{room}/events", json={"token": token, "epoch": page, "events": [event]})
            waits.append((time.perf_counter() - since) * 1000)
            assert answer.json()["ack"] == n
    return waits


if __name__ == "__main__":
    print(measure_acknowledgements())
