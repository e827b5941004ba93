"""Cookies under the `__Host-` prefix: a browser keeps one only from this very host, over https, for every path."""

from __future__ import annotations

import re
from collections.abc import Iterable

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PREFIX = b"__Host-"
# Streamlit's cookie against cross-site requests is not among them: its page reads it by that very name.
_PREFIXED = re.compile(rb"_streamlit_(session|user(_tokens)?(_\d+)?)|coachroom_\w+")


class HostCookies:
    """Gives our cookies and Streamlit's sign-in cookies the prefix in the browser; inside, all keep their names."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return

        async def renamed(message: Message) -> None:
            if message["type"] in {"http.response.start", "websocket.accept"}:
                _add_prefix(MutableHeaders(scope=message))
            await send(message)

        headers = [(name, _received(value) if name == b"cookie" else value) for name, value in scope["headers"]]
        await self._app({**scope, "headers": headers}, receive, renamed)


def _add_prefix(headers: MutableHeaders) -> None:
    for place, (name, value) in enumerate(headers.raw):
        if name.lower() == b"set-cookie" and _PREFIXED.fullmatch(value.partition(b"=")[0].strip()):
            headers.raw[place] = (name, PREFIX + value.lstrip())


def _received(cookies: bytes) -> bytes:
    """The Cookie header as it is inside. What has no prefix but should may come from a neighbour, and is left out."""
    return b"; ".join(_inside(part.strip() for part in cookies.split(b";")))


def _inside(cookies: Iterable[bytes]) -> Iterable[bytes]:
    for cookie in cookies:
        name = cookie.partition(b"=")[0].strip()
        if name.startswith(PREFIX) and _PREFIXED.fullmatch(name.removeprefix(PREFIX)):
            yield cookie.removeprefix(PREFIX)
        elif not _PREFIXED.fullmatch(name):
            yield cookie
