"""Lets browsers keep our component files: Streamlit serves them without a tag, so each page load fetched them all."""

from __future__ import annotations

import hashlib
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SERVED_AT = "/_stcore/bidi-components/coachroom."
ASSETS = Path(__file__).resolve().parents[1] / "ui" / "assets"


class AssetTags:
    """One tag for all files, from their content at start: they belong together and change together."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        digest = hashlib.sha256()
        for path in sorted(ASSETS.iterdir()):
            digest.update(path.name.encode() + path.read_bytes())
        self._headers = {"ETag": f'W/"{digest.hexdigest()[:24]}"', "Cache-Control": "no-cache"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(SERVED_AT):
            await self._app(scope, receive, send)
            return
        if Headers(scope=scope).get("if-none-match") == self._headers["ETag"]:
            await Response(status_code=304, headers=self._headers)(scope, receive, send)
            return

        async def tagged(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers[name] = value
            await send(message)

        await self._app(scope, receive, tagged)
