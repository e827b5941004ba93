"""A download answers its owner, and nobody else learns that it is there."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pytest
from starlette.applications import Starlette

from coachroom.app import current
from coachroom.app.container import Services
from coachroom.metrics.exports.formats import ExportError, Format
from coachroom.metrics.exports.header import ExportHeader
from coachroom.metrics.exports.write import write_export
from coachroom.people.people import Person
from coachroom.web import exports_route
from coachroom.web.exports_route import (
    KEPT,
    MAX_FILES_OF_ONE,
    SLACK,
    Download,
    Downloads,
    close_downloads,
    downloads,
    export_routes,
    safe_filename,
    sweep_downloads,
)
from coachroom.web.identity import SIGN_IN_COOKIE
from tests.services import HandClock

NOON = datetime(2026, 5, 1, 12)
HEADER = ExportHeader("Numbers", "Some numbers.", "1, 2, …", NOON, NOON, ())


@pytest.fixture
def open_house(services: Services, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    monkeypatch.setattr(current, "_current", services)
    yield services
    close_downloads()


@pytest.fixture
def emails(open_house: Services) -> dict[str, str]:
    """One demo person's e-mail a role."""
    return {person.role.value: person.email for person in reversed(open_house.people.demo_people())}


@pytest.fixture
def owner(open_house: Services, emails: dict[str, str]) -> Person:
    found = open_house.people.find(emails["analyst"])
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
    return {"Cookie": f"{SIGN_IN_COOKIE}={services.tokens.issue_sign_in(email)}"}


def write(path: Path, format: Format = Format.CSV) -> None:
    write_export(path, pd.DataFrame({"n": [1, 2]}), HEADER, format)


def offer(person: Person, name: str = "numbers.csv") -> Download:
    return downloads().offer(person, name, write)[0]


def test_the_owner_gets_the_file(open_house: Services, owner: Person, browser: Browser) -> None:
    data, about = downloads().offer(owner, "numbers.csv", write)
    answer = browser.get(data.url, headers=cookie(open_house, owner.email))
    assert (answer.status_code, answer.content) == (200, b"n\r\n1\r\n2\r\n")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-disposition"] == 'attachment; filename="numbers.csv"'
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert int(answer.headers["content-length"]) == data.size
    told = browser.get(about.url, headers=cookie(open_house, owner.email))
    assert told.json()["title"] == "Numbers"
    assert told.headers["content-disposition"] == 'attachment; filename="numbers.csv.meta.json"'
    assert told.headers["content-type"] == "application/json"


@pytest.mark.parametrize("format", Format)
def test_every_format_has_its_media_type(
    open_house: Services, owner: Person, browser: Browser, format: Format
) -> None:
    made = downloads().offer(owner, f"n.{format}", lambda path: write(path, format))
    assert len(made) == 1 + format.is_text
    answer = browser.get(made[0].url, headers=cookie(open_house, owner.email))
    assert answer.headers["content-type"] == format.media_type
    assert answer.content == made[0].path.read_bytes()


def test_to_everybody_else_there_is_nothing(
    open_house: Services, owner: Person, emails: dict[str, str], browser: Browser
) -> None:
    there, not_there = offer(owner).url, "/exports/" + "x" * 32
    others = [cookie(open_house, email) for role, email in emails.items() if role != "analyst"]
    assert len(others) == 3
    forged = {"Cookie": f"{SIGN_IN_COOKIE}={owner.email}"}
    for headers in ({}, forged, *others):
        foreign, absent = browser.get(there, headers=headers), browser.get(not_there, headers=headers)
        assert (foreign.status_code, foreign.content) == (404, b"Not found")
        assert dict(foreign.headers) == dict(absent.headers)
        assert foreign.content == absent.content
    assert browser.get(not_there, headers=cookie(open_house, owner.email)).status_code == 404
    assert browser.ask("POST", there, headers=cookie(open_house, owner.email)).status_code == 405


@pytest.mark.parametrize("change", ["status = 'removed'", "role = 'coach'"])
def test_who_is_no_longer_what_they_were_gets_nothing(
    open_house: Services, owner: Person, browser: Browser, change: str
) -> None:
    url = offer(owner).url
    sql = f"UPDATE members SET {change} WHERE email = $1"
    open_house.writer.submit(lambda transaction: transaction.execute(sql, [owner.email])).result()
    assert browser.get(url, headers=cookie(open_house, owner.email)).status_code == 404


