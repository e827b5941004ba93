"""The server's health: /healthz for the process manager, /metrics for Prometheus."""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping
from math import inf

from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from coachroom.app.container import Services
from coachroom.app.current import get_services
from coachroom.errors import StoreError
from coachroom.rooms.states import SessionStatus
from coachroom.settings import LOOPBACK
from coachroom.traces.durations import BUCKETS
from coachroom.traces.spans import durations
from coachroom.web.budget_metrics import budget_metrics
from coachroom.web.draining import DRAINING

# The states of a call's record in `agent_conversations`: one that no call has is shown as 0.
CALL_RECORDS = ("live", "pending", "complete", "missing")
# Memory, CPU, open files and start of this process, where the system tells them.
PROCESS = ProcessCollector(registry=None)


async def healthz(_: Request) -> Response:
    """200 once rooms can be entered: the database answers and writes are taken. 503 otherwise.

    A server that lets go of its pages says so before it takes nothing any more.
    """

    def look() -> Response:
        if DRAINING.begun:
            return JSONResponse({"status": "draining"}, status_code=503)
        services = get_services()
        try:
            services.store_status.ping()
        except StoreError:
            return JSONResponse({"status": "database failed"}, status_code=503)
        if not services.store_status.accepts_writes:
            return JSONResponse({"status": "stopping"}, status_code=503)
        return JSONResponse({"status": "ok", "agent": services.settings.provider})

    return await run_in_threadpool(look)


async def metrics(request: Request) -> Response:
    """Prometheus text, for loopback or whoever has the token."""
    services = get_services()
    if not _may_read(request, services):
        return PlainTextResponse("Not found", status_code=404)
    text = await run_in_threadpool(generate_latest, StateCollector(services))
    return Response(text, headers={"content-type": CONTENT_TYPE_PLAIN_0_0_4})


def _may_read(request: Request, services: Services) -> bool:
    token = services.settings.metrics_token
    if token is not None:
        given = request.headers.get("authorization", "").encode()
        return hmac.compare_digest(given, b"Bearer " + token.get_secret_value().encode())
    if services.settings.production:
        return False
    # A proxy on this machine passes strangers on from loopback, and says so.
    forwarded = any(name in request.headers for name in ("x-forwarded-for", "forwarded", "x-real-ip"))
    return request.client is not None and request.client.host in LOOPBACK and not forwarded


class StateCollector(Collector):
    """What /metrics shows: the state at the moment of the scrape, read from memory and from the database."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def collect(self) -> Iterator[Metric]:
        """A gauge for each state, with a value for each of its labels; what is refused or fails is counted."""
        services = self._services
        occupied = len(services.presence)
        yield GaugeMetricFamily("coachroom_rooms_occupied", "Rooms whose page is open in a browser.", occupied)
        waiting = services.store_status.writes_waiting
        yield GaugeMetricFamily("coachroom_writes_waiting", "Writes that wait for the next commit.", waiting)
        failed = services.store_status.writes_failed
        yield CounterMetricFamily(
            "coachroom_writes_failed", "Tries to write that the database refused or did not take.", failed
        )
        turns = services.inventory.turn_count()
        yield GaugeMetricFamily("coachroom_turns", "Turns in the database.", turns)
        sessions = {status.value: 0 for status in SessionStatus} | services.inventory.sessions_by_status()
        yield _by_label("coachroom_sessions", "Sessions in the database by status.", "status", sessions)
        yield from budget_metrics(services)
        calls = dict.fromkeys(CALL_RECORDS, 0) | services.inventory.calls_by_record()
        messages = services.outbox.count_by_state()
        yield _by_label("coachroom_messages", "Outgoing messages by state.", "state", messages)
        yield _by_label("coachroom_calls", "Calls by the state of the provider's record.", "record", calls)
        age = max(0.0, (services.clock() - services.numbers_as_of()).total_seconds())
        yield GaugeMetricFamily("coachroom_mirror_age_seconds", "Age of the copy that numbers are read from.", age)
        yield _durations()
        yield from PROCESS.collect()


def _by_label(name: str, documentation: str, label: str, values: Mapping[str, int]) -> Metric:
    gauge = GaugeMetricFamily(name, documentation, labels=[label])
    for value, count in sorted(values.items()):
        gauge.add_metric([value], count)
    return gauge


def _durations() -> Metric:
    family = HistogramMetricFamily("coachroom_work_seconds", "How long each kind of work took.", labels=["work"])
    for work, histogram in durations.histograms().items():
        bounds = ["+Inf" if bound == inf else str(bound) for bound in BUCKETS]
        buckets = list(zip(bounds, histogram.up_to, strict=True))
        family.add_metric([work], buckets, histogram.seconds)
    return family


def status_routes() -> list[Route]:
    return [Route("/healthz", healthz), Route("/metrics", metrics)]
