"""Administrators are told of each report of safety: once, with no word and no name, and not once it is taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
    return over(services)


def over(services: Services) -> Session:
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


def reports_by(services: Services, side: str) -> Callable[[Session, str], None]:
    """How this side reports, or changes, what was not safe in a session of Ana's."""

    def report(session: Session, words: str) -> None:
        if side == "client":
            services.safety_reports.report(session, words)
        else:
            services.safety_reports.report_as_coach(session.id, ANA, CARLA, words)
        services.outbox.send_due()

    return report


def subjects(house: MailHouse) -> list[str]:
    """Of what one administrator got: whether it tells of a change."""
    return ["changed" if "changed" in mail["Subject"] else "new" for mail in house.mails_to(AMIRA)]


@pytest.mark.parametrize("side", ["client", "coach"])
def test_changes_of_a_report_are_told_once_a_day_and_keep_no_report_of_another_session_back(
    services: Services, session: Session, house: MailHouse, clock: HandClock, side: str
) -> None:
    report = reports_by(services, side)
    for number in range(MAX_MAILS_A_CLIENT + 3):
        report(session, f"It pressed me {number} times.")
        clock.forward(60)
    assert subjects(house) == ["new", "changed"]
    other = over(services)
    report(other, "It told me to hurt myself.")
    assert subjects(house) == ["new", "changed", "new"]
    clock.forward(DAY)
    report(session, "It pressed me.")
    assert subjects(house) == ["new", "changed", "new", "changed"]


@pytest.mark.parametrize("side", ["client", "coach"])
def test_changes_of_many_reports_are_no_flood_of_mails_and_keep_no_new_report_back(
    services: Services, house: MailHouse, clock: HandClock, side: str
) -> None:
    report, sessions = reports_by(services, side), [over(services) for _ in range(MAX_MAILS_A_CLIENT + 2)]
    for session in sessions:
        report(session, "It pressed me.")
    clock.forward(DAY)
    for session in sessions:
        report(session, "It pressed me twice.")
    assert subjects(house) == ["new"] * MAX_MAILS_A_CLIENT + ["changed"] * MAX_MAILS_A_CLIENT
    report(over(services), "It told me to hurt myself.")
    assert subjects(house)[-1] == "new"


@pytest.mark.parametrize("side", ["client", "coach"])
def test_a_change_keeps_no_new_report_of_its_own_session_back(
    services: Services, session: Session, house: MailHouse, clock: HandClock, side: str
) -> None:
    report = reports_by(services, side)
    report(session, "It pressed me.")
    clock.forward(DAY)
    report(session, "It pressed me twice.")
    if side == "client":
        services.safety_reports.take_back(session)
    else:
        services.safety_reports.take_back_as_coach(session.id, CARLA)
    clock.forward(60)
    report(session, "It told me to hurt myself.")
    assert subjects(house) == ["new", "changed", "new"]


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
        session = over(services)
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
