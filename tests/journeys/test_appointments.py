"""A client books with their human coach, moves it, and both come: seen from both browsers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from coachroom.clock import utc_now
from tests.journeys.axe import hindrances
from tests.journeys.browser import DESKTOP, PHONE, one_person
from tests.journeys.conftest import LOCAL
from tests.journeys.every_page import open_page, settled, sign_in_quickly
from tests.journeys.shared import SharedApps
from tests.journeys.steps import at_rest, begin_session, coach_says, end_session, type_to_coach
from tests.open_server import OpenServer, until

ANA, CARLA = "Ana Silva", "Carla Mendes"
BOOKED = "SELECT sequence, status, begins_at FROM appointments ORDER BY made_at DESC LIMIT 1"


@pytest.fixture(scope="session")
def with_appointments(apps: SharedApps) -> OpenServer:
    return apps.with_settings(LOCAL | {"COACHROOM_APPOINTMENTS": "true", "COACHROOM_LIVE_COACH": "true"})


def set_hours(page: Page, server: OpenServer) -> None:
    """Carla can be met at any time from tomorrow on."""
    sign_in_quickly(page, server.url, CARLA)
    open_page(page, server.url, "Calendar")
    # Open where there are none yet.
    fold = page.locator("details", has_text="The hours of your week")
    expect(fold).to_be_visible()
    if fold.get_attribute("open") is None:
        fold.locator("summary").click()
    for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"):
        page.get_by_label(day, exact=True).fill("0:00-24:00")
    page.get_by_role("button", name="Save these hours").click()
    expect(page.get_by_text("Your hours are saved.")).to_be_visible()


def unfolded_by_keyboard(coach: Page) -> None:
    """The calendar's forms open without a mouse, and hinder nobody then."""
    for name, field in (
        ("Book for a client", "Client"),
        ("Days that differ", "Day"),
        ("The hours of your week", "Monday"),
    ):
        expect(coach.get_by_label(field, exact=True)).to_be_hidden()
        coach.locator("summary", has_text=name).press("Enter")
        expect(coach.get_by_label(field, exact=True)).to_be_visible()
    settled(coach)
    assert hindrances(coach, "Calendar, unfolded") == []


def test_a_client_books_and_moves_and_the_appointment_asks_to_join(
    page: Page, browser: Browser, with_appointments: OpenServer
) -> None:
    server = with_appointments
    with one_person(browser) as other:
        coach = other.new_page()
        set_hours(coach, server)

        sign_in_quickly(page, server.url, ANA)
        open_page(page, server.url, "Appointments")
        page.get_by_text("Both", exact=True).click()
        expect(page.get_by_text("Your human coach asks to join, you let them in")).to_be_visible()
        at_rest(page)
        page.get_by_role("button", name="Book this time").click()
        expect(page.get_by_text("Your appointment is booked.")).to_be_visible()
        ((sequence, status, begins_at),) = server.rows(BOOKED)
        assert (sequence, status) == (0, "booked")

        page.get_by_text("Move it", exact=True).click()
        page.get_by_role("button", name="Move it to this time").dblclick()
        expect(page.get_by_text("Your appointment is moved.")).to_be_visible()
        ((sequence, _, moved_to),) = server.rows(BOOKED)
        assert sequence == 1
        assert moved_to != begins_at

        coach.reload()
        expect(coach.get_by_text(ANA)).to_be_visible()
        for each, where in ((page, "Appointments, one is booked"), (coach, "Calendar, with hours")):
            # Streamlit's own toast, which has no name, is not there then.
            each.reload()
            each.set_viewport_size(PHONE)
            settled(each)
            assert hindrances(each, where) == []
            each.set_viewport_size(DESKTOP)
        unfolded_by_keyboard(coach)
        open_page(page, server.url, "Start")
        expect(page.get_by_text("Your next appointment:")).to_be_visible()

        soon = utc_now() + timedelta(minutes=5)
        server.rows("UPDATE appointments SET begins_at = $1, ends_at = $2", soon, soon + timedelta(minutes=50))
        page.reload()
        expect(page.get_by_text("It is time: open your room.")).to_be_visible()
        coach.reload()
        coach.get_by_role("button", name="I am here").click()
        expect(coach.get_by_text("The client is not in the room yet")).to_be_visible()
        session = begin_session(page, server, ANA)
        coach.get_by_role("button", name="I am here").click()
        asked = until(lambda: server.rows("SELECT session_id, reason FROM live_joins"))
        assert asked[0][0] == session
        assert asked[0][1].startswith("Your appointment at ")
        coach.wait_for_url("**/Join?join=*")
        expect(page.get_by_text("Your appointment at ").first).to_be_visible()
        end_session(page)


