"""A client or their human coach reports that a session was not safe, reads what was reported, and takes it back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from coachroom.app.container import Services
from coachroom.caseload.caseload import ClientNotFoundError
from coachroom.errors import CoachroomError, NotAllowedError
from coachroom.rooms.safety_reports import MAX_WORDS_CHARS, ReportCounts, SafetyReport
from coachroom.rooms.states import EndReason
from tests.caseload.coaches import AMIRA, CARLA, OTHER
from tests.services import ANA, BEN, NOON, HandClock, enter, opened, store_of


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOON)


@pytest.fixture
def services(tmp_path: Path, clock: HandClock) -> Iterator[Services]:
    with opened(tmp_path, clock) as services:
        yield services


def test_a_report_is_kept_with_its_words_and_taken_back(services: Services) -> None:
    reports, session = services.safety_reports, enter(services)
    reports.report(session, "  It pressed me. ")
    kept = SafetyReport(session.id, ANA, None, "It pressed me.", NOON)
    assert reports.of_session(session.id) == kept
    assert reports.latest(10) == [kept]
    reports.take_back(session)
    assert reports.of_session(session.id) is None
    assert reports.latest(10) == []


def test_words_are_optional_and_the_last_ones_count(services: Services, clock: HandClock) -> None:
    reports, session = services.safety_reports, enter(services)
    reports.report(session, " ")
    assert reports.latest(1)[0].words is None
    clock.forward(60)
    reports.report(session, "x" * 3_000)
    changed = NOON + timedelta(seconds=60)
    assert reports.latest(10) == [SafetyReport(session.id, ANA, None, "x" * MAX_WORDS_CHARS, NOON, changed)]
    assert reports.of_session(session.id) == reports.latest(10)[0]


def test_the_time_of_a_change_is_that_of_other_words_alone(services: Services, clock: HandClock) -> None:
    reports, session = services.safety_reports, over(services)
    for words in ("It pressed her.", " It pressed her.", "", "It pressed her twice.", "It pressed her twice.", " "):
        reports.report_as_coach(session, ANA, CARLA, words)
        clock.forward(60)
    assert reports.of_coach(ANA, CARLA) == [
        SafetyReport(session, ANA, CARLA.email, "It pressed her twice.", NOON, NOON + timedelta(seconds=180))
    ]


def test_what_was_changed_is_as_new_as_what_was_reported(services: Services, clock: HandClock) -> None:
    reports, sessions = services.safety_reports, [enter(services, client) for client in (ANA, BEN)]
    for session in sessions:
        reports.report(session, "It pressed me.")
        clock.forward(60)
    assert [report.client_id for report in reports.latest(10)] == [BEN, ANA]
    reports.report(sessions[0], "It pressed me twice.")
    assert [report.client_id for report in reports.latest(10)] == [ANA, BEN]


def test_a_report_without_words_leaves_those_that_stand_and_their_time(services: Services, clock: HandClock) -> None:
    reports, session = services.safety_reports, over(services)
    reports.report(services.rooms.session(session), "It pressed me.")  # type: ignore[arg-type]
    reports.report_as_coach(session, ANA, CARLA, "It pressed her.")
    stood = reports.latest(10)
    clock.forward(60)
    reports.report(services.rooms.session(session), " ")  # type: ignore[arg-type]
    reports.report_as_coach(session, ANA, CARLA, "")
    assert reports.latest(10) == stood
    assert {(report.words, report.reported_at) for report in stood} == {
        ("It pressed me.", NOON),
        ("It pressed her.", NOON),
    }


def test_the_latest_come_first_and_no_more_than_asked_for(services: Services, clock: HandClock) -> None:
    for client in (ANA, BEN):
        services.safety_reports.report(enter(services, client), client)
        clock.forward(60)
    assert [report.client_id for report in services.safety_reports.latest(10)] == [BEN, ANA]
    assert [report.client_id for report in services.safety_reports.latest(1)] == [BEN]


def test_nobody_pushes_what_others_reported_off_the_first_places(services: Services, clock: HandClock) -> None:
    reports, of_ana = services.safety_reports, [over(services) for _ in range(8)]
    reports.report_as_coach(of_ana[0], ANA, CARLA, "It pressed her.")
    reports.report(enter(services, BEN), "It pressed me.")
    for words in ("It pressed me.", "It pressed me twice."):
        for session in of_ana:
            clock.forward(60)
            reports.report(services.rooms.session(session), words)  # type: ignore[arg-type]
    first = reports.latest(5)
    assert [report.session_id for report in first[:3]] == of_ana[:4:-1]
    assert {(report.client_id, report.coach) for report in first[3:]} == {(ANA, CARLA.email), (BEN, None)}
    assert [report.session_id for report in reports.latest(99)[5:]] == of_ana[4::-1]
    assert len(reports.latest(99)) == reports.counts().all == 10


def test_a_report_that_is_dealt_with_stands_behind_the_open_ones_until_other_words_are_put_in_its_place(
    services: Services, clock: HandClock
) -> None:
    reports, session = services.safety_reports, over(services)
    reports.report_as_coach(session, ANA, CARLA, "It pressed her.")
    clock.forward(60)
    reports.report(services.rooms.session(session), "It pressed me.")  # type: ignore[arg-type]
    of_ana, of_coach = reports.latest(9)
    assert reports.counts() == ReportCounts(open=2, all=2)
    for report in (of_ana, of_coach):
        reports.deal_with(report, AMIRA)
        dealt_with = replace(report, dealt_with_at=clock.now, dealt_with_by=AMIRA.email)
        assert reports.latest(9)[-1 if report is of_ana else 1] == dealt_with
    assert reports.counts() == ReportCounts(open=0, all=2)
    assert reports.of_session(session) == replace(of_ana, dealt_with_at=clock.now, dealt_with_by=AMIRA.email)
    # The same words again, or none, change nothing.
    for words in ("It pressed me.", " "):
        reports.report(services.rooms.session(session), words)  # type: ignore[arg-type]
    assert reports.counts().open == 0
    clock.forward(60)
    reports.report(services.rooms.session(session), "It pressed me twice.")  # type: ignore[arg-type]
    reports.report_as_coach(session, ANA, CARLA, "It pressed her twice.")
    assert [report.dealt_with_at for report in reports.latest(9)] == [None, None]
    assert reports.counts() == ReportCounts(open=2, all=2)


def test_nobody_deals_with_words_that_they_have_not_read(services: Services, clock: HandClock) -> None:
    reports, session = services.safety_reports, over(services)
    reports.report(services.rooms.session(session), "It pressed me.")  # type: ignore[arg-type]
    reports.report_as_coach(session, ANA, CARLA, "It pressed her.")
    read = reports.latest(9)
    clock.forward(60)
    reports.report(services.rooms.session(session), "It pressed me twice.")  # type: ignore[arg-type]
    reports.take_back_as_coach(session, CARLA)
    for report in read:
        with pytest.raises(NotAllowedError, match="read it anew"):
            reports.deal_with(report, AMIRA)
    assert reports.counts() == ReportCounts(open=1, all=1)
    (now,) = reports.latest(9)
    reports.deal_with(now, AMIRA)
    with pytest.raises(NotAllowedError, match="dealt with meanwhile"):
        reports.deal_with(now, AMIRA)
    reports.open_again(now, AMIRA)
    assert reports.latest(9) == [now]


def test_a_report_that_was_taken_back_and_made_anew_is_another_one(services: Services, clock: HandClock) -> None:
    reports, session = services.safety_reports, over(services)
    client = services.rooms.session(session)
    assert client is not None
    reports.report(client, "It pressed me.")
    reports.report_as_coach(session, ANA, CARLA, "It pressed her.")
    read = reports.latest(9)
    reports.take_back(client)
    reports.take_back_as_coach(session, CARLA)
    clock.forward(60)
    reports.report(client, "It pressed me twice.")
    reports.report_as_coach(session, ANA, CARLA, "It pressed her twice.")
    for report in read:
        with pytest.raises(NotAllowedError, match="read it anew"):
            reports.deal_with(report, AMIRA)
    assert reports.counts() == ReportCounts(open=2, all=2)


def test_a_report_is_opened_again_once(services: Services) -> None:
    reports = services.safety_reports
    reports.report(enter(services), "It pressed me.")
    (report,) = reports.latest(9)
    reports.deal_with(report, AMIRA)
    reports.open_again(report, AMIRA)
    with pytest.raises(NotAllowedError, match="open already"):
        reports.open_again(report, AMIRA)


def test_nobody_deals_with_a_report_who_is_no_administrator_any_more(services: Services) -> None:
    reports = services.safety_reports
    reports.report(enter(services), "It pressed me.")
    store_of(services).execute("UPDATE members SET role = 'analyst' WHERE email = $1", [AMIRA.email])
    (report,) = reports.latest(9)
    for work in (reports.deal_with, reports.open_again):
        with pytest.raises(CoachroomError, match="administrator"):
            work(report, AMIRA)
    assert reports.latest(9) == [report]


def test_a_coach_has_no_more_of_the_first_places_for_many_clients(services: Services, clock: HandClock) -> None:
    store_of(services).execute("UPDATE members SET coach_email = $1 WHERE client_id = $2", [CARLA.email, BEN])
    services.safety_reports.report(enter(services, BEN), "It pressed me.")
    for client in (ANA, BEN) * 2:
        session = enter(services, client)
        services.sessions.end(session.id, EndReason.CLIENT)
        clock.forward(60)
        services.safety_reports.report_as_coach(session.id, client, CARLA, "")
    assert [report.coach for report in services.safety_reports.latest(9)] == [CARLA.email] * 3 + [None, CARLA.email]


def test_nothing_is_reported_of_a_session_that_is_not_on_record(services: Services) -> None:
    session = enter(services)
    services.off_record.take(session)
    services.sessions.end(session.id, EndReason.CLIENT)
    with pytest.raises(NotAllowedError, match="not on record"):
        services.safety_reports.report(session, "It pressed me.")
    assert services.safety_reports.latest(10) == []


def over(services: Services) -> str:
    """The id of a session of Ana's that is over."""
    session = enter(services)
    services.sessions.end(session.id, EndReason.CLIENT)
    return session.id


