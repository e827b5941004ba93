"""Who sends a plain HTTP request: the same cookies that pages are signed in by."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from streamlit.web.server.server_util import AUTH_COOKIE_NAME
from streamlit.web.server.starlette.starlette_websocket import _get_signed_cookie_with_chunks

from coachroom.app.container import Services
from coachroom.app.current import get_services
from coachroom.people.people import Person, proven_email

SIGN_IN_COOKIE = "coachroom_demo"
NEXT_COOKIE = "coachroom_next"


def person_of(cookies: Mapping[str, str], services: Services) -> Person | None:
    """The active member these cookies belong to."""
    email = signed_in_email(cookies, _claims(cookies, services), services)
    return services.people.find(email) if email else None


def signed_in_email(cookies: Mapping[str, str], claims: Mapping[str, Any], services: Services) -> str | None:
    """Who signed in: during development the demo person of the cookie, else the e-mail the provider vouches for."""
    demo = services.tokens.verify_sign_in(cookies.get(SIGN_IN_COOKIE)) if services.settings.demo_sign_in else None
    return demo or proven_email(claims)


def same_origin(request: HTTPConnection) -> bool:
    """Whether a request that changes something comes from a page of ours. Browsers always say where from."""
    origin = request.headers.get("origin")
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return False
    # A proxy may put its own name for us into Host; what people type is in the settings.
    ours = {request.headers.get("host"), urlsplit(get_services().settings.origin).netloc}
    return origin is None or urlsplit(origin).netloc in ours


def _claims(cookies: Mapping[str, str], services: Services) -> dict[str, Any]:
    if not services.settings.oidc_configured:
        return {}
    raw = _get_signed_cookie_with_chunks(dict(cookies), AUTH_COOKIE_NAME)
    claims = json.loads(raw) if raw else {}
    return claims if isinstance(claims, dict) and claims.get("is_logged_in") else {}
