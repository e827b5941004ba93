"""A browser's number in a cookie of ours, for clients who want to be told of new devices. Nobody else gets one."""

from __future__ import annotations

import re
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from coachroom.app.container import Services
from coachroom.clock import new_secret_id
from coachroom.people.people import Person, Role

DEVICE_COOKIE = "coachroom_device"
# Browsers keep no cookie for longer.
DEVICE_SECONDS = 400 * 24 * 3600
_NUMBER = re.compile(r"[A-Za-z0-9_-]{32}")


def device_in(cookies: Mapping[str, str]) -> str | None:
    """The number in a browser's cookies; None where there is none of ours."""
    number = str(cookies.get(DEVICE_COOKIE, ""))
    return number if _NUMBER.fullmatch(number) else None


def note_device(services: Services, request: Request, response: Response, person: Person | None) -> None:
    """The person opens a room in this browser: notes it, and gives the browser a number, where they want that."""
    if person is None or person.role is not Role.CLIENT or person.client_id is None:
        return
    if not services.devices.wished(person.client_id):
        return
    device = device_in(request.cookies) or new_secret_id()
    services.devices.note_use(person.client_id, device, email=person.email, name=person.name)
    response.set_cookie(DEVICE_COOKIE, device, max_age=DEVICE_SECONDS, httponly=True, samesite="lax")