def test_a_human_coach_reports_beside_the_client_and_takes_back_their_own(services: Services) -> None:
    reports, session = services.safety_reports, over(services)
    reports.report_as_coach(session, ANA, CARLA, " It pressed her. ")
    kept = SafetyReport(session, ANA, CARLA.email, "It pressed her.", NOON)
    assert reports.of_coach(ANA, CARLA) == [kept]
    assert reports.of_session(session) is None
    reports.report(services.rooms.session(session), "It pressed me.")  # type: ignore[arg-type]
    assert {report.coach for report in reports.latest(10)} == {None, CARLA.email}
    reports.take_back_as_coach(session, OTHER)
    assert reports.of_coach(ANA, CARLA) == [kept]
    reports.take_back_as_coach(session, CARLA)
    assert [report.words for report in reports.latest(10)] == ["It pressed me."]


def test_nobody_reports_of_a_client_of_another_coach(services: Services) -> None:
    session = over(services)
    with pytest.raises(ClientNotFoundError):
        services.safety_reports.report_as_coach(session, ANA, OTHER, "It pressed her.")
    with pytest.raises(NotAllowedError, match="not on record"):
        services.safety_reports.report_as_coach(session, BEN, CARLA, "It is not Ben's.")
    assert services.safety_reports.latest(10) == []


