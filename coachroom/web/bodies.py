"""Request bodies, as long as they are no larger than allowed."""

from __future__ import annotations

from starlette.requests import Request


async def body_up_to(largest: int, request: Request) -> bytes | None:
    """The request's body; None as soon as it is larger than allowed."""
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > largest:
            return None
    return bytes(received)
