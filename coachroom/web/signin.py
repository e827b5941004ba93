"""Sign-in and sign-out as plain addresses. Streamlit's own stand in streamlit_sign_in.py."""

from __future__ import annotations

from urllib.parse import parse_qs, quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from streamlit.user_info import generate_login_redirect_url

from coachroom.app.current import get_services
from coachroom.clock import new_secret_id
from coachroom.people.identities import DEVELOPMENT, Identity
from coachroom.people.refused_access import Refused
from coachroom.people.signed_tokens import safe_path
from coachroom.web.bodies import body_up_to
from coachroom.web.identity import NEXT_COOKIE, SIGN_IN_COOKIE, same_origin, sign_in_of_cookies

SEE_OTHER = 303
CALLBACK = "/oauth2callback"
MAX_FORM_BYTES = 4096
SIGN_OUT_BY_BUTTON = "Sign out by the button in the app."


def to_sign_in(next_path: str) -> Response:
    """Sends somebody who is not signed in to do so, and back to `next_path` afterwards."""
    return RedirectResponse(f"/login?next={quote(next_path, safe='')}", SEE_OTHER)


async def login(request: Request) -> Response:
    """GET: remembers where to go on to and begins the sign-in: at the provider, or on our home page."""
    services = get_services()
    next_path = safe_path(request.query_params.get("next", "/"))
    target = generate_login_redirect_url("default") if services.settings.oidc_configured else "/"
    response = RedirectResponse(target, SEE_OTHER)
    response.set_cookie(
        NEXT_COOKIE, services.tokens.issue_next(next_path), max_age=900, httponly=True, samesite="lax"
    )
    return response


async def sign_in_as(request: Request) -> Response:
    """POST, development only: signs in as one of the demo people."""
    services = get_services()
    if not services.settings.demo_sign_in:
        return PlainTextResponse("Not found", status_code=404)
    if not same_origin(request):
        return PlainTextResponse("Sign in by the button on the home page.", status_code=403)
    body = await body_up_to(MAX_FORM_BYTES, request)
    form = parse_qs(body.decode("utf-8", "replace"))
    email = form.get("email", [""])[0]
    people = await run_in_threadpool(services.people.demo_people)
    if email not in {person.email for person in people}:
        services.refused_access.note(Refused.SIGN_IN, actor=email or "somebody", subject="no demo person")
        return PlainTextResponse("There is no such demo person.", status_code=403)
    id = new_secret_id()
    await run_in_threadpool(services.sign_ins.begin, id, Identity(DEVELOPMENT, email, email))
    asked_for = services.tokens.verify_next(request.cookies.get(NEXT_COOKIE))
    here = safe_path(form.get("next", ["/"])[0])
    response = RedirectResponse(asked_for if asked_for != "/" else here, SEE_OTHER)
    response.delete_cookie(NEXT_COOKIE)
    response.set_cookie(
        SIGN_IN_COOKIE,
        services.tokens.issue_sign_in(id),
        max_age=int(services.settings.longest_sign_in.total_seconds()),
        httponly=True,
        samesite="lax",
    )
    return response


async def sign_out(request: Request) -> Response:
    """POST, for development sign-ins: ends them all. Others sign out at Streamlit's address."""
    if not same_origin(request):
        return PlainTextResponse(SIGN_OUT_BY_BUTTON, status_code=403)
    await run_in_threadpool(end_sign_in, request)
    response = RedirectResponse("/", SEE_OTHER)
    response.delete_cookie(SIGN_IN_COOKIE)
    return response


def end_sign_in(connection: HTTPConnection) -> None:
    """Signs the person out whose cookies these are, in every browser."""
    services = get_services()
    sign_in = sign_in_of_cookies(connection.cookies, services)
    if sign_in is not None:
        person = services.sign_ins.check(sign_in).person
        services.sign_ins.end(sign_in)
        if person is not None:
            # What comes for them is not shown to whoever has the device next.
            services.push_subscriptions.unsubscribe_all(person.email)


def sign_in_routes() -> list[Route]:
    return [
        Route("/login", login),
        Route("/sign-in", sign_in_as, methods=["POST"]),
        Route("/sign-out", sign_out, methods=["POST"]),
    ]
