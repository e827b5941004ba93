"""The next appointment, agreed on in a session: offered first, then booked, in the client's own name alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from coachroom.agent.tool_specs import BOOK_NEXT, TOOLS, tools_of
from coachroom.agent.tools import NOTHING_BOOKED
from coachroom.app.container import Services
from coachroom.people.audit import AuditFilter
from coachroom.rooms.states import Session
from tests.appointments.houses import AI, ANA_MAIL, BOTH, CARLA, book, set_hours
from tests.live.visits import talking
from tests.services import ANA, BEN, HandClock, opened, store_of

TOKEN = re.compile(r"\(time (\S+)\)")


@pytest.fixture
def services(tmp_path: Path, clock: HandClock) -> Iterator[Services]:
    with opened(tmp_path, clock, live_coach=True, appointments=True) as running:
        store_of(running).execute("UPDATE members SET coach_email = $1 WHERE role = 'client'", [CARLA])
        running.coaching.profiles.keep_zone(ANA, "Europe/Berlin")
        yield running


@pytest.fixture
def session(services: Services) -> Session:
    return talking(services)


def ask(services: Services, session: Session, call: str = "c1", **given: Any) -> tuple[str, bool]:
    answer = services.tools.call(session, call, "book_next", given)
    return answer.result, answer.is_error


def offered(services: Services, session: Session, **given: Any) -> list[str]:
    result, refused = ask(services, session, **given)
    assert not refused, result
    return TOKEN.findall(result)


def test_it_offers_three_times_on_three_days_around_this_time_of_day(services: Services, session: Session) -> None:
    result, refused = ask(services, session)
    assert not refused
    assert re.findall('"([^"]+)"', result) == [
        "Friday, 8 May 2026, 14:00",
        "Saturday, 9 May 2026, 14:00",
        "Sunday, 10 May 2026, 14:00",
    ]
    assert services.appointments.of_client(ANA) == []


def test_the_one_that_the_client_says_yes_to_is_booked_once_however_often_it_is_asked_for(
    services: Services, session: Session
) -> None:
    times = offered(services, session)
    said = [ask(services, session, call, time=times[1]) for call in ("c2", "c2", "c3")]
    assert said == [('Booked with the AI coach: "Saturday, 9 May 2026, 14:00". ' + FOUND, False)] * 3
    note = services.tools.call(session, "c2", "book_next", {"time": times[1]}).note
    assert note is not None
    assert (note.text, note.kind) == ("Booked: Saturday, 9 May 2026, 14:00", None)
    (made,) = services.appointments.of_client(ANA)
    assert (made.begins_at, made.kind, made.made_by) == (datetime(2026, 5, 9, 12), AI, ANA_MAIL)
    entries, _ = services.audit.page(AuditFilter(actions=("appointment.",)), skip=0, most=5)
    assert [(entry.action, entry.detail) for entry in entries] == [("appointment.booked", {"through": "ai_coach"})]


FOUND = "The client finds it on their page Appointments."


def test_a_day_that_the_client_named_is_where_it_begins(services: Services, session: Session) -> None:
    result, _ = ask(services, session, day="2026-05-20")
    assert re.findall('"([^",]+, [^",]+)', result)[0] == "Wednesday, 20 May 2026"


def test_with_the_human_coach_it_offers_what_their_calendar_has(services: Services, session: Session) -> None:
    assert ask(services, session, with_whom="human_coach")[1]
    set_hours(services)
    times = offered(services, session, with_whom="both")
    assert not ask(services, session, time=times[0])[1]
    (made,) = services.appointments.of_client(ANA)
    assert (made.kind, made.coach_email) == (BOTH, CARLA)


def test_only_what_was_offered_in_this_session_can_be_booked(services: Services, session: Session) -> None:
    times = offered(services, session)
    for time in ("2026-05-09T12:30Z", "tomorrow", "2026-13-01T12:00Z"):
        result, refused = ask(services, session, time=time)
        assert refused
        assert "Call this tool again without a time" in result
    other = talking(services, BEN, "tab of ben")
    assert ask(services, other, time=times[0])[1]
    assert services.appointments.of_client(ANA) == services.appointments.of_client(BEN) == []


def test_a_time_that_was_taken_meanwhile_is_not_booked_twice(services: Services, session: Session) -> None:
    set_hours(services)
    times = offered(services, session, with_whom="both")
    book(services, datetime.strptime(times[0], "%Y-%m-%dT%H:%MZ"), client=BEN)
    result, refused = ask(services, session, time=times[0])
    assert refused
    assert result.startswith("It is not booked. This time is taken.")
    assert services.appointments.of_client(ANA) == []


def test_nothing_is_booked_for_who_is_no_client_any_more(services: Services, session: Session) -> None:
    times = offered(services, session)
    store_of(services).execute("UPDATE members SET status = 'removed' WHERE client_id = $1", [ANA])
    assert ask(services, session, time=times[0])[1]
    assert services.appointments.of_client(ANA) == []


def test_it_works_while_memory_is_off(services: Services, session: Session) -> None:
    services.coaching.profiles.switch_memory(ANA, False)
    assert not ask(services, session, time=offered(services, session)[0])[1]


def test_nothing_is_booked_off_the_record(services: Services, session: Session) -> None:
    store_of(services).execute("UPDATE sessions SET off_record_at = start_time")
    assert ask(services, session) == (NOTHING_BOOKED, False)
    assert store_of(services).execute("SELECT * FROM offered_times") == []


def test_where_there_are_no_appointments_there_is_no_such_tool(tmp_path: Path, clock: HandClock) -> None:
    with opened(tmp_path, clock) as running:
        result, refused = ask(running, talking(running))
        assert refused
        assert "no such tool" in result
    assert tools_of(appointments=False) == TOOLS
    assert tools_of(appointments=True) == (*TOOLS, BOOK_NEXT)
