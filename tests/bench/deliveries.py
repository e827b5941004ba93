"""What a delivery of one turn costs in `Intake.receive`, from reading its events to the acknowledgement."""

from __future__ import annotations

import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from coachroom.app.container import Services
from coachroom.clock import utc_now
from coachroom.rooms.states import Session
from tests.services import delivery, enter, opened, said, status

THREADS = (1, 40)
SESSIONS = 40
TURNS_EACH = 60
TEXT = "A sentence of the usual length, as people say them."


@dataclass(frozen=True)
class DeliveryCost:
    """`cpu_ms`: of all threads of the process, a delivery; `p50` and `p99`: how long a delivery took, in ms."""

    threads: int
    a_second: float
    cpu_ms: float
    p50: float
    p99: float


def measure_deliveries(threads: int) -> DeliveryCost:
    """The threads share 40 sessions; a session's next turn is delivered once the one before is acknowledged."""
    with tempfile.TemporaryDirectory() as name, opened(Path(name)) as services:
        sessions = [_active_session(services, f"client-{number}") for number in range(SESSIONS)]
        with ThreadPoolExecutor(threads) as pool:
            since, cpu_since = time.perf_counter(), time.process_time()
            talks = [pool.submit(_talk, services, session) for session in sessions]
            times = sorted(each for talk in talks for each in talk.result())
            seconds, cpu_seconds = time.perf_counter() - since, time.process_time() - cpu_since
    return DeliveryCost(
        threads=threads,
        a_second=len(times) / seconds,
        cpu_ms=cpu_seconds / len(times) * 1000,
        p50=times[len(times) // 2],
        p99=times[int(len(times) * 0.99)],
    )


def _active_session(services: Services, client: str) -> Session:
    session = enter(services, client, f"tab of {client}")
    services.intake.receive(session.id, delivery(status(1, "connected", utc_now(), call=f"call of {client}")))
    return session


def _talk(services: Services, session: Session) -> list[float]:
    times = []
    for n in range(2, TURNS_EACH + 2):
        turn = delivery(said(n, TEXT, at=utc_now()), sent_at=utc_now())
        since = time.perf_counter()
        services.intake.receive(session.id, turn)
        times.append((time.perf_counter() - since) * 1000)
    return times


if __name__ == "__main__":
    for threads in THREADS:
        print(measure_deliveries(threads))
