"""Streamlit's own addresses of sign-in and sign-out, and what happens there beside what Streamlit does."""

from __future__ import annotations

from http.cookies import SimpleCookie
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from coachroom.app.current import get_services
from coachroom.people.identities import identity_in, sign_in_id
from coachroom.web.identity import NEXT_COOKIE, claims_in, same_origin
from coachroom.web.signin import CALLBACK, SIGN_OUT_BY_BUTTON, end_sign_in

SIGN_OUT = "/auth/logout"
# What may stand in an address as it is.
URL_SIGNS = ":/%#?=@[]!$&'()*+,;"


class StreamlitSignIn:
    """Remembers a sign-in when it begins, and leads on to where the person wanted to go; a sign-out ends them all.

    Streamlit signs out whoever asks for its address, by a link on another site too. Here only our pages may.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].rstrip("/") if scope["type"] == "http" else None
        if path == CALLBACK:
            await self._sign_in(scope, receive, send)
        elif path == SIGN_OUT:
            await self._sign_out(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _sign_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        next_path = get_services().tokens.verify_next(HTTPConnection(scope).cookies.get(NEXT_COOKIE))

        async def redirected(message: Message) -> None:
            if message["type"] == "http.response.start" and 300 <= message["status"] < 400:
                headers = MutableHeaders(scope=message)
                await run_in_threadpool(begin_sign_in, headers.getlist("set-cookie"))
                _lead_on(headers, next_path)
            await send(message)

        await self._app(scope, receive, redirected)

    async def _sign_out(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection = HTTPConnection(scope)
        if not same_origin(connection):
            await PlainTextResponse(SIGN_OUT_BY_BUTTON, status_code=403)(scope, receive, send)
            return
        await run_in_threadpool(end_sign_in, connection)
        await self._app(scope, receive, send)


def begin_sign_in(set_cookies: list[str]) -> None:
    """Puts the sign-in on record that these Set-Cookie headers carry, if they carry one."""
    cookies = {
        name: morsel.value for header in set_cookies for name, morsel in SimpleCookie(header).items() if morsel.value
    }
    services = get_services()
    claims = claims_in(cookies, services)
    identity, id = identity_in(claims), sign_in_id(claims)
    if identity is not None and id is not None:
        services.sign_ins.begin(id, identity)


def _lead_on(headers: MutableHeaders, next_path: str) -> None:
    """Streamlit's callback always leads to "/"."""
    if headers.get("location") == "/":
        headers["location"] = quote(next_path, safe=URL_SIGNS)
        headers.append("set-cookie", f"{NEXT_COOKIE}=; Max-Age=0; Path=/; HttpOnly; SameSite=lax")
