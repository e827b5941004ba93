"""No text of a client becomes a part of an address: what a loopback server in the provider's place is asked for."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from coachroom.agent_config.remote import Agents
from coachroom.elevenlabs.address import is_conversation_id, path_part
from coachroom.elevenlabs.client import ElevenLabs
from coachroom.errors import AgentUnavailableError

HOSTILE = [
    "../../../v1/user",
    "conv_1/../../../user",
    "conv_1/..",
    "..",
    "%2e%2e",
    "conv_%2e%2e%2fuser",
    "?x",
    "conv_1?x=1",
    "conv_1#x",
    "#",
    "",
    " ",
    "conv_",
    "conv_1\n",
    "conv_1\r\nxi-api-key: other",
    "conv_\u0661",
    "conv_\u00e9",
    "\u202econv_1",
    "//evil.example/",
    "http://evil.example/conv_1",
    "conv_1\x00",
    "conv_" + "a" * 10_000,
]
TRICKS = st.sampled_from(
    ["..", "/", "\\", "%2e", "%2f", "?", "#", "\n", "\r", "\x00", ":", "@", " ", "é", "conv_", "a1"]
)
TEXTS = st.text() | st.lists(TRICKS, max_size=8).map("".join) | st.from_regex(r"\Aconv_[A-Za-z0-9]{1,30}\Z")


class Recorder:
    """A server that answers 404 and keeps what it was asked for."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        lines = self.lines

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.rfile.read(int(self.headers.get("content-length", 0)))
                lines.append(self.requestline)
                self.send_response(404)
                self.send_header("content-length", "0")
                self.end_headers()

            do_POST = do_DELETE = do_PATCH = do_GET

            def log_message(self, *_: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def asked(self) -> list[str]:
        """The request lines since the last look."""
        lines, self.lines[:] = list(self.lines), []
        return lines


@pytest.fixture(scope="module")
def recorder() -> Iterator[Recorder]:
    recorder = Recorder()
    thread = threading.Thread(target=recorder.server.serve_forever, args=[0.05])
    thread.start()
    yield recorder
    recorder.server.shutdown()
    thread.join(10)
    recorder.server.server_close()


@pytest.fixture(scope="module")
def provider(recorder: Recorder) -> Iterator[ElevenLabs]:
    provider = ElevenLabs(api_key="key", base_url=recorder.url, agent_id="agent_1")
    yield provider
    provider.close()


def asked_for(recorder: Recorder, provider: ElevenLabs, conversation_id: str) -> list[str]:
    with pytest.raises(AgentUnavailableError) as error:
        provider.record(conversation_id)
    assert error.value.cause == "unknown_call"
    return recorder.asked()


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_an_id_that_is_none_of_the_providers_is_not_asked_for(
    recorder: Recorder, provider: ElevenLabs, text: str
) -> None:
    assert asked_for(recorder, provider, text) == []


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXTS)
@example("conv_01jy88zv6zfe1a9v9zdxt69abd")
def test_whatever_is_asked_for_is_the_record_of_one_call(recorder: Recorder, provider: ElevenLabs, text: str) -> None:
    lines = asked_for(recorder, provider, text)
    assert lines == ([f"GET /v1/convai/conversations/{text} HTTP/1.1"] if is_conversation_id(text) else [])


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXTS)
def test_no_other_id_leaves_its_place_in_an_address(recorder: Recorder, text: str) -> None:
    agents = Agents(api_key="key", base_url=recorder.url, agent_id="agent_1")
    try:
        for use in (
            lambda: agents.update_tool(text, {}),
            lambda: agents.delete_test(text),
            lambda: agents.test_invocation(text),
            lambda: agents.cancel_tests(text),
        ):
            with contextlib.suppress(AgentUnavailableError):
                use()
    finally:
        agents.close()
    paths = [line.split(" ")[1] for line in recorder.asked()]
    places = ("tools/{}", "agent-testing/{}", "test-invocations/{}", "test-invocations/{}/cancel")
    try:
        assert paths == [f"/v1/convai/{place.format(path_part(text))}" for place in places]
    except ValueError:
        assert paths == []
