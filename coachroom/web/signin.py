"""Sign-in and sign-out as plain addresses, and the way back to where somebody wanted to go."""

from __future__ import annotations

from urllib.parse import parse_qs, quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.user_info import generate_login_redirect_url

from coachroom.app.current import get_services
from coachroom.people.signed_tokens import safe_path
from coachroom.web.bodies import body_up_to
from coachroom.web.identity import NEXT_COOKIE, SIGN_IN_COOKIE, same_origin

SEE_OTHER = 303
CALLBACK = "/oauth2callback"
DAYS_SIGNED_IN = 30
MAX_FORM_BYTES = 4096
# What may stand in an address as it is.
URL_SIGNS = ":/%#?=@[]!$&'()*+,;"


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
    if body is None:
        return PlainTextResponse(f"At most {MAX_FORM_BYTES} bytes at once.", status_code=413)
    form = parse_qs(body.decode("utf-8", "replace"))
    email = form.get("email", [""])[0]
    people = await run_in_threadpool(services.people.demo_people)
    if email not in {person.email for person in people}:
        return PlainTextResponse("There is no such demo person.", status_code=403)
    asked_for = services.tokens.verify_next(request.cookies.get(NEXT_COOKIE))
    here = safe_path(form.get("next", ["/"])[0])
    response = RedirectResponse(asked_for if asked_for != "/" else here, SEE_OTHER)
    response.delete_cookie(NEXT_COOKIE)
    response.set_cookie(
        SIGN_IN_COOKIE,
        services.tokens.issue_sign_in(email),
        max_age=DAYS_SIGNED_IN * 24 * 3600,
        httponly=True,
        samesite="lax",
    )
    return response


async def sign_out(request: Request) -> Response:
    """POST, development only: forgets the demo person. OIDC sign-outs go through Streamlit."""
    if not same_origin(request):
        return PlainTextResponse("Sign out by the button in the app.", status_code=403)
    response = RedirectResponse("/", SEE_OTHER)
    response.delete_cookie(SIGN_IN_COOKIE)
    return response


class DeepLinks:
    """Streamlit's OIDC callback always leads to "/"; this leads on to where the person wanted to go."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != CALLBACK:
            await self._app(scope, receive, send)
            return
        next_path = get_services().tokens.verify_next(HTTPConnection(scope).cookies.get(NEXT_COOKIE))

        async def redirected(message: Message) -> None:
            if message["type"] == "http.response.start" and 300 <= message["status"] < 400:
                headers = MutableHeaders(scope=message)
                if headers.get("location") == "/":
                    headers["location"] = quote(next_path, safe=URL_SIGNS)
                    headers.append("set-cookie", f"{NEXT_COOKIE}=; Max-Age=0; Path=/; HttpOnly; SameSite=lax")
            await send(message)

        await self._app(scope, receive, redirected)


def sign_in_routes() -> list[Route]:
    return [
        Route("/login", login),
        Route("/sign-in", sign_in_as, methods=["POST"]),
        Route("/sign-out", sign_out, methods=["POST"]),
    ]
