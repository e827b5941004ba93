"""Sends Streamlit's own scripts and styles compressed; Streamlit sends them as they are, which is thrice as much.

Each file is compressed once a process, when it is first asked for. Its name holds a hash of its content.
"""

from __future__ import annotations

import asyncio
import gzip
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import file_util

SERVED_AT = "/static/"
MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css"}
LEVEL = 9


class CompressedScripts:
    """Answers for the files that are there; everything else, and whoever cannot unpack, goes on to the app."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        folder = Path(file_util.get_static_dir())
        self._files = {
            f"/{path.relative_to(folder).as_posix()}": path
            for path in (folder / SERVED_AT.strip("/")).rglob("*")
            if path.suffix in MEDIA_TYPES
        }
        self._kept: dict[str, asyncio.Task[bytes]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = self._files.get(scope["path"]) if scope["type"] == "http" else None
        if path is None or not _fits(scope):
            await self._app(scope, receive, send)
            return
        headers = {
            "Content-Encoding": "gzip",
            "Vary": "Accept-Encoding",
            "Cache-Control": "public, immutable, max-age=31536000",
        }
        body = await self._compressed(scope["path"], path)
        await Response(body, headers=headers, media_type=MEDIA_TYPES[path.suffix])(scope, receive, send)

    async def _compressed(self, name: str, path: Path) -> bytes:
        """Who asks meanwhile waits for the same work, and nobody who leaves stops it."""
        task = self._kept.get(name)
        if task is None:
            task = self._kept[name] = asyncio.create_task(asyncio.to_thread(_compress, path))
        return await asyncio.shield(task)


def accepts_gzip(headers: Headers) -> bool:
    """Whether who asks can unpack."""
    accepted = (each.strip().partition(";") for each in headers.get("accept-encoding", "").lower().split(","))
    return any(coding == "gzip" and weight.replace(" ", "") not in {"q=0", "q=0.0"} for coding, _, weight in accepted)


def _fits(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    return scope["method"] in {"GET", "HEAD"} and accepts_gzip(headers) and "range" not in headers


def _compress(path: Path) -> bytes:
    return gzip.compress(path.read_bytes(), LEVEL, mtime=0)
