"""Pages that come all at once begin some at a time; nobody waits for a slow one, nor without end."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.types import Message, Receive, Scope, Send
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from coachroom.web.paced_pages import STRANGER, PacedPages
from coachroom.web.page_frames import PAGE_SOCKET
from tests.virtual_time import run_virtually


def finished() -> Message:
    message = ForwardMsg()
    message.script_finished = ForwardMsg.FINISHED_SUCCESSFULLY
    return {"type": "websocket.send", "bytes": message.SerializeToString()}


def begun(pages: int, run: float, *, stay: float = 1000.0, scope: dict[str, Any] | None = None) -> list[float]:
    """When each of so many pages began, that come at once; a run takes `run` seconds, and the page stays open."""
    moments: list[float] = []

    async def app(_: Scope, receive: Receive, send: Send) -> None:
        del receive
        moments.append(round(asyncio.get_running_loop().time(), 6))
        await asyncio.sleep(run)
        await send(finished())
        await asyncio.sleep(stay)

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(_: Message) -> None:
        return

    async def all_come() -> None:
        paced = PacedPages(app, at_once=2, max_wait=10, max_run=1)
        given = {"type": "websocket", "path": PAGE_SOCKET} | (scope or {})
        await asyncio.gather(*(paced(dict(given), receive, send) for _ in range(pages)))

    run_virtually(all_come())
    return moments


def test_some_begin_at_once_and_the_next_when_a_run_is_finished() -> None:
    assert begun(6, run=0.5) == [0, 0, 0.5, 0.5, 1, 1]


def test_a_page_that_runs_for_long_lets_others_begin_beside_it() -> None:
    assert begun(4, run=30) == [0, 0, 1, 1]


def test_a_page_that_is_gone_before_it_ran_gives_its_place_back() -> None:
    async def app(_: Scope, receive: Receive, send: Send) -> None:
        del receive, send

    async def all_come() -> float:
        paced = PacedPages(app, at_once=1, max_wait=10, max_run=5)
        scope: Scope = {"type": "websocket", "path": PAGE_SOCKET}
        await asyncio.gather(*(paced(scope, None, None) for _ in range(5)))  # type: ignore[arg-type]
        return asyncio.get_running_loop().time()

    assert run_virtually(all_come()) == 0


def test_nobody_waits_for_longer_than_a_browser_does() -> None:
    moments = begun(60, run=0.9)
    assert moments[:4] == [0, 0, 0.9, 0.9]
    assert max(moments) == 10
    assert len(moments) == 60


def test_strangers_and_other_requests_wait_for_nobody() -> None:
    for other in ({STRANGER: True}, {"path": "/live/x"}, {"type": "http"}):
        assert begun(6, run=0.5, scope=other) == [0] * 6
