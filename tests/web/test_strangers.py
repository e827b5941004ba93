"""How often one address may try to sign in and open pages without a member, and that members are not held up."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from tests.simulator.serving import until
from tests.web.serving import Served, serving
from tests.web.tabs import sign_in_cookie, tab, tab_of

ANA = "ana.silva@example.com"
# The page that takes an answer from a mail has one count for looks and answers.
DOORS = [
    ("GET", "/login"),
    ("POST", "/sign-in"),
    ("GET", "/auth/login"),
    ("GET", "/oauth2callback"),
    ("POST", "/answer"),
]


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    limits = {"sign_ins_a_minute": 4, "anonymous_pages_a_minute": 6, "max_anonymous_pages": 2}
    with serving(tmp_path_factory.mktemp("strict"), **limits) as running:
        yield running


def answers(served: Served, method: str, path: str, address: str, times: int) -> list[int]:
    headers = {"x-forwarded-for": address, "origin": served.origin}
    return [httpx.request(method, served.origin + path, headers=headers).status_code for _ in range(times)]


@pytest.mark.parametrize(("method", "path"), DOORS)
def test_each_open_door_takes_so_many_tries_from_one_address(strict: Served, method: str, path: str) -> None:
    tried = answers(strict, method, path, "203.0.113.1", 6)
    assert 429 not in tried[:4]
    assert tried[4:] == [429, 429]
    assert answers(strict, method, path + "/", "203.0.113.1", 1) == [429]
    assert 429 not in answers(strict, method, path, "203.0.113.2", 4)


def test_who_comes_too_often_is_told_when_to_come_again(strict: Served) -> None:
    answers(strict, "GET", "/login", "203.0.113.3", 4)
    refused = httpx.get(strict.origin + "/login", headers={"x-forwarded-for": "203.0.113.3"})
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["retry-after"]) <= 15
    assert refused.text == "Too many tries from your network. Wait a minute, then try again."


def opened(served: Served, address: str, held: contextlib.ExitStack, email: str | None = None) -> int:
    """Opens one page and keeps it open; the status of the answer."""
    cookies = sign_in_cookie(served.services, email) if email else "coachroom_demo=forged"
    try:
        page = held.enter_context(tab(served, cookies, address))
    except InvalidStatus as refused:
        return refused.response.status_code
    page.run()
    return 101


def test_one_address_has_a_few_pages_open_without_a_member_and_members_have_theirs(strict: Served) -> None:
    with contextlib.ExitStack() as held:
        assert [opened(strict, "203.0.113.4", held) for _ in range(3)] == [101, 101, 503]
        assert [opened(strict, "203.0.113.4", held, ANA) for _ in range(3)] == [101, 101, 101]
        assert opened(strict, "203.0.113.5", held) == 101
    until(lambda: _opens_again(strict, "203.0.113.5"))


def _opens_again(served: Served, address: str) -> bool:
    with contextlib.ExitStack() as held:
        return opened(served, address, held) == 101


def test_one_address_opens_a_few_pages_a_minute_without_a_member(strict: Served) -> None:
    statuses = []
    for _ in range(8):
        with contextlib.ExitStack() as held:
            statuses.append(opened(strict, "203.0.113.6", held))
    assert statuses[-1] == 429
    assert statuses.count(101) <= 6
    with tab_of(strict, ANA) as page:
        page.run()
