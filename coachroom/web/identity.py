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
from coachroom.people.identities import sign_in_id
from coachroom.people.people import Person

SIGN_IN_COOKIE = "coachroom_demo"
NEXT_COOKIE = "coachroom_next"


def person_of(cookies: Mapping[str, str], services: Services) -> Person | None:
    """The active member these cookies are a sign-in of."""
    sign_in = sign_in_of_cookies(cookies, services)
    return services.sign_ins.check(sign_in).person if sign_in else None


def sign_in_of_cookies(cookies: Mapping[str, str], services: Services) -> str | None:
    """The id of the sign-in that these cookies belong to, whether or not it is over."""
    return sign_in_of(cookies, claims_in(cookies, services), services)


def sign_in_of(cookies: Mapping[str, str], claims: Mapping[str, Any], services: Services) -> str | None:
    """The id of a sign-in: that of a demo person's cookie during development, else that of the provider's claims."""
    demo = services.tokens.verify_sign_in(cookies.get(SIGN_IN_COOKIE)) if services.settings.demo_sign_in else None
    return demo or sign_in_id(claims)


def same_origin(request: HTTPConnection) -> bool:
    """Whether a request that changes something, or a websocket, comes from a page of ours.

    Browsers always say where from.
    """
    origin = request.headers.get("origin")
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return False
    # A proxy may put its own name for us into Host; what people type is in the settings.
    ours = {request.headers.get("host"), urlsplit(get_services().settings.origin).netloc}
    return origin is None or urlsplit(origin).netloc in ours


def claims_in(cookies: Mapping[str, str], services: Services) -> dict[str, Any]:
    """What the provider has said of whom Streamlit has signed in with these cookies; empty for nobody."""
    if not services.settings.oidc_configured:
        return {}
    raw = _get_signed_cookie_with_chunks(dict(cookies), AUTH_COOKIE_NAME)
    claims = json.loads(raw) if raw else {}
    return claims if isinstance(claims, dict) and claims.get("is_logged_in") else {}
