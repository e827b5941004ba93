"""The HTTP routes, where plain requests show more than the SDK does."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from coachroom.simulator import PracticeAgent
from tests.simulator.serving import AGENT, API_KEY, TEXT_ONLY, RunningAgent, call, open_house


@pytest.fixture(scope="module")
def http(practice: RunningAgent) -> Iterator[httpx.Client]:
    with httpx.Client(
        base_url=f"{practice.url}/v1/convai", headers={"xi-api-key": API_KEY}, trust_env=False
    ) as client:
        yield client


@pytest.fixture
def conversation_id(practice: RunningAgent) -> str:
    with call(practice, **TEXT_ONLY) as caller:
        return str(caller.hear("conversation_initiation_metadata")["conversation_id"])


def test_the_widget_asks_for_its_settings_without_a_key(practice: RunningAgent) -> None:
    answer = httpx.get(f"{practice.url}/v1/convai/agents/{AGENT}/widget").json()
    assert answer["agent_id"] == AGENT
    assert answer["widget_config"]["avatar"]
    assert answer["widget_config"]["use_rtc"] is False


def test_without_a_key_of_its_own_the_api_is_closed() -> None:
    with open_house(api_key=None) as closed:
        for key in ({}, {"xi-api-key": ""}, {"xi-api-key": "any"}):
            assert httpx.get(f"{closed.url}/v1/convai/conversations", headers=key).status_code == 401
        assert httpx.get(f"{closed.url}/v1/convai/agents/{AGENT}/widget").status_code == 200


def test_only_known_agents_are_served() -> None:
    with open_house(agent_ids={AGENT}) as strict:
        for path in ("agents/other/widget", "agents/other", "conversation/token?agent_id=other"):
            answer = httpx.get(f"{strict.url}/v1/convai/{path}", headers={"xi-api-key": API_KEY})
            assert (answer.status_code, answer.json()["detail"]["status"]) == (404, "agent_not_found")
        assert httpx.get(f"{strict.url}/v1/convai/agents/{AGENT}/widget").status_code == 200


def test_a_signed_url_follows_prefix_host_and_scheme() -> None:
    agent = PracticeAgent(secret="s", api_key=API_KEY)
    app = Starlette(routes=[Mount("/app", routes=[Mount("/practice", routes=agent.routes())])])

    async def ask(name: str) -> str:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="https://room.example/app/practice") as client:
            path = f"/v1/convai/conversation/{name}?agent_id=a"
            return str((await client.get(path, headers={"xi-api-key": API_KEY})).json()["signed_url"])

    for name in ("get-signed-url", "get_signed_url"):
        assert asyncio.run(ask(name)).startswith(
            "wss://room.example/app/practice/v1/convai/conversation?agent_id=a&conversation_signature=cvtkn_"
        )


@pytest.mark.parametrize(
    "path",
    [
        "conversation/get-signed-url",
        "conversations?page_size=0",
        "conversations?page_size=101",
        "conversations?page_size=many",
        "conversations?cursor=%00%ff",
        "conversations?cursor=YWJj",
        "conversations?call_start_after_unix=yesterday",
    ],
)
def test_bad_questions_are_answered_with_422(http: httpx.Client, path: str) -> None:
    assert http.get(path).status_code == 422


@pytest.mark.parametrize("path", ["conversations/conv_none", "conversations/conv_none/audio"])
def test_what_is_not_there_is_404(http: httpx.Client, path: str) -> None:
    assert http.get(path).status_code == 404
    assert http.delete("conversations/conv_none").status_code == 404


def test_a_conversation_without_audio_has_no_audio_file(http: httpx.Client, conversation_id: str) -> None:
    assert http.get(f"conversations/{conversation_id}/audio").status_code == 404


def test_a_rating_with_a_comment_is_kept(http: httpx.Client, conversation_id: str) -> None:
    path = f"conversations/{conversation_id}"
    assert http.post(f"{path}/feedback", json={"rating": 4, "comment": "Good questions"}).status_code == 200
    feedback = http.get(path).json()["metadata"]["feedback"]
    assert (feedback["rating"], feedback["comment"]) == (4, "Good questions")


@pytest.mark.parametrize(
    "body", [{"rating": 6}, {"rating": True}, {"feedback": "meh"}, {"comment": 5}, {"comment": "x" * 9_000}, [], "x"]
)
def test_odd_feedback_is_refused(http: httpx.Client, conversation_id: str, body: Any) -> None:
    assert http.post(f"conversations/{conversation_id}/feedback", json=body).status_code == 422


def test_huge_and_foreign_feedback_is_refused(http: httpx.Client, conversation_id: str) -> None:
    path = f"conversations/{conversation_id}/feedback"
    assert http.post(path, content=b"x" * 100_000).status_code == 413
    assert http.post(path, content=b"{").status_code == 422
    assert http.post(path, json={"rating": 5}, headers={"origin": "https://evil.example"}).status_code == 403


def test_a_practice_agent_that_could_not_sign_is_not_made() -> None:
    async def deliver(_body: bytes, _headers: dict[str, str]) -> None: ...

    with pytest.raises(ValueError, match="needs a secret"):
        PracticeAgent(secret="")
    with pytest.raises(ValueError, match="webhook_secret"):
        PracticeAgent(secret="s", deliver=deliver)
