"""`POST /hooks/members`: who may report, how much and how often, and what is answered."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from coachroom.clock import utc_now
from coachroom.notifications.standard_webhooks import signed_headers
from coachroom.web.member_hook_route import RATE, MemberHookRoute
from tests.web.fuzzed import HOOK_SECRET, MEMBER_EVENT
from tests.web.serving import Served, serving

EMAIL = MEMBER_EVENT["email"]
BEARER = {"authorization": f"Bearer {HOOK_SECRET}"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("hooked"), members_hook_secret=HOOK_SECRET) as running:
        yield running


def post(served: Served, body: bytes | None = None, query: str = "", **headers: str) -> httpx.Response:
    content = json.dumps(MEMBER_EVENT).encode() if body is None else body
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.post(f"{served.origin}/hooks/members{query}", content=content, headers=named)


def test_a_token_opens_it_and_the_member_may_sign_in(served: Served) -> None:
    answer = post(served, **BEARER)
    assert (answer.status_code, answer.json()) == (200, {"done": "The member may sign in."})
    assert served.services.members.all()[EMAIL].status == "active"
    assert post(served, **BEARER).json() == {"done": "This event is known already."}


def test_a_form_with_the_event_in_the_address_does_as_well(served: Served) -> None:
    form = {"content_type": "application/x-www-form-urlencoded"}
    answer = post(served, b"email=form%40example.com&first_name=Fo", "?event=member.paid", **BEARER, **form)
    assert answer.status_code == 200
    assert served.services.members.all()["form@example.com"].display_name == "Fo"


def test_a_signature_opens_it_once(served: Served) -> None:
    body = json.dumps(MEMBER_EVENT | {"email": "signed@example.com"}).encode()
    signed = signed_headers(HOOK_SECRET, "msg_1", utc_now(), body)
    assert post(served, body, **signed).json() == {"done": "The member may sign in."}
    assert post(served, body, **signed).json() == {"done": "This event is known already."}
    assert post(served, body + b" ", **signed).status_code == 401


def test_a_signed_event_is_not_another_one_at_another_address(served: Served) -> None:
    body = json.dumps({"email": "kept@example.com"}).encode()
    signed = signed_headers(HOOK_SECRET, "msg_2", utc_now(), body)
    assert post(served, body, **signed).status_code == 200
    answer = post(served, body, "?event=member.cancelled", **signed)
    assert answer.status_code == 422
    assert "does not cover the address" in answer.json()["error"]
    assert served.services.members.all()["kept@example.com"].status == "active"


@pytest.mark.parametrize(
    "headers",
    [{}, {"authorization": "Bearer x"}, {"authorization": HOOK_SECRET}, {"authorization": "Bearer é".encode()}],
)
def test_without_either_nothing_is_read(served: Served, headers: dict[str, str]) -> None:
    answer = httpx.post(f"{served.origin}/hooks/members", content=b"[" * 1000, headers=headers)
    assert answer.status_code == 401
    assert "COACHROOM_MEMBERS_HOOK_SECRET" in answer.json()["error"]


def test_what_is_no_event_is_said_and_nothing_is_done(served: Served) -> None:
    before = served.services.members.all()
    answer = post(served, b'{"email": "x"}', **BEARER)
    assert (answer.status_code, answer.json()) == (
        422,
        {"error": "This event cannot be taken: 'x' is not an e-mail address."},
    )
    assert post(served, b'{"email": "a@example.com", "x": "' + b"y" * 70_000 + b'"}', **BEARER).status_code == 413
    assert served.services.members.all() == before


def test_a_coach_who_cancels_is_an_error_that_names_the_way_out(served: Served) -> None:
    body = json.dumps({"email": "carla.mendes@example.com", "event": "member.cancelled"}).encode()
    answer = post(served, body, **BEARER)
    assert answer.status_code == 422
    assert "changed by an administrator" in answer.json()["error"]


def test_one_address_comes_only_so_often(served: Served) -> None:
    app = Starlette(routes=[Route("/", MemberHookRoute(now=lambda: 0.0).receive, methods=["POST"])])

    async def ask() -> list[httpx.Response]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=served.origin) as client:
            return [await client.post("/", headers=BEARER if number else {}) for number in range(RATE.burst + 1)]

    answers = asyncio.run(ask())
    assert [answer.status_code for answer in answers] == [401] + [422] * (RATE.burst - 1) + [429]
    assert int(answers[-1].headers["retry-after"]) >= 1
