"""A download answers its owner, and nobody else learns that it is there."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from starlette.applications import Starlette

from coachroom.app import current
from coachroom.app.container import Services
from coachroom.app.downloads import KEPT, SLACK
from coachroom.metrics.exports.formats import Format
from coachroom.people.people import Person
from coachroom.web.exports_route import GONE, export_routes
from coachroom.web.identity import SIGN_IN_COOKIE
from tests.app.offers import emails_by_role, offer, write
from tests.services import HandClock, writer_of
from tests.web.tabs import sign_in_cookie


@pytest.fixture(autouse=True)
def installed(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current, "_current", services)


@pytest.fixture
def emails(services: Services) -> dict[str, str]:
    return emails_by_role(services)


@pytest.fixture
def owner(services: Services, emails: dict[str, str]) -> Person:
    found = services.people.find(emails["analyst"])
    assert found is not None
    return found


class Browser:
    """Asks the routes alone, without a server around them."""

    def get(self, url: str, headers: dict[str, str]) -> httpx.Response:
        return self.ask("GET", url, headers)

    def ask(self, method: str, url: str, headers: dict[str, str]) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(Starlette(routes=export_routes()))
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
                return await client.request(method, url, headers=headers)

        return asyncio.run(ask())


@pytest.fixture
def browser() -> Browser:
    return Browser()


def cookie(services: Services, email: str) -> dict[str, str]:
    return {"Cookie": sign_in_cookie(services, email)}


def test_the_owner_gets_the_file(services: Services, owner: Person, browser: Browser) -> None:
    data, about = services.downloads.offer(owner, "numbers.csv", write)
    answer = browser.get(data.url, headers=cookie(services, owner.email))
    assert (answer.status_code, answer.content) == (200, b"n\r\n1\r\n2\r\n")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-disposition"] == 'attachment; filename="numbers.csv"'
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert int(answer.headers["content-length"]) == data.size
    told = browser.get(about.url, headers=cookie(services, owner.email))
    assert told.json()["title"] == "Numbers"
    assert told.headers["content-disposition"] == 'attachment; filename="numbers.csv.meta.json"'
    assert told.headers["content-type"] == "application/json"


@pytest.mark.parametrize("format", Format)
def test_every_format_has_its_media_type(services: Services, owner: Person, browser: Browser, format: Format) -> None:
    made = services.downloads.offer(owner, f"n.{format}", lambda path: write(path, format))
    assert len(made) == 1 + format.is_text
    answer = browser.get(made[0].url, headers=cookie(services, owner.email))
    assert answer.headers["content-type"] == format.media_type
    assert answer.content == made[0].path.read_bytes()


def test_to_everybody_else_there_is_nothing(
    services: Services, owner: Person, emails: dict[str, str], browser: Browser
) -> None:
    there, not_there = offer(services, owner).url, "/exports/" + "x" * 32
    others = [cookie(services, email) for role, email in emails.items() if role != "analyst"]
    assert len(others) == 3
    forged = {"Cookie": f"{SIGN_IN_COOKIE}={owner.email}"}
    for headers in ({}, forged, *others):
        foreign, absent = browser.get(there, headers=headers), browser.get(not_there, headers=headers)
        assert foreign.status_code == 404
        assert GONE in foreign.text
        assert dict(foreign.headers) == dict(absent.headers)
        assert foreign.content == absent.content
    assert browser.get(not_there, headers=cookie(services, owner.email)).status_code == 404
    assert browser.ask("POST", there, headers=cookie(services, owner.email)).status_code == 405


@pytest.mark.parametrize("change", ["status = 'removed'", "role = 'coach'"])
def test_who_is_no_longer_what_they_were_gets_nothing(
    services: Services, owner: Person, browser: Browser, change: str
) -> None:
    url = offer(services, owner).url
    sql = f"UPDATE members SET {change} WHERE email = $1"
    writer_of(services).submit(lambda transaction: transaction.execute(sql, [owner.email])).result()
    assert browser.get(url, headers=cookie(services, owner.email)).status_code == 404


def test_after_a_quarter_of_an_hour_it_is_gone(
    services: Services, owner: Person, browser: Browser, clock: HandClock
) -> None:
    old = offer(services, owner)
    clock.forward(KEPT.total_seconds() - 1)
    assert browser.get(old.url, headers=cookie(services, owner.email)).status_code == 200
    clock.forward(1)
    assert browser.get(old.url, headers=cookie(services, owner.email)).status_code == 404
    clock.forward(SLACK.total_seconds())
    new = offer(services, owner)
    assert not old.path.parent.exists()
    assert new.path.exists()
