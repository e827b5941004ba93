"""Random and changed bodies at every address that takes one, and at a page's socket.

No answer is a failure of ours, nothing is logged as one, and nothing is left behind. `make fuzz` tries many more.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from streamlit import logger as streamlit_logger
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from coachroom.notifications.web_push import VapidKey
from coachroom.rooms.states import EndReason, Session
from tests.recording.documents import AGENT_ID, WEBHOOK_SECRET
from tests.services import enter
from tests.simulator.serving import until
from tests.web.fuzzed import HOOK_SECRET, Door, bad_bodies, bad_frames, doors
from tests.web.serving import Served, serving
from tests.web.tabs import sign_in_cookie

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "15"))
FUZZ = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=EXAMPLES <= 15,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
MAX_GROWTH = 1.1


class Failures(logging.Handler):
    """Keeps what is logged as a failure or with a traceback."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info or record.levelno >= logging.ERROR:
            self.seen.append(f"{record.name}: {record.getMessage()}")


@contextmanager
def no_failure_logged() -> Iterator[None]:
    failures = Failures()
    # Streamlit's loggers pass nothing on.
    loggers = [logging.getLogger(), *streamlit_logger._loggers.values()]
    for each in loggers:
        each.addHandler(failures)
    try:
        yield
    finally:
        for each in loggers:
            each.removeHandler(failures)
    assert failures.seen == []


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("fuzzed")
    with serving(
        folder,
        webhook_secret=WEBHOOK_SECRET,
        agent_id=AGENT_ID,
        members_hook_secret=HOOK_SECRET,
        push_key=VapidKey.new().text,
    ) as running:
        yield running


@pytest.fixture(scope="module")
def session(served: Served) -> Iterator[Session]:
    own = enter(served.services, "demo-ben", "tab of ben")
    yield own
    served.services.sessions.end(own.id, EndReason.CLIENT)


@pytest.fixture(scope="module")
def browser(served: Served) -> Iterator[httpx.Client]:
    """Stays signed in, whatever an answer says of its cookies."""
    with served.browser() as signed_in:
        signed_in.headers["cookie"] = sign_in_cookie(served.services, "ben.okafor@example.com")
        yield signed_in


def resident() -> int:
    """This process's memory, in pages."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])


def ask(browser: httpx.Client, door: Door, body: bytes) -> int:
    answer = browser.request(door.method, door.path, content=body, headers=door.headers_for(body))
    return answer.status_code


def test_every_address_that_takes_a_body_has_a_good_request_here(served: Served, session: Session) -> None:
    assert len(doors(served, session)) > 20


def test_bad_bodies_are_refused_with_no_failure_and_leave_nothing_behind(
    served: Served, session: Session, browser: httpx.Client
) -> None:
    choices = doors(served, session)
    seen: set[str] = set()

    @FUZZ
    @given(st.data())
    def every_door(data: st.DataObject) -> None:
        for door in choices:
            body = data.draw(bad_bodies(door.body), label=door.template)
            status = ask(browser, door, body)
            assert status < 500, f"{door.method} {door.template} answered {status}"
            seen.add(door.template)

    with no_failure_logged():
        every_door()
        threads, memory = threading.active_count(), resident()
        every_door()
    assert len(seen) == len({door.template for door in choices})
    assert threading.active_count() <= threads + 2
    assert resident() < memory * MAX_GROWTH
    assert browser.get("/healthz").status_code == 200


def test_bad_frames_close_a_pages_socket_or_are_answered_with_no_failure(served: Served) -> None:
    address = f"ws://localhost:{served.port}/_stcore/stream"

    @FUZZ
    @given(st.lists(bad_frames(), min_size=1, max_size=3))
    def a_page(frames: list[bytes | str]) -> None:
        with (
            suppress(ConnectionClosed),
            connect(address, origin=served.origin, max_size=None) as page,  # type: ignore[arg-type]
        ):
            for frame in frames:
                page.send(frame)
            with suppress(TimeoutError):
                page.recv(timeout=0.2)

    with no_failure_logged():
        a_page()
        until(lambda: httpx.get(served.origin + "/healthz").status_code == 200)
