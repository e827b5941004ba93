"""What other systems are told: once for each cause, by ids alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from coachroom.app.container import Services
from coachroom.app.hook_reports import REPORTED_WITHIN
from coachroom.appointments.states import AppointmentKind
from coachroom.notifications.message import MessageState
from coachroom.notifications.outbox import FIRST_WAIT
from coachroom.rooms.states import EndReason
from tests.appointments.houses import ANA_MAIL, MONDAY, book, minutes, set_hours
from tests.charts.community import NOW, add_community
from tests.notifications.hook_house import SECRET, HookHouse, hook_house
from tests.services import ANA, CALL, HandClock, delivery, enter, opened, said, status, store_of, writer_of

WORDS = "I dream of Zanzibar"


@pytest.fixture
def house() -> Iterator[HookHouse]:
    with hook_house() as house:
        yield house


@pytest.fixture
def services(tmp_path: Path, clock: HandClock, house: HookHouse) -> Iterator[Services]:
    with opened(tmp_path, clock, hook_url=house.url, hook_secret=SECRET) as services:
        yield services


def talk(services: Services, clock: HandClock) -> str:
    """A session of Ana's of ten minutes; its id."""
    session = enter(services)
    services.intake.receive(
        session.id, delivery(status(1, "connected", clock()), said(2, WORDS, at=clock()), sent_at=clock())
    )
    clock.forward(600)
    services.sessions.end(session.id, EndReason.CLIENT)
    return session.id


def test_nobody_is_told_of_a_session_off_the_record(services: Services, house: HookHouse, clock: HandClock) -> None:
    session = enter(services)
    services.off_record.take(session)
    clock.forward(600)
    services.sessions.end(session.id, EndReason.CLIENT)
    services.outbox.send_due()
    assert house.received == []


def test_a_report_goes_with_its_session(services: Services, house: HookHouse, clock: HandClock) -> None:
    session_id = talk(services, clock)
    (session,) = services.rooms.sessions_of(ANA)
    assert session.id == session_id
    services.session_deletion.delete(session, "ana")
    services.outbox.send_due()
    assert house.received == []


def test_a_finished_session_is_reported_once_in_ids_times_and_states(
    services: Services, house: HookHouse, clock: HandClock
) -> None:
    session_id = talk(services, clock)
    services.outbox.send_due()
    (received,) = house.received
    assert received.signed
    assert received.body["type"] == "session.finished"
    assert received.body["data"] == {
        "session": session_id,
        "client": ANA,
        "started_at": "2026-05-01T12:00:00.000Z",
        "minutes": 10.0,
        "outcome": "completed",
        "end_reason": "client",
    }
    member = next(each for each in services.members.all().values() if each.email.startswith("ana"))
    for secret in (WORDS, "Zanzibar", member.email, *member.display_name.split(), CALL):
        assert secret not in received.raw.decode()
    # Late turns change the session, and report nothing.
    writer_of(services).submit(lambda t: services.rooms.after_end(t, [session_id])).result()
    services.outbox.send_due()
    assert len(house.received) == 1


def test_a_session_that_changes_much_later_is_not_reported_again(
    services: Services, house: HookHouse, clock: HandClock
) -> None:
    session_id = talk(services, clock)
    services.outbox.send_due()
    store_of(services).execute("DELETE FROM outbox")
    clock.forward((REPORTED_WITHIN + timedelta(seconds=1)).total_seconds())
    writer_of(services).submit(lambda t: services.rooms.after_end(t, [session_id])).result()
    services.outbox.send_due()
    assert len(house.received) == 1


def test_a_report_that_fails_comes_again_with_the_same_id(
    services: Services, house: HookHouse, clock: HandClock
) -> None:
    house.statuses.extend([503, 503])
    talk(services, clock)
    for _ in range(3):
        services.outbox.send_due()
        clock.forward(2 * FIRST_WAIT.total_seconds())
    assert len({received.id for received in house.received}) == 1
    assert len(house.received) == 3
    assert all(received.signed for received in house.received)
    assert services.outbox.latest(1)[0].state is MessageState.SENT


def test_who_needs_a_talk_is_reported_once_until_they_have_another_session(tmp_path: Path, house: HookHouse) -> None:
    with opened(tmp_path / "community", HandClock(NOW), hook_url=house.url, hook_secret=SECRET) as services:
        add_community(services)
        load = services.reports.report_talks
        count = load()
        assert count > 0
        assert load() == 0
        services.outbox.send_due()
        reported = [received.body for received in house.received]
        assert {body["type"] for body in reported} == {"member.needs_talk"}
        assert all(set(body["data"]) == {"client", "reason"} for body in reported)
        client = reported[0]["data"]["client"]
        store_of(services).execute("UPDATE outbox SET key = 'of an earlier session' WHERE $1 = ANY(about)", [client])
        assert load() == 1


def test_whoever_was_erased_meanwhile_is_not_reported(services: Services, house: HookHouse, clock: HandClock) -> None:
    session_id = talk(services, clock)
    services.own_data.erase(ANA, "operator")
    services.outbox.send_due()
    assert house.received == []
    assert session_id not in json.dumps([each.key for each in services.outbox.latest(10)])


def test_without_a_receiver_nothing_is_written(tmp_path: Path, clock: HandClock) -> None:
    with opened(tmp_path / "other", clock) as services:
        talk(services, clock)
        assert services.reports.report_talks() == 0
        assert services.outbox.latest(10) == []


def test_appointments_are_reported_as_they_change_without_words(tmp_path: Path, clock: HandClock) -> None:
    with (
        hook_house() as house,
        opened(
            tmp_path, clock, hook_url=house.url, hook_secret=SECRET, appointments=True, live_coach=True
        ) as services,
    ):
        set_hours(services)
        made = book(services)
        clock.forward(60)
        services.appointments.move(made.id, ANA, MONDAY, MONDAY + minutes(30), by=ANA_MAIL)
        clock.forward(60)
        services.appointments.cancel_own(made.id, ANA, WORDS, by=ANA_MAIL)
        missed = book(services, kind=AppointmentKind.AI)
        clock.now = missed.ends_at + minutes(6)
        for _ in range(2):
            services.appointments.sweep()
            services.outbox.send_due()
        reports = [each.body for each in house.received]
        assert [each["type"] for each in reports if each["data"]["appointment"] == made.id] == [
            "appointment.booked",
            "appointment.moved",
            "appointment.cancelled",
        ]
        assert [each["type"] for each in reports if each["data"]["appointment"] == missed.id] == [
            "appointment.booked",
            "appointment.missed",
        ]
        last = reports[-1]["data"]
        assert last == {
            "appointment": missed.id,
            "client": ANA,
            "with": "ai",
            "begins_at": "2026-05-04T08:00:00.000Z",
            "ends_at": last["ends_at"],
            "missed_by": "client",
        }
        assert all(word not in str(reports) for word in ("Zanzibar", "Carla", "Ana ", "@"))
