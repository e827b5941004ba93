"""Where the room's page takes its session off the record, as its client says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from coachroom.agent.context_updates import OFF_RECORD
from coachroom.app.container import Services
from coachroom.rooms.states import Session
from coachroom.web.page_requests import answer_page


async def off_record(request: Request) -> Response:
    """POST {token}: nothing of the session is kept from now on. Answers with what the agent is told."""
    return await answer_page(request, _take)


def _take(services: Services, session: Session, _asked: Mapping[str, Any]) -> dict[str, Any]:
    # Before its visit is deleted with all else of the session, so that the two pages learn of it.
    services.live.end_in(session.id)
    services.off_record.take(session)
    return {"off_record": True, "tell": OFF_RECORD}


def off_record_routes() -> list[Route]:
    return [Route("/room/{room_id}/off-record", off_record, methods=["POST"])]
