"""The practice agent on a port of its own: it answers while the block lasts and is gone after it."""

from __future__ import annotations

import threading

import httpx
import pytest

from coachroom.app.practice_server import PracticeServer, serve_practice_agent
from coachroom.elevenlabs.client import ElevenLabs


def stopped(server: PracticeServer) -> bool:
    with pytest.raises(httpx.ConnectError):
        httpx.get(server.url)
    return not [thread for thread in threading.enumerate() if thread.name == "practice"]


def test_it_serves_any_agent_to_whoever_has_its_key() -> None:
    with serve_practice_agent() as server:
        assert server.url.startswith("http://127.0.0.1:")
        provider = ElevenLabs(api_key=server.api_key, base_url=server.url, agent_id="agent_any")
        assert provider.signed_url().startswith("ws://127.0.0.1:")
        provider.close()
        assert httpx.get(f"{server.url}/v1/convai/agents/agent_any").status_code == 401
    assert stopped(server)


def test_it_stops_also_when_its_user_fails() -> None:
    with pytest.raises(KeyError), serve_practice_agent() as server:
        raise KeyError
    assert stopped(server)


def test_two_do_not_meet() -> None:
    with serve_practice_agent() as one, serve_practice_agent() as other:
        assert one.url != other.url
        assert one.api_key != other.api_key
