"""Clients who want it are told by mail of a new device; nobody else's browser gets a number."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest

from coachroom.people.people import Person
from coachroom.rooms.states import EndReason
from tests.notifications.mail_house import MailHouse, mail_house
from tests.services import enter, report_token, store_of
from tests.web.serving import Served, serving
from tests.web.test_routes import BEN

COOKIE = "coachroom_device"


@pytest.fixture(scope="module")
def house() -> Iterator[MailHouse]:
    with mail_house() as house:
        yield house


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, house: MailHouse) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("devices"), **house.settings) as running:
        yield running


@pytest.fixture
def ben(served: Served, house: MailHouse) -> Iterator[Person]:
    person = served.services.people.find(BEN)
    assert person is not None
    yield person
    served.services.devices.wish_no_more(str(person.client_id))
    store_of(served.services).execute("DELETE FROM outbox")
    house.taken.clear()


def open_room(served: Served, **cookies: str) -> httpx.Response:
    with served.browser(BEN) as browser:
        browser.cookies.update(cookies)
        return browser.post("/room/create")


def written(served: Served) -> int:
    return int(store_of(served.services).execute("SELECT count(*) FROM outbox WHERE kind = 'new_device'")[0][0])


def test_a_browser_gets_no_number_until_its_client_wants_to_be_told(served: Served, ben: Person) -> None:
    assert COOKIE not in open_room(served).cookies
    assert store_of(served.services).execute("SELECT count(*) FROM devices") == [(0,)]
    served.services.devices.wish(str(ben.client_id), device=None)
    answer = open_room(served)
    assert len(answer.cookies[COOKIE]) == 32
    given = next(line for line in answer.headers.get_list("set-cookie") if line.startswith(COOKIE))
    assert "HttpOnly" in given
    assert "SameSite=lax" in given


def test_each_new_device_is_told_once_but_for_the_first(served: Served, ben: Person) -> None:
    served.services.devices.wish(str(ben.client_id), device=None)
    first = open_room(served).cookies[COOKIE]
    open_room(served, **{COOKIE: first})
    assert written(served) == 0
    second = open_room(served).cookies[COOKIE]
    assert second != first
    for device in (first, second, second):
        open_room(served, **{COOKIE: device})
    assert written(served) == 1
    stored = {device for (device,) in store_of(served.services).execute("SELECT device FROM devices")}
    assert not stored & {first, second}


def test_the_browser_that_it_was_turned_on_in_is_known(served: Served, ben: Person) -> None:
    served.services.devices.wish(str(ben.client_id), device="x" * 32)
    open_room(served, **{COOKIE: "x" * 32})
    assert written(served) == 0
    open_room(served, **{COOKIE: "not one of ours"})
    assert written(served) == 1


def test_a_call_that_begins_in_a_room_by_its_address_counts_too(served: Served, ben: Person) -> None:
    served.services.devices.wish(str(ben.client_id), device="x" * 32)
    session = enter(served.services, str(ben.client_id), "tab of ben")
    with served.browser(BEN) as browser:
        content = json.dumps({"token": report_token(served.services, session)})
        answer = browser.post(f"/room/{session.room_id}/briefing", content=content)
    served.services.sessions.end(session.id, EndReason.CLIENT)
    assert answer.status_code == 200
    assert COOKIE in answer.cookies
    assert written(served) == 1


def test_the_mail_says_what_to_do_and_is_not_sent_to_who_wants_none_any_more(
    served: Served, ben: Person, house: MailHouse
) -> None:
    devices, outbox = served.services.devices, served.services.outbox
    with outbox._sending:
        devices.wish(str(ben.client_id), device="x" * 32)
        open_room(served)
        devices.wish_no_more(str(ben.client_id))
    outbox.send_due()
    assert house.taken == []
    devices.wish(str(ben.client_id), device="x" * 32)
    open_room(served)
    outbox.send_due()
    (mail,) = house.mails_to(BEN)
    plain, _ = mail.iter_parts()
    assert mail["Subject"] == "Your room was used from a new device"
    assert 'press "Sign out everywhere"' in plain.get_content().replace("\n", " ")
    assert mail["List-Unsubscribe"] is None
