"""Headers on every answer; each setting that changes them on an app of its own."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from coachroom.web.app import _agent_hosts
from coachroom.web.headers import SecurityHeaders, content_security_policy
from tests.services import settings_for
from tests.web.serving import Served

EVERYWHERE = [
    "/",
    "/healthz",
    "/Room",
    "/nope",
    "/room/create",
    "/_stcore/health",
    "/_stcore/metrics",
    "/room/x/events",
]


def directives(policy: str) -> dict[str, list[str]]:
    return {name: sources for name, *sources in (part.split() for part in policy.split("; "))}


@pytest.mark.parametrize("path", EVERYWHERE)
def test_every_answer_has_the_headers(served: Served, path: str) -> None:
    headers = httpx.get(served.origin + path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert "camera=(self)" in headers["permissions-policy"]
    assert "microphone=(self)" in headers["permissions-policy"]
    assert "geolocation=()" in headers["permissions-policy"]
    assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cache-control"] in {"no-store", "no-cache"}
    assert len(headers.get_list("content-security-policy")) == 1
    assert "strict-transport-security" not in headers


def test_the_policy_allows_neither_eval_nor_a_foreign_host_nor_a_script_of_the_pages_own(served: Served) -> None:
    policy = directives(httpx.get(served.origin).headers["content-security-policy"])
    assert policy["default-src"] == ["'self'"]
    assert policy["connect-src"] == ["'self'"]
    assert policy["frame-ancestors"] == ["'none'"]
    assert policy["object-src"] == policy["base-uri"] == ["'none'"]
    assert policy["form-action"] == ["'self'"]
    script = policy["script-src"]
    assert "'unsafe-eval'" not in script
    assert "'unsafe-inline'" not in script
    assert "blob:" not in script
    assert len([source for source in script if source.startswith("'sha256-")]) == 3, (
        "Streamlit's, ours, and that of the page for when the server is away"
    )
    assert not any(re.search(r"https?:|\*", source) for sources in policy.values() for source in sources)


def test_only_components_may_be_framed_and_by_ourselves_only(served: Served) -> None:
    headers = httpx.get(served.origin + "/component/streamlit_webrtc.component.webrtc_streamer/index.html").headers
    assert directives(headers["content-security-policy"])["frame-ancestors"] == ["'self'"]
    assert headers["x-frame-options"] == "SAMEORIGIN"


def test_a_page_may_connect_to_the_agent_in_force_and_to_nobody_else(tmp_path: Path) -> None:
    assert _agent_hosts(settings_for(tmp_path)) == ()
    real = settings_for(tmp_path, agent_provider="elevenlabs")
    policy = directives(content_security_policy(connect=_agent_hosts(real), frame_ancestors="'none'"))
    assert policy["connect-src"] == ["'self'", *_agent_hosts(real)]


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("https://api.us.elevenlabs.io", {"api.us.elevenlabs.io", "api.elevenlabs.io"}),
        ("https://api.elevenlabs.io/", {"api.us.elevenlabs.io", "api.elevenlabs.io"}),
        ("https://API.EU.residency.elevenlabs.io:443", {"api.eu.residency.elevenlabs.io"}),
        ("https://api.in.residency.elevenlabs.io", {"api.in.residency.elevenlabs.io"}),
        ("https://proxy.example.com:8443/eleven", {"proxy.example.com:8443"}),
    ],
)
def test_a_page_may_connect_to_all_hosts_of_the_region(tmp_path: Path, url: str, hosts: set[str]) -> None:
    settings = settings_for(tmp_path, agent_provider="elevenlabs", elevenlabs_url=url, ELEVENLABS_API_KEY="key")
    expected = {f"{scheme}://{host}" for scheme in ("https", "wss") for host in hosts}
    assert set(_agent_hosts(settings)) == expected


def _with_cookies(secure: bool) -> list[str]:
    async def answer(_: object) -> Response:
        response = PlainTextResponse("ok")
        response.set_cookie("plain", "value")
        response.set_cookie("has_secure_in_its_value", "secure")
        response.set_cookie("marked", "value", secure=True)
        return response

    middleware = [Middleware(SecurityHeaders, connect=(), secure=secure)]
    app = Starlette(routes=[Route("/", answer)], middleware=middleware)

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app") as client:
            return await client.get("/")

    return [cookie.lower() for cookie in asyncio.run(ask()).headers.get_list("set-cookie")]


def test_behind_https_every_cookie_is_secure_once() -> None:
    assert [cookie.split("; ").count("secure") for cookie in _with_cookies(secure=True)] == [1, 1, 1]
    assert [cookie.split("; ").count("secure") for cookie in _with_cookies(secure=False)] == [0, 0, 1]
