"""The secret calendar address: what a calendar program reads there, and to whom it opens nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import httpx
import pytest
from icalendar import Calendar
from starlette.applications import Starlette

from coachroom.app import current
from coachroom.app.container import Services
from coachroom.web.app import routes_of
from coachroom.web.calendar_feed_route import calendar_feed_routes
from tests.appointments.houses import AI, AMIRA, ANA_MAIL, CARLA, MONDAY, book, minutes, set_hours
from tests.live.visits import person
from tests.services import ANA, BEN, HandClock, opened
from tests.web.serving import serving


@pytest.fixture
def services(tmp_path: Path, clock: HandClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    with opened(tmp_path, clock, appointments=True, live_coach=True) as running:
        set_hours(running)
        monkeypatch.setattr(current, "_current", running)
        yield running


def get(key: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(Starlette(routes=calendar_feed_routes()))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.get(f"/calendar/{key}.ics")

    return asyncio.run(ask())


def test_each_reads_their_own_appointments_without_names(services: Services) -> None:
    mine, _ = book(services), book(services, MONDAY + minutes(240), AI, client=BEN)
    for email in (ANA_MAIL, CARLA):
        answer = get(services.calendar_feeds.make(email))
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
        assert answer.headers["cache-control"] == "no-store"
        (event,) = Calendar.from_ical(answer.text).events
        assert (event.uid, event.start) == (f"{mine.id}@localhost", MONDAY.replace(tzinfo=UTC))
        assert not any(name in answer.text for name in ("Ana", "Carla", "ana.silva", "carla.mendes"))


def test_a_cancelled_appointment_stays_there_as_cancelled(services: Services) -> None:
    mine = book(services)
    key = services.calendar_feeds.make(ANA_MAIL)
    services.appointments.cancel_own(mine.id, ANA, None, by=ANA_MAIL)
    (event,) = Calendar.from_ical(get(key).text).events
    assert (str(event["STATUS"]), int(event["SEQUENCE"])) == ("CANCELLED", 1)


def test_an_address_that_is_none_or_not_valid_any_more_opens_nothing(services: Services) -> None:
    first = services.calendar_feeds.make(ANA_MAIL)
    second = services.calendar_feeds.make(ANA_MAIL)
    assert [get(key).status_code for key in ("nobody", first, second)] == [404, 404, 200]
    services.members.change(ANA_MAIL, status="removed", by=person(services, AMIRA))
    assert get(second).status_code == 404


def test_the_whole_app_serves_it_without_a_sign_in(tmp_path: Path) -> None:
    with serving(tmp_path / "served", appointments=True) as served:
        key = served.services.calendar_feeds.make(ANA_MAIL)
        answers = [httpx.get(f"{served.origin}/calendar/{each}.ics") for each in (key, "nobody")]
    assert [answer.status_code for answer in answers] == [200, 404]
    assert answers[0].text.startswith("BEGIN:VCALENDAR")
    assert not Calendar.from_ical(answers[0].text).events


def test_there_is_no_such_address_where_appointments_are_off(tmp_path: Path) -> None:
    with opened(tmp_path / "off") as off:
        assert not [route for route in routes_of(off) if getattr(route, "path", "").startswith("/calendar")]
