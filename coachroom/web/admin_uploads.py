"""Streamlit's door for files that a page takes: it puts them into memory, so only administrators may use it."""

from __future__ import annotations

import asyncio
import logging

from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from coachroom.app.container import Services
from coachroom.errors import StoreError
from coachroom.people.people import Role
from coachroom.web.identity import person_of, same_origin

log = logging.getLogger(__name__)

UPLOADS = "/_stcore/upload_file"


class AdminUploads:
    """Pure ASGI. Everybody else is answered as where there is nothing."""

    def __init__(self, app: ASGIApp, *, services: Services) -> None:
        self._app = app
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(UPLOADS) or await self._may_upload(Request(scope)):
            await self._app(scope, receive, send)
        else:
            await PlainTextResponse("Not found", status_code=404)(scope, receive, send)

    async def _may_upload(self, request: Request) -> bool:
        if not same_origin(request):
            return False
        try:
            person = await asyncio.to_thread(person_of, request.cookies, self._services)
        except StoreError:
            log.exception("an upload could not be checked")
            return False
        return person is not None and person.role is Role.ADMIN
