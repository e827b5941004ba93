"""A page of a few sentences with the app's look: it needs no sign-in and nothing else from the server."""

from __future__ import annotations

import html
from collections.abc import Mapping
from pathlib import Path

from starlette.responses import HTMLResponse

STYLE = (Path(__file__).resolve().parents[1] / "ui" / "plain_page.css").read_text(encoding="utf-8")


def plain_page(title: str, *parts: str, status: int = 200, headers: Mapping[str, str] | None = None) -> HTMLResponse:
    """`title` is text; `parts` are HTML, in which what somebody wrote is escaped."""
    heading = html.escape(title)
    return HTMLResponse(
        "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'><meta name='robots' content='noindex'>"
        "<link rel='icon' href='/app-icon.svg'>"
        f"<title>{heading} · coachroom</title><style>{STYLE}</style></head>"
        f"<body><main><h1>{heading}</h1>{''.join(parts)}</main></body></html>\n",
        status_code=status,
        headers=headers,
    )


def link_part(label: str, address: str = "/") -> str:
    """A link that looks like a button, as a part of such a page."""
    return f"<p><a class='button' href='{html.escape(address)}'>{html.escape(label)}</a></p>"
