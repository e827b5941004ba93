"""The page for whoever comes while the server or its database cannot be reached."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from starlette.responses import HTMLResponse

from coachroom.web.plain_page import link_part, plain_page

SCRIPT = Path(__file__).resolve().parents[1] / "ui" / "assets" / "come_back.js"
SENTENCES = (
    "This device is not connected, or the server has a pause. What you said before is kept on the server, and "
    "nothing of it on this device.",
    "This page goes on by itself as soon as it can. If it stays like this, check your connection.",
)


def unreachable_page(status: int = 200, headers: Mapping[str, str] | None = None) -> HTMLResponse:
    """It needs nothing else from the server, and loads what was asked for once that can be reached again."""
    return plain_page(
        "Your coaching room cannot be reached",
        *(f"<p>{sentence}</p>" for sentence in SENTENCES),
        link_part("Try again", ""),
        f"<script>{SCRIPT.read_text(encoding='utf-8')}</script>",
        status=status,
        headers=headers,
    )
