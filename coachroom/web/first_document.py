"""The document that every page begins with: Streamlit's, with our name in the tab, our style sheets, what a phone
needs to keep the app, and a script that tells of parts that did not load.

Sent with a page's elements they would come last of all, and what is there by then would jump to its place. Streamlit
answers with its document whatever the address is, and where no page can be drawn as the database is away: ours says
so instead.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import file_util

from coachroom import project_files
from coachroom.web.compressed_scripts import accepts_gzip
from coachroom.web.errors import RETRY_SECONDS
from coachroom.web.phone_routes import HEAD
from coachroom.web.plain_page import link_part, plain_page
from coachroom.web.unreachable_page import unreachable_page

UI = Path(__file__).resolve().parents[1] / "ui"
STYLE_SHEETS = ("page.css", "room_page.css")
# In the document itself, so that it is there whatever does not load.
SCRIPT = UI / "assets" / "missing_part.js"
STREAMLITS_TITLE, TITLE = "<title>Streamlit</title>", "<title>coachroom</title>"
# The main page has no name in its address.
ADDRESSES = {
    "/",
    *(f"/{page.stem}" for page in (project_files.FOLDER / "pages").glob("*.py") if page.stem != "Start"),
}
# As people type them, as other programs name the first page of a site, and what browsers look for by themselves.
TYPED = {
    **{address.lower(): address for address in ADDRESSES},
    **dict.fromkeys(("/start", "/home", "/index.html"), "/"),
    "/favicon.ico": "/apple-touch-icon.png",
}
# What a copied link brings along from the sentence around it.
AFTER_LINK = " .,;:!?)>]'\""
# At the very end, since of two equal rules the later one counts, and Streamlit writes its own into the head.
END = "</body>"


class FirstDocument:
    """Puts our document in the place of Streamlit's, wherever that is answered.

    `database_is_away`: whether pages could not be drawn just now.
    """

    def __init__(self, app: ASGIApp, *, database_is_away: Callable[[], bool]) -> None:
        self._app = app
        self._database_is_away = database_is_away
        self._streamlits = (Path(file_util.get_static_dir()) / "index.html").read_bytes()
        self._ours = our_document(self._streamlits.decode()).encode()
        self._packed = gzip.compress(self._ours, mtime=0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"}:
            await self._app(scope, receive, send)
            return
        bodiless = scope["method"] == "HEAD"
        if bodiless:
            # Only the whole document tells whether an answer is Streamlit's.
            scope = {**scope, "method": "GET"}
        start: Message | None = None
        body = b""

        async def replaced(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start" and _is_document(message):
                start = message
            elif start is None:
                await send({**message, "body": b""} if bodiless and "body" in message else message)
            else:
                body += message.get("body", b"")
                if not message.get("more_body"):
                    start, body = self._instead_of(start, body, scope)
                    await send(start)
                    await send({"type": "http.response.body", "body": b"" if bodiless else body})

        await self._app(scope, receive, replaced)

    def _instead_of(self, start: Message, body: bytes, scope: Scope) -> tuple[Message, bytes]:
        """Our answer, where this is Streamlit's document; otherwise the answer as it is."""
        headers = MutableHeaders(scope=start)
        if (gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body) != self._streamlits:
            return start, body
        if scope["path"] not in ADDRESSES:
            return _as_message(_instead_of_no_page(scope))
        if self._database_is_away():
            return _as_message(unreachable_page(503, {"Retry-After": str(RETRY_SECONDS)}))
        packed = accepts_gzip(Headers(scope=scope))
        ours = self._packed if packed else self._ours
        # The last two tell when Streamlit's document changed.
        for name in ("content-encoding", "etag", "last-modified"):
            del headers[name]
        if packed:
            headers["content-encoding"] = "gzip"
        headers["vary"] = "Accept-Encoding"
        headers["content-length"] = str(len(ours))
        return start, ours


def _is_document(start: Message) -> bool:
    kind = MutableHeaders(scope=start).get("content-type", "")
    return start["status"] == 200 and kind.startswith("text/html")


def _instead_of_no_page(scope: Scope) -> Response:
    """Where somebody meant to go, or a page that says that there is none."""
    meant = TYPED.get(scope["path"].rstrip(AFTER_LINK).lower())
    if meant is None:
        return _no_page()
    query = scope["query_string"].decode("latin-1")
    return RedirectResponse(f"{meant}?{query}" if query else meant)


def _as_message(answer: Response) -> tuple[Message, bytes]:
    start = {"type": "http.response.start", "status": answer.status_code, "headers": answer.raw_headers}
    return start, bytes(answer.body)


def _no_page() -> HTMLResponse:
    return plain_page(
        "There is no page at this address",
        "<p>It may be mistyped, or lead to a page that is not there any more. Begin at your home page: every page of "
        "yours is in its menu.</p>",
        link_part("Go to your home page"),
        status=404,
    )


def our_document(streamlits: str) -> str:
    """Streamlit's document, changed; ValueError where it is not as we know it."""
    if streamlits.count(STREAMLITS_TITLE) != 1 or streamlits.count(END) != 1:
        raise ValueError("Streamlit's index.html has no title or no end to put ours in the place of.")
    rules = "".join((UI / name).read_text(encoding="utf-8") for name in STYLE_SHEETS)
    script = SCRIPT.read_text(encoding="utf-8")
    ours = f"<script>{script}</script>\n<style>\n{rules}</style>\n{END}"
    return streamlits.replace(STREAMLITS_TITLE, f"{TITLE}\n{HEAD}").replace(END, ours)
