"""GET /calendar/{key}.ics: somebody's appointments, for their calendar program, which knows the secret address."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from coachroom.app.container import Services
from coachroom.app.current import get_services
from coachroom.appointments.calendar_files import feed_file

# So long after an appointment it leaves the calendar.
SHOWN_FOR = timedelta(days=30)
TITLE = "Coaching"
NOT_OURS = "This calendar address is not valid any more: make a new one on the page of your appointments."


async def calendar_feed(request: Request) -> Response:
    """The appointments as iCalendar text; 404 for a secret that opens nothing."""
    text = await run_in_threadpool(_feed, get_services(), request.path_params["key"])
    headers = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
    if text is None:
        return PlainTextResponse(NOT_OURS, status_code=404, headers=headers)
    return Response(text, media_type="text/calendar", headers=headers)


def _feed(services: Services, key: str) -> str | None:
    email = services.calendar_feeds.email_of(key)
    found = services.appointments.of_person(email, services.clock() - SHOWN_FOR) if email else None
    if found is None:
        return None
    origin = services.settings.origin
    return feed_file(found, title=TITLE, link=f"{origin}/", host=str(urlsplit(origin).hostname))


def calendar_feed_routes() -> list[Route]:
    return [Route("/calendar/{key}.ics", calendar_feed, methods=["GET"])]
