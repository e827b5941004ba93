"""Pages that come all at once connect one after the other; those who come now and then never wait."""

from __future__ import annotations

import asyncio

from starlette.types import Message, Receive, Scope, Send

from coachroom.web.paced_pages import STRANGER, Pace, PacedPages
from coachroom.web.page_frames import PAGE_SOCKET


def waits(pace: Pace, moments: list[float]) -> list[float | None]:
    return [pace.wait_at(moment) for moment in moments]


def test_some_come_in_at_once_and_the_others_one_after_the_other() -> None:
    found = waits(Pace(at_once=3, a_second=10, max_wait=5), [100.0] * 6)
    assert [round(wait or 0, 6) for wait in found] == [0, 0, 0, 0.1, 0.2, 0.3]


def test_who_comes_now_and_then_never_waits() -> None:
    assert waits(Pace(at_once=1, a_second=8), [each / 8 for each in range(50)]) == [0.0] * 50


def test_after_a_pause_as_many_come_in_at_once_again() -> None:
    pace = Pace(at_once=3, a_second=10)
    waits(pace, [100.0] * 20)
    assert waits(pace, [200.0] * 3) == [0.0] * 3


def test_who_would_wait_too_long_is_told_and_takes_no_place() -> None:
    pace = Pace(at_once=1, a_second=10, max_wait=0.25)
    assert [wait is None for wait in waits(pace, [100.0] * 6)] == [False, False, False, True, True, True]
    assert pace.wait_at(100.2) is not None


def came(count: int, **scope: object) -> tuple[list[float], list[float], list[int]]:
    """So many who come at once: when each got in, how long they were told to wait, and the refusals' statuses."""
    slept: list[float] = []
    inside: list[float] = []
    statuses: list[int] = []

    async def app(_: Scope, receive: Receive, send: Send) -> None:
        del receive, send
        inside.append(0.0)

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        if "status" in message:
            statuses.append(int(message["status"]))

    paced = PacedPages(app, now=lambda: 0.0, sleep=sleep, pace=Pace(at_once=2, a_second=10, max_wait=0.25))
    given: Scope = {
        "type": "websocket",
        "path": PAGE_SOCKET,
        "headers": [],
        "extensions": {"websocket.http.response": {}},
        **scope,
    }

    async def all_come() -> None:
        for _ in range(count):
            await paced(dict(given), receive, send)

    asyncio.run(all_come())
    return inside, [round(each, 6) for each in slept], statuses


def test_a_page_waits_for_its_moment_and_one_too_many_is_refused() -> None:
    inside, slept, statuses = came(6)
    assert len(inside) == 4
    assert slept == [0.1, 0.2]
    assert statuses == [503, 503]


def test_strangers_and_other_requests_take_nobodys_place() -> None:
    for other in ({STRANGER: True}, {"path": "/live/x"}, {"type": "http"}):
        inside, slept, statuses = came(6, **other)
        assert (len(inside), slept, statuses) == (6, [], [])
