"""Whether all is well: /healthz for whoever restarts us, /metrics for whoever watches."""

from __future__ import annotations

import hmac

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from coachroom.app.container import Services
from coachroom.app.current import get_services
from coachroom.settings import LOOPBACK


async def healthz(_: Request) -> Response:
    """200 once rooms can be entered: the database answers and writes are taken."""

    def look() -> Response:
        services = get_services()
        services.store_status.ping()
        if not services.store_status.accepts_writes:
            return JSONResponse({"status": "stopping"}, status_code=503)
        return JSONResponse({"status": "ok", "agent": services.settings.provider})

    return await run_in_threadpool(look)


async def metrics(request: Request) -> Response:
    """Prometheus text, for loopback or whoever has the token."""
    services = get_services()
    if not _may_read(request, services):
        return PlainTextResponse("Not found", status_code=404)
    text = await run_in_threadpool(_metrics_text, services)
    return PlainTextResponse(text, media_type="text/plain; version=0.0.4")


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


def _metrics_text(services: Services) -> str:
    sessions = services.inventory.sessions_by_status()
    records = services.inventory.calls_by_record()
    turns = services.inventory.turn_count()
    lines = [
        "# HELP coachroom_rooms_occupied Rooms whose page is open in a browser right now.",
        "# TYPE coachroom_rooms_occupied gauge",
        f"coachroom_rooms_occupied {len(services.presence)}",
        "# HELP coachroom_writes_waiting Writes that wait for the next commit.",
        "# TYPE coachroom_writes_waiting gauge",
        f"coachroom_writes_waiting {services.store_status.writes_waiting}",
        "# HELP coachroom_turns_total Turns on record.",
        "# TYPE coachroom_turns_total gauge",
        f"coachroom_turns_total {turns}",
        "# HELP coachroom_sessions Sessions on record by status.",
        "# TYPE coachroom_sessions gauge",
        *(f'coachroom_sessions{{status="{status}"}} {count}' for status, count in sorted(sessions.items())),
        "# HELP coachroom_calls Calls by the state of the provider's record.",
        "# TYPE coachroom_calls gauge",
        *(f'coachroom_calls{{record="{state}"}} {count}' for state, count in sorted(records.items())),
    ]
    return "\n".join(lines) + "\n"


def status_routes() -> list[Route]:
    return [Route("/healthz", healthz), Route("/metrics", metrics)]
