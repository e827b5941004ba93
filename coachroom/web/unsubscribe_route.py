"""Where somebody says that they want no more mails of a kind, by one click or at once by their mail program."""

from __future__ import annotations

import html
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from coachroom.app.current import get_services
from coachroom.notifications.message import MessageKind
from coachroom.people.signed_tokens import UNSUBSCRIBE_PATH, Unsubscription
from coachroom.web.bodies import body_up_to
from coachroom.web.plain_page import link_part, plain_page

MAX_FORM_BYTES = 4096
WHAT = {
    MessageKind.MONDAY: "the mail on Monday about clients who need a talk",
    MessageKind.APPOINTMENT_REMINDER: "the mails before an appointment",
    MessageKind.COACH_MESSAGE: "the mail which says that your human coach wrote to you",
    MessageKind.SAFETY_REPORT: "the mails which say that a session was reported as not safe",
    MessageKind.STEP_DUE: "the mails on the day a next step is due",
    MessageKind.COME_BACK: "the mails on the day you wanted to come back",
    MessageKind.MISSED: "the mails after a missed appointment",
}
TITLE = "Mails from your coaching room"
NOT_OURS = "This link is not whole, or not valid any more: open it from the latest mail."


async def look(request: Request) -> Response:
    """GET: asks, and changes nothing: programs look at links before people do."""
    asked = _asked(request)
    if asked is None:
        return _not_found()
    gone = await run_in_threadpool(get_services().outbox.is_unsubscribed, *asked)
    return _page(asked[1], gone=gone)


async def decide(request: Request) -> Response:
    """POST, from the page or by RFC 8058 from a mail program: no more of them, or again where the page says so."""
    asked = _asked(request)
    if asked is None:
        return _not_found()
    form = parse_qs((await body_up_to(MAX_FORM_BYTES, request)).decode("utf-8", "replace"))
    outbox, again = get_services().outbox, "again" in form
    await run_in_threadpool(outbox.subscribe if again else outbox.unsubscribe, *asked)
    return _page(asked[1], gone=not again)


def _asked(request: Request) -> tuple[str, MessageKind] | None:
    """Whose mails of which kind the link is for; None for a link that is none of ours."""
    token: Unsubscription | None = get_services().tokens.verify_unsubscribe(request.query_params.get("token", ""))
    if token is None or token.kind not in {kind for kind in MessageKind if kind.may_be_stopped}:
        return None
    return token.email, MessageKind(token.kind)


def _page(kind: MessageKind, *, gone: bool) -> Response:
    what = html.escape(WHAT[kind])
    said = f"You do not get {what} any more." if gone else f"You get {what}."
    name, label = ("again", "Send it to me again") if gone else ("stop", "Send it to me no more")
    button = f"<form method='post'><button name='{name}' value='1'>{label}</button></form>"
    return plain_page(TITLE, f"<p role='status'>{said}</p>", button)


def _not_found() -> Response:
    return plain_page(TITLE, f"<p>{NOT_OURS}</p>", link_part("Open coachroom"), status=404)


def unsubscribe_routes() -> list[Route]:
    return [
        Route(UNSUBSCRIBE_PATH, look, methods=["GET"]),
        Route(UNSUBSCRIBE_PATH, decide, methods=["POST"]),
    ]
