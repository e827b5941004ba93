"""Administrators are told of each report of safety: once, with no word and no name, and not once it is taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from coachroom.app.container import Services
from coachroom.notifications.message import MessageKind
from coachroom.privacy.client_data import ids_of, rows_of
from coachroom.privacy.erase import erase_client
from coachroom.rooms.safety_mails import MAX_MAILS_A_CLIENT
from coachroom.rooms.states import EndReason, Session
from tests.caseload.coaches import CARLA
from tests.notifications.mail_house import MailHouse
from tests.services import ANA, NOON, HandClock, enter, list_of, opened, store_of

AMIRA = "amira.haddad@example.com"
ORIGIN = "https://coach.example.com"
DAY = 24 * 3600


@pytest.fixture
def services(tmp_path: Path, clock: HandClock, house: MailHouse) -> Iterator[Services]:
    with opened(tmp_path, clock, public_url=ORIGIN, **house.settings) as services:
        yield services


@pytest.fixture
def session(services: Services) -> Session:
    """One of Ana's that is over."""
    session = enter(services)
    services.sessions.end(session.id, EndReason.CLIENT)
    return session


def states(services: Services) -> list[str]:
    found = store_of(services).execute("SELECT state FROM outbox WHERE kind = 'safety_report' ORDER BY created_at")
    return [str(state) for (state,) in found]


def test_an_administrator_reads_that_there_is_a_report_and_where(
    services: Services, session: Session, house: MailHouse
) -> None:
    services.safety_reports.report(session, "It pressed me.")
    services.outbox.send_due()
    (mail,) = house.mails_to(AMIRA)
    text = mail.as_string()
    assert mail["Subject"] == "A session was reported as not safe"
    assert "a client of your community" in text
    assert f"{ORIGIN}/System" in text
    assert "List-Unsubscribe" in mail
    for told in ("pressed", "Ana", "ana.silva", session.id, ANA):
        assert told not in text
    assert len(house.taken) == 1, "administrators alone"


def test_a_report_of_a_human_coach_is_told_as_one(services: Services, session: Session, house: MailHouse) -> None:
    services.safety_reports.report_as_coach(session.id, ANA, CARLA, "It pressed her.")
    services.outbox.send_due()
    (mail,) = house.mails_to(AMIRA)
    assert "a human coach of your community" in mail.as_string()
    assert "Carla" not in mail.as_string()


def test_other_words_of_the_same_report_are_no_other_mail(services: Services, session: Session) -> None:
    services.safety_reports.report(session, "It pressed me.")
    services.safety_reports.report(session, "It pressed me twice.")
    assert states(services) == ["waiting"]


def test_words_that_are_changed_after_the_mail_are_told_as_a_change(
    services: Services, session: Session, house: MailHouse, clock: HandClock
) -> None:
    services.safety_reports.report(session, "It pressed me.")
    services.outbox.send_due()
    clock.forward(60)
    services.safety_reports.report(session, "It pressed me twice.")
    services.safety_reports.report(session, "It pressed me three times.")
    services.safety_reports.report(session, " It pressed me three times. ")
    services.outbox.send_due()
    first, second = house.mails_to(AMIRA)
    assert first["Subject"] == "A session was reported as not safe"
    assert second["Subject"] == "A report that a session was not safe was changed"
    assert "a client of your community changed their report" in second.as_string()
    assert "pressed" not in second.as_string()
    clock.forward(60)
    services.safety_reports.take_back(session)
    services.outbox.send_due()
    assert len(house.mails_to(AMIRA)) == 2


def test_changes_count_among_the_mails_of_a_day(
    services: Services, session: Session, house: MailHouse, clock: HandClock
) -> None:
    for number in range(MAX_MAILS_A_CLIENT + 3):
        services.safety_reports.report_as_coach(session.id, ANA, CARLA, f"It pressed her {number} times.")
        services.outbox.send_due()
        clock.forward(60)
    assert len(house.mails_to(AMIRA)) == MAX_MAILS_A_CLIENT
    clock.forward(DAY)
    services.safety_reports.report_as_coach(session.id, ANA, CARLA, "It pressed her.")
    services.outbox.send_due()
    assert "a human coach of your community changed" in house.mails_to(AMIRA)[-1].as_string()
    assert len(house.mails_to(AMIRA)) == MAX_MAILS_A_CLIENT + 1


def test_what_was_taken_back_before_the_mail_went_out_is_not_told(
    services: Services, session: Session, house: MailHouse, clock: HandClock
) -> None:
    services.safety_reports.report(session, "")
    services.safety_reports.take_back(session)
    services.outbox.send_due()
    assert (house.taken, states(services)) == ([], ["dropped"])
    clock.forward(60)
    services.safety_reports.report(session, "It did press me.")
    services.outbox.send_due()
    assert len(house.mails_to(AMIRA)) == 1, "what told nobody holds no other mail back"


def test_what_one_took_back_is_not_told_as_theirs_where_the_other_reported_it_too(
    services: Services, session: Session, house: MailHouse
) -> None:
    services.safety_reports.report(session, "")
    services.safety_reports.report_as_coach(session.id, ANA, CARLA, "")
    services.safety_reports.take_back(session)
    services.outbox.send_due()
    (mail,) = house.mails_to(AMIRA)
    assert "a human coach of your community" in mail.as_string()


def test_reports_of_many_sessions_of_a_client_are_no_flood_of_mails(
    services: Services, house: MailHouse, clock: HandClock
) -> None:
    for _ in range(MAX_MAILS_A_CLIENT + 2):
        session = enter(services)
        services.sessions.end(session.id, EndReason.CLIENT)
        services.safety_reports.report_as_coach(session.id, ANA, CARLA, "")
        clock.forward(60)
    services.outbox.send_due()
    assert len(house.mails_to(AMIRA)) == MAX_MAILS_A_CLIENT
    services.safety_reports.report(session, "")
    services.outbox.send_due()
    assert len(house.mails_to(AMIRA)) == MAX_MAILS_A_CLIENT + 1, "the other side is told all the same"


def test_reporting_again_and_again_sends_one_mail_a_day(
    services: Services, session: Session, house: MailHouse, clock: HandClock
) -> None:
    for _ in range(3):
        services.safety_reports.report(session, "")
        services.outbox.send_due()
        services.safety_reports.take_back(session)
        clock.forward(60)
    assert len(house.taken) == 1
    clock.forward(DAY)
    services.safety_reports.report(session, "")
    services.outbox.send_due()
    assert len(house.taken) == 2


def test_a_client_who_is_erased_leaves_no_mail_that_waits(services: Services, session: Session) -> None:
    services.safety_reports.report(session, "It pressed me.")
    ids = ids_of(store_of(services), ANA)
    assert len(dict(rows_of(store_of(services), ids))["outbox"]) == 1
    with store_of(services).transaction() as transaction:
        erase_client(transaction, list_of(services), ids, actor=AMIRA, now=NOON)
    assert states(services) == []


def test_who_wants_no_such_mails_gets_none(services: Services, session: Session, house: MailHouse) -> None:
    services.outbox.unsubscribe(AMIRA, MessageKind.SAFETY_REPORT)
    services.safety_reports.report(session, "")
    services.outbox.send_due()
    assert (house.taken, states(services)) == ([], ["dropped"])
