"""A client or their human coach reports a session as not safe, and administrators read it on System."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Selectbox

from coachroom.app import current
from coachroom.app.container import Services
from coachroom.people.audit import AuditFilter
from coachroom.rooms.states import EndReason
from coachroom.ui.formatting import day_and_time, plain
from tests.caseload.coaches import AMIRA, CARLA
from tests.services import ANA as ANA_ID
from tests.services import NOON, HandClock, enter, opened, store_of
from tests.ui.pages import ADMIN, ANA, COACH, see, words


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOON)


@pytest.fixture
def services(tmp_path: Path, clock: HandClock) -> Iterator[Services]:
    with opened(tmp_path, clock) as services:
        current.install(services)
        yield services


def press(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception, app.exception
    return app


def press_labelled(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception, app.exception


def test_a_client_reports_a_session_and_an_administrator_reads_it_until_it_is_taken_back(services: Services) -> None:
    session = enter(services)
    services.sessions.end(session.id, EndReason.CLIENT)
    assert "not safe" not in words(see(ADMIN, "System.py"))
    app = see(ANA, "Session.py", session=session.id)
    app.text_area(key="not_safe").input("It <pressed> me.")
    press(app, "send_safety_report")
    assert services.safety_reports.latest(2)[0].client_id == ANA_ID
    assert "you reported that this session was not safe" in words(app)
    system = see(ADMIN, "System.py")
    read = words(system)
    assert "Reports that a session was not safe" in read
    assert f"client={ANA_ID}" in [each.proto.query_string for each in system.get("page_link")]
    assert f"The session of {day_and_time(session.start_time)}." in read
    assert "It <pressed> me." in read
    press(app, "take_report_back")
    assert services.safety_reports.latest(2) == []
    assert "Report it" in [button.label for button in app.button]
    assert "not safe" not in words(see(ADMIN, "System.py"))


def test_an_administrator_reads_all_reports_some_at_a_time(services: Services, clock: HandClock) -> None:
    sessions = [ended(services, clock) for _ in range(25)]
    for number, session in enumerate(sessions):
        services.safety_reports.report_as_coach(session, ANA_ID, CARLA, f"It pressed her {number} times.")
        clock.forward(60)
    app = see(ADMIN, "System.py")
    assert "Shown: 20 of 25, those that are not dealt with first. Of each person the latest 3" in words(app)
    assert "It pressed her 4 times." not in words(app)
    assert app.button(key="more_safety_reports").label == "Show 5 more"
    press(app, "more_safety_reports")
    assert "It pressed her 0 times." in words(app)
    assert "more_safety_reports" not in [button.key for button in app.button]
    assert "Shown: 25 of 25," in words(app)


def test_an_administrator_marks_a_report_as_dealt_with_and_its_client_reads_so(
    services: Services, clock: HandClock
) -> None:
    session = enter(services)
    services.sessions.end(session.id, EndReason.CLIENT)
    services.safety_reports.report(session, "It pressed me.")
    other = ended(services, clock)
    services.safety_reports.report_as_coach(other, ANA_ID, CARLA, "It pressed her.")
    app = see(ADMIN, "System.py")
    assert "2 of 2 not dealt with yet." in words(app)
    key = f"deal_with_{session.id}_"
    press(app, key)
    assert "1 of 2 not dealt with yet." in words(app)
    assert f"marked it as dealt with on {day_and_time(clock.now)}." in words(app)
    assert key not in [button.key for button in app.button]
    assert f"An administrator marked it as dealt with on {day_and_time(clock.now)}." in words(
        see(ANA, "Session.py", session=session.id)
    )
    press(app, f"deal_with_{other}_{COACH}")
    assert "All are dealt with." in words(app)
    press(app, f"open_again_{session.id}_")
    press(app, key)
    assert "All are dealt with." in words(app)
    entries, _ = services.audit.page(AuditFilter(), skip=0, most=9)
    did = [
        entry.action.removeprefix("safety_report.") for entry in entries if entry.action.startswith("safety_report")
    ]
    assert did == ["dealt_with", "opened_again", "dealt_with", "dealt_with"]


def test_what_another_administrator_opened_again_is_dealt_with_anew(services: Services) -> None:
    session = enter(services)
    services.safety_reports.report(session, "It pressed me.")
    app, key = see(ADMIN, "System.py"), f"deal_with_{session.id}_"
    for _ in range(2):
        press(app, key)
        assert services.safety_reports.counts().open == 0
        services.safety_reports.open_again(services.safety_reports.latest(1)[0], AMIRA)
        app.run()
        assert "1 of 1 not dealt with yet." in words(app)


def test_once_all_that_is_shown_is_dealt_with_the_next_ones_come(services: Services, clock: HandClock) -> None:
    for number in range(22):
        session = ended(services, clock)
        services.safety_reports.report_as_coach(session, ANA_ID, CARLA, f"It pressed her {number} times.")
    app = see(ADMIN, "System.py")
    first = [button.key for button in app.button if button.label == "Mark as dealt with"]
    for key in first[:-1]:
        clock.forward(60)
        press(app, str(key))
        assert "It pressed her 1 times." not in words(app)
    clock.forward(60)
    press(app, str(first[-1]))
    assert "2 of 22 not dealt with yet." in words(app)
    assert "It pressed her 1 times." in words(app)


def test_a_report_that_was_changed_since_it_was_read_stays_open(services: Services, clock: HandClock) -> None:
    session = enter(services)
    services.sessions.end(session.id, EndReason.CLIENT)
    services.safety_reports.report(session, "It pressed me.")
    app = see(ADMIN, "System.py")
    clock.forward(60)
    services.safety_reports.report(session, "It pressed me twice.")
    press(app, f"deal_with_{session.id}_")
    assert "read it anew" in app.error[0].value
    assert "It pressed me twice." in words(app)
    assert services.safety_reports.counts().open == 1


def test_words_of_danger_in_a_report_open_the_help(services: Services) -> None:
    session = enter(services)
    services.sessions.end(session.id, EndReason.CLIENT)
    app = see(ANA, "Session.py", session=session.id)
    app.text_area(key="not_safe").input("I want to kill myself.")
    press(app, "send_safety_report")
    assert app.session_state["help_needed"] == 1


def test_a_human_coach_reports_a_session_of_their_client_and_an_administrator_reads_who(services: Services) -> None:
    session = enter(services)
    services.sessions.end(session.id, EndReason.CLIENT)
    app = see(COACH, "Clients.py", client=ANA_ID)
    words_of = next(field for field in app.text_area if field.label == "What happened? (optional)")
    words_of.input("It <pressed> her.")
    press_labelled(app, "Report it")
    assert "you reported that the session of" in words(app)
    read = words(see(ADMIN, "System.py"))
    assert f"**{plain(COACH)}** reported it on {day_and_time(NOON)}, as the human coach of **{plain(ANA)}**" in read
    assert "It <pressed> her." in read
    assert "her." not in words(see(ANA, "Session.py", session=session.id)), "the client is not told"
    press(app, f"take_report_back_{session.id}")
    assert "not safe" not in words(see(ADMIN, "System.py"))


def test_a_coach_reports_from_the_page_of_a_client_who_was_removed(services: Services) -> None:
    session = enter(services)
    services.sessions.end(session.id, EndReason.CLIENT)
    store_of(services).execute("UPDATE members SET status = 'removed' WHERE client_id = $1", [ANA_ID])
    app = see(COACH, "Clients.py", client=ANA_ID)
    press_labelled(app, "Report it")
    assert "you reported that the session of" in words(app)
    assert not app.error


def test_a_client_changes_what_they_reported_and_deletes_nothing_by_sending_nothing(
    services: Services, clock: HandClock
) -> None:
    session, reported = enter(services), clock.now
    services.sessions.end(session.id, EndReason.CLIENT)
    services.safety_reports.report(session, "It pressed me.")
    clock.forward(60)
    app = see(ANA, "Session.py", session=session.id)
    field = f"reported_words_{session.id}"
    assert app.text_area(key=field).value == "It pressed me."
    app.text_area(key=field).input("  ")
    press(app, f"change_report_{session.id}")
    assert services.safety_reports.latest(1)[0].words == "It pressed me."
    assert app.text_area(key=field).value == "It pressed me."
    assert "Nothing was changed" in app.toast[0].value
    app.text_area(key=field).input("It pressed me. I want to kill myself.")
    press(app, f"change_report_{session.id}")
    assert services.safety_reports.latest(1)[0].words == "It pressed me. I want to kill myself."
    assert f"You changed it on {day_and_time(clock.now)}." in words(app)
    assert f"{day_and_time(reported)} and changed it on {day_and_time(clock.now)}" in words(see(ADMIN, "System.py"))
    assert app.session_state["help_needed"] == 1


def test_a_coach_changes_a_report_and_the_form_offers_its_session_no_more(
    services: Services, clock: HandClock
) -> None:
    first, second = ended(services, clock), ended(services, clock)
    services.safety_reports.report_as_coach(second, ANA_ID, CARLA, "It pressed her.")
    app = see(COACH, "Clients.py", client=ANA_ID)
    assert app.text_area(key=f"reported_words_{second}").value == "It pressed her."
    assert len(which(app).options) == 1
    press_labelled(app, "Report it")
    assert "Choose which session it was" in app.error[0].value
    assert [report.session_id for report in services.safety_reports.latest(9)] == [second]
    app.text_area(key=f"reported_words_{second}").input("It pressed her twice.")
    press(app, f"change_report_{second}")
    assert services.safety_reports.latest(1)[0].words == "It pressed her twice."
    assert f"You changed it on {day_and_time(clock.now)}." in words(app)
    assert "as the human coach of" in words(see(ADMIN, "System.py"))
    which(app).select_index(0)
    press_labelled(app, "Report it")
    assert {report.session_id for report in services.safety_reports.latest(9)} == {first, second}
    assert "Report it" not in [button.label for button in app.button]


def ended(services: Services, clock: HandClock) -> str:
    """The id of a session of Ana's that is over; the next one begins later."""
    session = enter(services)
    clock.forward(120)
    services.sessions.end(session.id, EndReason.CLIENT)
    clock.forward(120)
    return session.id


def which(app: AppTest) -> Selectbox:
    return next(field for field in app.selectbox if field.label == "Which session?")
