"""The link that stops mails: looking changes nothing, one click does, and it can be taken back."""

from __future__ import annotations

import httpx
import pytest

from coachroom.notifications.message import MessageKind
from tests.web.serving import Served

CARLA = "carla.mendes@example.com"


def link(served: Served, kind: str = "monday") -> str:
    return served.origin + served.services.tokens.issue_unsubscribe(CARLA, kind)


def stopped(served: Served) -> bool:
    return served.services.outbox.is_unsubscribed(CARLA, MessageKind.MONDAY)


def test_a_look_asks_and_changes_nothing(served: Served) -> None:
    for _ in range(2):
        answer = httpx.get(link(served))
        assert answer.status_code == 200
        assert "You get the mail on Monday" in answer.text
    assert httpx.head(link(served)).status_code == 200
    assert not stopped(served)
    assert "script-src" in answer.headers["content-security-policy"]


def test_one_click_of_a_mail_program_stops_it_and_the_page_takes_it_back(served: Served) -> None:
    # As RFC 8058 says: no cookies, no page of ours before it.
    for _ in range(2):
        answer = httpx.post(link(served), data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
        assert stopped(served)
    assert "You do not get the mail on Monday" in httpx.get(link(served)).text
    httpx.post(link(served), data={"again": "1"})
    assert not stopped(served)


def test_each_kind_that_may_be_stopped_is_named_on_the_page(served: Served) -> None:
    for kind in (each for each in MessageKind if each.may_be_stopped):
        assert "You get the mail" in httpx.get(link(served, kind)).text


@pytest.mark.parametrize("kind", ["invitation", "own_data", "new_device", "nonsense"])
def test_mails_that_are_due_are_not_stopped(served: Served, kind: str) -> None:
    assert httpx.get(link(served, kind)).status_code == 404
    assert httpx.post(link(served, kind), data={"stop": "1"}).status_code == 404


@pytest.mark.parametrize("kind", [kind for kind in MessageKind if kind.may_be_stopped])
def test_each_kind_that_may_be_stopped_has_its_sentence(served: Served, kind: MessageKind) -> None:
    assert "You get the mail" in httpx.get(link(served, kind)).text


@pytest.mark.parametrize("token", ["", "x", "W10.x", "é"])
def test_a_link_that_is_none_of_ours_does_nothing(served: Served, token: str) -> None:
    for ask in (httpx.get, httpx.post):
        answer = ask(f"{served.origin}/unsubscribe", params={"token": token})
        assert answer.status_code == 404
        assert "open it from the latest mail" in answer.text
        assert ">Open coachroom</a>" in answer.text
    other = link(served).replace("token=", "token=A")
    assert httpx.post(other).status_code == 404
    assert not stopped(served)
