"""Request bodies, as long as they are no larger than allowed."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.requests import Request

from coachroom.web.refusals import BodyTooLargeError

# What a page asks for is this small; only deliveries are larger.
MAX_REQUEST_BYTES = 16 * 1024


def stated_length(headers: Headers) -> int:
    """What a request says of its body's length; 0 where it says nothing that can be read."""
    stated = headers.get("Content-Length", "")
    return int(stated) if stated.isdecimal() and len(stated) < 20 else 0


async def body_up_to(max_bytes: int, request: Request) -> bytes:
    """The request's body. Raises BodyTooLargeError as soon as it is larger than allowed."""
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > max_bytes:
            raise BodyTooLargeError(max_bytes)
    return bytes(received)
