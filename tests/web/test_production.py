"""An app as it runs behind a proxy that speaks https."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.services import OIDC, SECRET
from tests.web.serving import Served, serving

ANA = "ana.silva@example.com"


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    settings = {
        "env": "production",
        "public_url": "https://coach.example.com",
        "cookie_secret": SECRET,
        "metrics_token": "a-token-for-the-watchman",
        **OIDC,
    }
    with serving(tmp_path_factory.mktemp("production"), **settings) as running:
        yield running


def test_https_is_insisted_on(production: Served) -> None:
    headers = httpx.get(production.origin).headers
    assert headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
    assert "wss://api.us.elevenlabs.io" in headers["content-security-policy"]


def test_cookies_are_secure(production: Served) -> None:
    answer = httpx.get(production.origin + "/login?next=/room/abc")
    cookies = [cookie.lower() for cookie in answer.headers.get_list("set-cookie")]
    assert any(cookie.startswith("__host-coachroom_next=") for cookie in cookies)
    assert all("; secure" in cookie for cookie in cookies)
    assert answer.headers["location"].startswith("/auth/login")


def test_metrics_are_for_whoever_has_the_token(production: Served) -> None:
    def answered(authorization: str | None) -> int:
        headers = {"authorization": authorization} if authorization is not None else {}
        return httpx.get(production.origin + "/metrics", headers=headers).status_code

    assert answered("Bearer a-token-for-the-watchman") == 200
    for wrong in (None, "", "Bearer", "Bearer wrong", "a-token-for-the-watchman", "Basic x"):
        assert answered(wrong) == 404


def test_there_is_no_development_sign_in_and_no_practice_agent(production: Served) -> None:
    with production.browser() as browser:
        assert browser.post("/sign-in", data={"email": ANA}).status_code == 404
        token = production.services.tokens.issue_sign_in(ANA)
        answer = browser.post("/room/create", headers={"cookie": f"__Host-coachroom_demo={token}"})
        assert answer.headers["location"].startswith("/login")
    assert httpx.get(production.origin + "/practice/v1/convai/agents/a/widget").status_code == 404
    assert production.services.practice is None


def test_the_callback_of_the_sign_in_leads_to_where_somebody_wanted_to_go(production: Served) -> None:
    token = production.services.tokens.issue_next("/room/\u2192")
    answer = httpx.get(production.origin + "/oauth2callback", headers={"cookie": f"__Host-coachroom_next={token}"})
    assert answer.headers["location"] == "/room/%E2%86%92"
    assert httpx.get(production.origin + "/oauth2callback").headers["location"] == "/"
