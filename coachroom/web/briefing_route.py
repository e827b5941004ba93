"""Where the room's page asks what a call that starts now is told."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from coachroom.agent.call_briefing import call_briefing
from coachroom.app.container import Services
from coachroom.app.current import get_services
from coachroom.clock import to_iso
from coachroom.rooms.states import Session
from coachroom.web.devices import note_device
from coachroom.web.identity import person_of
from coachroom.web.page_requests import answer_page


async def brief(request: Request) -> Response:
    """POST {token}: what a call that starts now is told: its variables, and what is sent once the agent listens.

    `budget` says which period's budget makes the call shorter than the session, when it is renewed and how many
    seconds the call may last; null where none does.
    """
    answer = await answer_page(request, _brief)
    if answer.status_code == HTTPStatus.OK:
        await run_in_threadpool(_note_device, request, answer)
    return answer


def _note_device(request: Request, answer: Response) -> None:
    services = get_services()
    note_device(services, request, answer, person_of(request.cookies, services))


def _brief(services: Services, session: Session, _asked: Mapping[str, Any]) -> dict[str, Any]:
    grant, renewed_at = services.budgets.start_call(session)
    briefing = services.briefings.prepare(session.id, session.client_id, kept=not session.off_record)
    forgotten = services.coaching.memory.forgotten_turns(session.id)
    seconds = grant.longest.total_seconds()
    limit = {"period": grant.limited_by, "renewed_at": to_iso(renewed_at), "seconds": seconds} if renewed_at else None
    paused = session.paused_at is not None
    turns = services.intake.turns(session.id)
    told = call_briefing(briefing, turns, forgotten, paused=paused, off_record=session.off_record)
    return told | {"budget": limit}


def briefing_routes() -> list[Route]:
    return [Route("/room/{room_id}/briefing", brief, methods=["POST"])]