def test_after_a_quarter_of_an_hour_it_is_gone(
    open_house: Services, owner: Person, browser: Browser, clock: HandClock
) -> None:
    old = offer(owner)
    clock.forward(KEPT.total_seconds() - 1)
    assert browser.get(old.url, headers=cookie(open_house, owner.email)).status_code == 200
    clock.forward(1)
    assert browser.get(old.url, headers=cookie(open_house, owner.email)).status_code == 404
    clock.forward(SLACK.total_seconds())
    new = offer(owner)
    assert not old.path.parent.exists()
    assert new.path.exists()


def test_one_person_keeps_a_few_files_only(open_house: Services, owner: Person, emails: dict[str, str]) -> None:
    other = open_house.people.find(emails["coach"])
    assert other is not None
    theirs = offer(other)
    made = [offer(owner) for _ in range(MAX_FILES_OF_ONE)]
    waiting = [each for each in made if downloads().find(each.id, owner)]
    # Each offer is two files, the data and what it means.
    assert waiting == made[len(made) // 2 :]
    assert [each.path.exists() for each in made] == [each in waiting for each in made]
    assert downloads().find(theirs.id, other) == theirs


@pytest.mark.parametrize(("bound", "value"), [("MAX_BYTES", 100), ("MAX_FILES", 1)])
def test_a_full_house_says_so_and_keeps_nothing(
    open_house: Services, owner: Person, monkeypatch: pytest.MonkeyPatch, bound: str, value: int
) -> None:
    monkeypatch.setattr(exports_route, bound, value)
    with pytest.raises(ExportError, match="no room for another export"):
        offer(owner)
    assert [path for path in folder_of(open_house).rglob("*") if path.is_file()] == []


def test_a_disk_that_is_nearly_full_is_left_to_the_rooms(
    open_house: Services, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = shutil.disk_usage(open_house.settings.database.parent).free
    monkeypatch.setattr(exports_route, "MIN_FREE_BYTES", 2 * free)
    with pytest.raises(ExportError, match="disk is nearly full"):
        offer(owner)
    assert not folder_of(open_house).exists()


def test_a_failed_export_leaves_nothing(open_house: Services, owner: Person) -> None:
    def fails(path: Path) -> None:
        path.write_text("half")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        downloads().offer(owner, "n.csv", fails)
    assert list(folder_of(open_house).iterdir()) == []


def test_what_a_crash_left_is_deleted_at_the_next_start(open_house: Services, owner: Person) -> None:
    left = offer(owner)
    Downloads(folder_of(open_house), open_house.clock)
    assert not left.path.exists()


def test_the_server_deletes_what_expired_and_everything_at_its_end(
    open_house: Services, owner: Person, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports_route, "LOOK_EVERY_SECONDS", 0.01)
    old = offer(owner)
    clock.forward((KEPT + SLACK).total_seconds())

    async def serve() -> None:
        work = asyncio.create_task(sweep_downloads())
        while old.path.exists():
            await asyncio.sleep(0.01)
        assert offer(owner).path.exists()
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)

    asyncio.run(asyncio.wait_for(serve(), 10))
    assert not folder_of(open_house).exists()


def test_a_round_that_fails_is_not_the_last(
    open_house: Services, owner: Person, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports_route, "LOOK_EVERY_SECONDS", 0.01)
    old = offer(owner)
    clock.forward((KEPT + SLACK).total_seconds())
    sweep, rounds = Downloads.sweep, iter([OSError("busy")])

    def fails_once(self: Downloads, **_: Any) -> None:
        error = next(rounds, None)
        if error is not None:
            raise error
        sweep(self)

    monkeypatch.setattr(Downloads, "sweep", fails_once)

    async def serve() -> None:
        work = asyncio.create_task(sweep_downloads())
        while old.path.exists():
            await asyncio.sleep(0.01)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)

    asyncio.run(asyncio.wait_for(serve(), 10))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("session_duration.csv", "session_duration.csv"),
        ("../../etc/passwd", "etc-passwd"),
        ('a"b\r\nSet-Cookie: x.csv', "a-b-Set-Cookie-x.csv"),
        ("Zufriedenheit für alle.xlsx", "Zufriedenheit-f-r-alle.xlsx"),
        (".hidden", "hidden"),
        ("\u202egpj.csv", "gpj.csv"),
        ("…", "export"),
        ("", "export"),
        ("n" * 300 + ".parquet", "n" * 100 + ".parquet"),
    ],
)
def test_a_file_name_is_one_on_every_system(text: str, name: str) -> None:
    assert safe_filename(text) == name


def folder_of(services: Services) -> Path:
    database = services.settings.database
    return database.parent / f".{database.name}.exports"
