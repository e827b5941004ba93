"""Where an export is fetched by the person who made it."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from coachroom.app.current import get_services
from coachroom.app.downloads import Download
from coachroom.people.refused_access import Refused
from coachroom.web.identity import person_of
from coachroom.web.plain_page import link_part, plain_page

GONE = (
    "It is there no more, or it is not yours. A file waits for 15 minutes, and goes sooner when somebody's data is "
    "deleted: go back and prepare it again."
)
NO_STORE = {"Cache-Control": "no-store"}


async def download(request: Request) -> Response:
    """GET: the file, for its owner; to everybody else the address answers as if there were none."""

    def find() -> Download | None:
        services = get_services()
        person = person_of(request.cookies, services)
        file = services.downloads.find(request.path_params["id"], person)
        if file is None:
            services.refused_access.note(
                Refused.DOWNLOAD, actor=person.email if person else "somebody", subject="export"
            )
        return file

    found = await run_in_threadpool(find)
    if found is None:
        return plain_page(
            "The file is not here", f"<p>{GONE}</p>", link_part("Go to your home page"), status=404, headers=NO_STORE
        )
    return FileResponse(found.path, media_type=found.media_type, filename=found.filename, headers=NO_STORE)


def export_routes() -> list[Route]:
    return [Route("/exports/{id}", download, methods=["GET"])]
