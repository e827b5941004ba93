"""The room's addresses: make one, open it, and what its page reports and asks for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import quote

from anyio import CapacityLimiter, to_thread
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from coachroom.agent import context_updates
from coachroom.app.container import Services
from coachroom.app.current import get_services
from coachroom.clock import to_iso
from coachroom.errors import AgentUnavailableError, RoomNotFoundError
from coachroom.people.people import Role
from coachroom.recording.events import CallChanged, CallState, Delivery, TurnReported, read_delivery, read_token
from coachroom.recording.limits import TRANSCRIPT_FULL
from coachroom.rooms.states import Sender, Session
from coachroom.traces.context import about
from coachroom.web.bodies import MAX_REQUEST_BYTES, body_up_to
from coachroom.web.bounded_bodies import TOKEN_HEADER
from coachroom.web.devices import note_device
from coachroom.web.errors import json_or_error
from coachroom.web.identity import person_of, same_origin
from coachroom.web.signin import to_sign_in

# A page fills 48 KiB; one message may be larger.
MAX_DELIVERY_BYTES = 1024 * 1024
SEE_OTHER = 303
ADDRESS_THREADS = 8


async def create(request: Request) -> Response:
    """POST: opens the client's room and goes there. Anything else goes home, where the button is."""
    if request.method != "POST":
        return RedirectResponse("/", SEE_OTHER)
    if not same_origin(request):
        return PlainTextResponse("A room is opened by the button on your home page.", status_code=403)

    def work() -> Response:
        services = get_services()
        person = person_of(request.cookies, services)
        if person is None:
            return to_sign_in("/")
        if person.role is not Role.CLIENT or person.client_id is None:
            return RedirectResponse("/", SEE_OTHER)
        room = services.rooms.create(person.client_id)
        answer = RedirectResponse(f"/room/{room.id}", SEE_OTHER)
        note_device(services, request, answer, person)
        return answer

    return await run_in_threadpool(work)


async def open_room(request: Request) -> Response:
    """GET: on to the room's page, which decides whether this person may enter."""
    # The path's last part stays one name, whatever characters it holds.
    room_id = quote(request.path_params["room_id"], safe="")
    person = await run_in_threadpool(lambda: person_of(request.cookies, get_services()))
    if person is None:
        return to_sign_in(f"/room/{room_id}")
    return RedirectResponse(f"/Room?room={room_id}", SEE_OTHER)


async def events(request: Request) -> Response:
    """POST: what happened in the call, by fetch while the page lives and by beacon when it goes.

    The token stands in a header, and for a beacon, which can set none, in the body.
    """
    if not same_origin(request):
        return PlainTextResponse("Only a room's own page reports here.", status_code=403)
    body = await body_up_to(MAX_DELIVERY_BYTES, request)
    token = request.headers.get(TOKEN_HEADER)
    return await run_in_threadpool(_receive, get_services(), request.path_params["room_id"], token, body)


async def access(limiter: CapacityLimiter, request: Request) -> Response:
    """POST: an address at which one call can begin, got with the server's API key in a thread of `limiter`."""
    if not same_origin(request):
        return PlainTextResponse("Only a room's own page asks here.", status_code=403)
    body = await body_up_to(MAX_REQUEST_BYTES, request)
    services, room_id = get_services(), request.path_params["room_id"]
    # Threads of its own: a provider that does not answer must not keep what is said from being stored.
    return await to_thread.run_sync(_grant, services, room_id, request.cookies, body, limiter=limiter)


def _receive(services: Services, room_id: str, token: str | None, body: bytes) -> Response:
    def work() -> dict[str, Any]:
        delivery = read_delivery(body, services.intake.limits.turn_chars)
        session = _session_reported(services, room_id, delivery.token if token is None else token)
        receipt = services.intake.receive(session.id, delivery)
        ends_at = services.rooms.ends_at(receipt.session)
        paused_until = services.rooms.paused_until(receipt.session)
        answer: dict[str, Any] = {
            "ack": receipt.ack,
            "session": receipt.status,
            "ends_at": to_iso(ends_at) if ends_at else None,
            "paused_until": to_iso(paused_until) if paused_until else None,
        }
        if services.budgets.may_extend(receipt.session):
            answer["more_minutes"] = services.settings.extra_minutes
        if any(isinstance(event, CallChanged) and event.state is CallState.QUEUED for event in delivery.events):
            answer["wait_minutes"] = services.budgets.wait_for_line()
        if receipt.refused:
            answer["full"] = TRANSCRIPT_FULL
        if receipt.reminder_due:
            answer["remind"] = context_updates.ASK_MORE
        if _speaks_of_danger(services, delivery):
            answer["help"] = True
        return answer

    return json_or_error(work)


def _speaks_of_danger(services: Services, delivery: Delivery) -> bool:
    """Whether a human's words in this delivery hold a phrase after which the page shows the help lines.

    Where a human coach is heard too, the page only estimates whose they are.
    """
    said = (each for each in delivery.events if isinstance(each, TurnReported) and each.sender is not Sender.AGENT)
    return any(services.danger_phrases.found_in(event.text) for event in said)


def _grant(services: Services, room_id: str, cookies: Mapping[str, str], body: bytes) -> Response:
    def work() -> dict[str, Any]:
        # Each address costs money: beyond the page's token, its client must still be a member.
        session = open_session(services, room_id, read_token(body), cookies)
        if services.provider is None:
            raise RoomNotFoundError
        ask = partial(services.provider.signed_url, services.comparisons.branch_for_call(session))
        with about(session=session.id):
            try:
                return {"signed_url": services.budgets.hand_out_address(session, ask)}
            except AgentUnavailableError as error:
                services.rooms.record_agent_unreachable(session.id)
                services.failed_calls.no_address(session.id, error.cause)
                raise

    return json_or_error(work)


def open_session(services: Services, room_id: str, token: str, cookies: Mapping[str, str]) -> Session:
    """The open session that the token is for, if these are its client's cookies. Raises RoomNotFoundError."""
    session, person = _session_reported(services, room_id, token), person_of(cookies, services)
    if session.status.over or person is None or person.client_id != session.client_id:
        raise RoomNotFoundError
    return session


def _session_reported(services: Services, room_id: str, token: str) -> Session:
    """The session that the token is for, if it is in this room and its client still signed in.

    Raises RoomNotFoundError.
    """
    report = services.tokens.verify_report(token)
    session = services.rooms.session(report.session_id) if report else None
    if report is None or session is None or session.room_id != room_id:
        raise RoomNotFoundError
    # A token is worth no more than the sign-in that its page was shown to. Pages that talk report every moment.
    if not services.open_pages.lately_good(report.sign_in_id, services.clock()):
        person = services.sign_ins.check(report.sign_in_id).person
        if person is None or person.client_id != session.client_id:
            raise RoomNotFoundError
    return session


def room_routes() -> list[Route]:
    return [
        Route("/room/create", create, methods=["GET", "POST"]),
        Route("/room/{room_id}", open_room),
        Route("/room/{room_id}/events", events, methods=["POST"]),
        Route("/room/{room_id}/access", partial(access, CapacityLimiter(ADDRESS_THREADS)), methods=["POST"]),
    ]
