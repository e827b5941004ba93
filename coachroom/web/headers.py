"""Headers on every answer, and doors of Streamlit's that stay shut."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import streamlit
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from coachroom.web.first_document import our_document
from coachroom.web.identity import same_origin
from coachroom.web.unreachable_page import unreachable_page

# Session counts, and an interface for programs that we do not offer.
SHUT = ("/_stcore/metrics", "/_stcore/agent")
# streamlit-webrtc lives in a frame of ours; nothing else is ever framed.
FRAMED = "/component/"
# What of the browser a page may use: camera and microphone in a room, nothing else.
FEATURES = ("geolocation", "display-capture", "usb", "serial", "bluetooth", "hid", "midi", "payment")
PERMISSIONS = ", ".join(("camera=(self)", "microphone=(self)", *(f"{feature}=()" for feature in FEATURES)))
# Answers about somebody; scripts, styles and pictures say themselves how long they may be kept.
PERSONAL = ("text/html", "text/plain", "application/json")
# A name or an address, and at most one port. Browsers send nothing else.
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9.-]*[a-z0-9])(:[0-9]{1,5})?", re.IGNORECASE)


def content_security_policy(*, connect: tuple[str, ...], frame_ancestors: str) -> str:
    """One strict policy for everything: no eval, no CDN; `connect` are the agent's hosts, empty for practice."""
    directives = {
        "default-src": "'self'",
        # protobuf.js tries WebAssembly when it loads; without the keyword that is an error in every console.
        "script-src": f"'self' {_inline_script_hashes()} 'wasm-unsafe-eval'",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": " ".join(("'self'", *connect)),
        "media-src": "'self' blob:",
        "worker-src": "'self'",
        "frame-src": "'self'",
        "frame-ancestors": frame_ancestors,
        "form-action": "'self'",
        "base-uri": "'none'",
        "object-src": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in directives.items())


class SecurityHeaders:
    """Pure ASGI: websockets from our own pages pass untouched, others do not open."""

    def __init__(self, app: ASGIApp, *, connect: tuple[str, ...], secure: bool) -> None:
        self._app = app
        self._secure = secure
        self._policy = content_security_policy(connect=connect, frame_ancestors="'none'")
        self._framed_policy = content_security_policy(connect=(), frame_ancestors="'self'")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        # A strange name that leads to this machine would make its page one of ours.
        if not _is_our_host(Headers(scope=scope).getlist("host")):
            await _refuse_host(scope, receive, send)
            return
        if scope["type"] == "websocket":
            await self._open_socket(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add(MutableHeaders(scope=message), framed=scope["path"].startswith(FRAMED))
            await send(message)

        if scope["path"].startswith(SHUT):
            await PlainTextResponse("Not found", status_code=404)(scope, receive, with_headers)
        else:
            await self._app(scope, receive, with_headers)

    async def _open_socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Streamlit lets in every page of this machine, whatever its port; our own sockets have no check of their own.
        if same_origin(HTTPConnection(scope)):
            await self._app(scope, receive, send)
        else:
            await _refuse_socket(send)

    def _add(self, headers: MutableHeaders, *, framed: bool) -> None:
        headers["Content-Security-Policy"] = self._framed_policy if framed else self._policy
        headers["X-Frame-Options"] = "SAMEORIGIN" if framed else "DENY"
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "same-origin"
        headers["Permissions-Policy"] = PERMISSIONS
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        if headers.get("content-type", PERSONAL[0]).startswith(PERSONAL):
            headers.setdefault("Cache-Control", "no-store")
        if self._secure:
            headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
            _mark_cookies_secure(headers)


def _is_our_host(given: list[str]) -> bool:
    """Whether exactly one host is named, in its strict form: Streamlit's check would take "localhost." as well."""
    return len(given) == 1 and _HOST.fullmatch(given[0]) is not None and is_host_allowed(given[0])


async def _refuse_host(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await _refuse_socket(send)
    else:
        await PlainTextResponse("This is not an address of ours.", status_code=421)(scope, receive, send)


async def _refuse_socket(send: Send) -> None:
    await send({"type": "websocket.close", "code": 1008})


def _mark_cookies_secure(headers: MutableHeaders) -> None:
    """Streamlit never marks its sign-in cookies as Secure; behind https they must be."""
    for place, (name, value) in enumerate(headers.raw):
        attributes = {part.strip().lower() for part in value.split(b";")[1:]}
        if name.lower() == b"set-cookie" and b"secure" not in attributes:
            headers.raw[place] = (name, value + b"; Secure")


def _inline_script_hashes() -> str:
    page = Path(streamlit.__file__).parent / "static" / "index.html"
    documents = our_document(page.read_text(encoding="utf-8")) + bytes(unreachable_page().body).decode()
    scripts = re.findall(r"<script>(.*?)</script>", documents, re.DOTALL)
    digests = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    return " ".join(f"'sha256-{digest}'" for digest in digests)