def test_a_client_agrees_on_the_next_time_in_a_talk(page: Page, with_appointments: OpenServer) -> None:
    server = with_appointments
    server.rows("DELETE FROM booked_cells")
    server.rows("DELETE FROM appointments")
    begin_session(page, server, ANA)
    type_to_coach(page, "Can we book the next session?")
    coach_says(page, "Shall I book the first, the second or the third?")
    assert server.rows("SELECT count(*) FROM appointments") == [(0,)]
    type_to_coach(page, "The second, please")
    coach_says(page, "It is booked:")
    expect(page.get_by_role("list", name="Noted")).to_contain_text("Booked: ")
    ((kind, status, made_by),) = server.rows("SELECT kind, status, made_by FROM appointments")
    assert (kind, status, made_by) == ("ai", "booked", "ana.silva@example.com")
    end_session(page)
    open_page(page, server.url, "Appointments")
    expect(page.get_by_text("Your next appointments")).to_be_visible()


def test_an_appointment_that_only_the_client_came_to_is_missed_by_the_coach(
    page: Page, with_appointments: OpenServer
) -> None:
    server = with_appointments
    begin_session(page, server, ANA)
    now = utc_now()
    server.rows(
        """INSERT INTO appointments (id, client_id, coach_email, kind, begins_at, ends_at, status, sequence, made_by,
             made_at, changed_at)
           VALUES ('waited-for', 'demo-ana', 'carla.mendes@example.com', 'both', $1, $2, 'booked', 0,
             'carla.mendes@example.com', $1, $1)""",
        now - timedelta(minutes=30),
        now + timedelta(minutes=5),
    )
    came = "SELECT client_came_at FROM appointments WHERE id = 'waited-for' AND client_came_at IS NOT NULL"
    until(lambda: server.rows(came), seconds=60)
    end_session(page)
    server.rows("UPDATE appointments SET ends_at = $1 WHERE id = 'waited-for'", now - timedelta(minutes=10))
    over = "SELECT missed_by FROM appointments WHERE id = 'waited-for' AND status <> 'booked'"
    assert until(lambda: server.rows(over), seconds=60) == [("coach",)]
    open_page(page, server.url, "Appointments")
    expect(page.get_by_text("your human coach was not there")).to_be_visible()


def test_a_client_repeats_an_appointment_and_a_mails_link_cancels_the_later_dates(
    page: Page, with_appointments: OpenServer
) -> None:
    server = with_appointments
    server.rows("DELETE FROM booked_cells")
    server.rows("DELETE FROM appointments")
    sign_in_quickly(page, server.url, ANA)
    open_page(page, server.url, "Appointments")
    page.get_by_label("How often?").click()
    page.get_by_role("option", name="Every week").click()
    expect(page.get_by_role("button", name="Book these 6 dates")).to_be_visible()
    page.set_viewport_size(PHONE)
    settled(page)
    assert hindrances(page, "Appointments, a series is chosen") == []
    at_rest(page)
    page.get_by_role("button", name="Book these 6 dates").dblclick()
    expect(page.get_by_text("Your 6 appointments are booked.")).to_be_visible()
    assert server.rows("SELECT count(*), count(DISTINCT series_id) FROM appointments") == [(6, 1)]
    dates = server.rows("SELECT id FROM appointments ORDER BY begins_at")
    page.goto(f"{server.url}/Appointments?appointment={dates[2][0]}&do=cancel")
    page.get_by_text("This and all later ones (3 more)").locator("visible=true").click()
    at_rest(page)
    page.get_by_role("button", name="Cancel these appointments").click()
    expect(page.get_by_text("Your appointments are cancelled.")).to_be_visible()
    statuses = server.rows("SELECT status FROM appointments ORDER BY begins_at")
    assert [status for (status,) in statuses] == ["booked"] * 2 + ["cancelled"] * 4
