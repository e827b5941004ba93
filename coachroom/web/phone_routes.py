"""What makes the app one that a phone keeps on its home screen: manifest, icons, service worker, offline page."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from coachroom.app.current import get_services
from coachroom.web.unreachable_page import unreachable_page

ASSETS = Path(__file__).resolve().parents[1] / "ui" / "assets"
MANIFEST_PATH, WORKER_PATH, OFFLINE_PATH, TOUCH_ICON_PATH = (
    "/app.webmanifest",
    "/sw.js",
    "/offline",
    "/apple-touch-icon.png",
)
# As in .streamlit/config.toml: a page's ground, around which the phone draws its own bars.
GROUND, DARK_GROUND = "#fbfaf7", "#161b1a"
# Path: file, type.
ICONS = {
    "/app-icon.svg": ("agent.svg", "image/svg+xml"),
    "/app-icon-192.png": ("app_icon_192.png", "image/png"),
    "/app-icon-512.png": ("app_icon_512.png", "image/png"),
    "/app-icon-maskable-512.png": ("app_icon_maskable_512.png", "image/png"),
    TOUCH_ICON_PATH: ("apple_touch_icon.png", "image/png"),
}
MANIFEST = {
    "id": "/",
    "name": "Coaching room",
    "short_name": "Coaching",
    "description": "Your private room to talk with your AI coach",
    "lang": "en",
    "start_url": "/",
    "scope": "/",
    "display": "standalone",
    "background_color": GROUND,
    "theme_color": GROUND,
    "icons": [
        {"src": "/app-icon.svg", "sizes": "any", "type": "image/svg+xml", "purpose": "any"},
        {"src": "/app-icon-192.png", "sizes": "192x192", "type": "image/png", "purpose": "any"},
        {"src": "/app-icon-512.png", "sizes": "512x512", "type": "image/png", "purpose": "any"},
        {"src": "/app-icon-maskable-512.png", "sizes": "512x512", "type": "image/png", "purpose": "maskable"},
    ],
}
# For the first document's head. With cookies, as a proxy in front may ask for them.
HEAD = (
    f'<link rel="manifest" href="{MANIFEST_PATH}" crossorigin="use-credentials" />\n'
    f'<link rel="apple-touch-icon" href="{TOUCH_ICON_PATH}" />\n'
    '<meta name="apple-mobile-web-app-title" content="Coaching" />\n'
    f'<meta name="theme-color" media="(prefers-color-scheme: light)" content="{GROUND}" />\n'
    f'<meta name="theme-color" media="(prefers-color-scheme: dark)" content="{DARK_GROUND}" />\n'
)
ASK_AGAIN = {"Cache-Control": "no-cache"}
KEEP_A_DAY = {"Cache-Control": "public, max-age=86400"}


async def manifest(_: Request) -> Response:
    """GET: the app's name, colours and icons."""
    return JSONResponse(MANIFEST, media_type="application/manifest+json", headers=ASK_AGAIN)


async def service_worker(_: Request) -> Response:
    """GET: the worker; where it is switched off, one that takes itself out of the browser."""
    name = "service_worker.js" if get_services().settings.service_worker else "service_worker_off.js"
    return Response((ASSETS / name).read_bytes(), media_type="text/javascript", headers=ASK_AGAIN)


async def offline(_: Request) -> Response:
    """GET: the page that the worker keeps for when the server cannot be reached."""
    return unreachable_page(headers=ASK_AGAIN)


async def icon(request: Request) -> Response:
    """GET: one of the app's icons."""
    name, kind = ICONS[request.url.path]
    return Response((ASSETS / name).read_bytes(), media_type=kind, headers=KEEP_A_DAY)


def phone_routes() -> list[Route]:
    return [
        Route(MANIFEST_PATH, manifest),
        Route(WORKER_PATH, service_worker),
        Route(OFFLINE_PATH, offline),
        *(Route(path, icon) for path in ICONS),
    ]