def set_status(services: Services, email: str, status: str) -> None:
    store_of(services).execute("UPDATE members SET status = $2 WHERE email = $1", [email, status])


def test_a_coach_reports_of_a_client_who_left(services: Services) -> None:
    session = over(services)
    ((ana,),) = store_of(services).execute("SELECT email FROM members WHERE client_id = $1", [ANA])
    set_status(services, ana, "removed")
    services.safety_reports.report_as_coach(session, ANA, CARLA, "They left after it.")
    assert services.safety_reports.latest(1)[0].words == "They left after it."
    with pytest.raises(ClientNotFoundError):
        services.safety_reports.report_as_coach(session, ANA, OTHER, "It is not mine.")


def test_a_coach_who_left_reports_nothing(services: Services) -> None:
    session = over(services)
    set_status(services, CARLA.email, "removed")
    with pytest.raises(ClientNotFoundError):
        services.safety_reports.report_as_coach(session, ANA, CARLA, "I left.")
    assert services.safety_reports.latest(1) == []


def test_a_coach_reports_of_sessions_that_are_over_and_on_record(services: Services) -> None:
    done = over(services)
    private = enter(services)
    services.off_record.take(private)
    services.sessions.end(private.id, EndReason.CLIENT)
    going_on = enter(services)
    assert list(services.safety_reports.reportable_sessions(ANA)) == [done]
    for session in (private, going_on):
        with pytest.raises(NotAllowedError, match="not on record"):
            services.safety_reports.report_as_coach(session.id, ANA, CARLA, "")
