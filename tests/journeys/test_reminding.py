"""A client is reminded by mail: answers a due next step by one press, and books anew after a missed appointment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage

import pytest
from playwright.sync_api import Browser, Page, expect

from coachroom.clock import utc_now
from tests.journeys.axe import hindrances
from tests.journeys.browser import PHONE, one_person
from tests.journeys.conftest import LOCAL
from tests.journeys.every_page import open_page, settled, sign_in_quickly
from tests.journeys.shared import SharedApps
from tests.journeys.steps import at_rest, begin_session, coach_says, end_session
from tests.notifications.mail_house import MailHouse, mail_house
from tests.open_server import OpenServer, address_of, until


@pytest.fixture(scope="module")
def house() -> Iterator[MailHouse]:
    with mail_house() as house:
        yield house


@pytest.fixture(scope="module")
def mailing(apps: SharedApps, house: MailHouse) -> OpenServer:
    return apps.with_settings(
        LOCAL
        | {
            "COACHROOM_APPOINTMENTS": "true",
            "COACHROOM_SMTP_HOST": "127.0.0.1",
            "COACHROOM_SMTP_PORT": str(house.port),
            "COACHROOM_SMTP_SECURITY": "none",
            "COACHROOM_MAIL_FROM": "Coaching <coach@example.com>",
        }
    )


@pytest.fixture
def midday(browser: Browser) -> Iterator[Page]:
    """A tab where it is about noon now: neither before a reminder's hour nor in quiet hours."""
    with one_person(browser, timezone_id=f"Etc/GMT{utc_now().hour - 12:+d}") as person:
        yield person.new_page()


def mail_about(house: MailHouse, name: str, subject: str) -> EmailMessage:
    """The one mail to this client with this subject, once it is there."""

    def found() -> list[EmailMessage]:
        return [mail for mail in house.mails_to(address_of(name)) if mail["Subject"] == subject]

    (mail,) = until(found, 90)
    return mail


def links(mail: EmailMessage) -> list[str]:
    text = mail.get_body(("plain",))
    assert text is not None
    return re.findall(r"http://\S+", text.get_content())


def test_a_press_in_a_mail_answers_a_due_step_and_the_coach_begins_with_it(
    midday: Page, browser: Browser, mailing: OpenServer, house: MailHouse
) -> None:
    name = mailing.new_client()
    begin_session(midday, mailing, name)
    end_session(midday)
    midday.get_by_role("button", name="In three days").click()
    expect(midday.get_by_text("unless you come sooner")).to_be_visible()
    midday.reload()
    settled(midday)
    assert hindrances(midday, "the end of a session, with a day to come back") == []
    open_page(midday, mailing.url, "Profile")
    midday.get_by_text("on the day a next step is due, in the morning").first.click()
    at_rest(midday)
    midday.get_by_role("button", name="Save these reminders").click()
    expect(midday.get_by_text("Saved. Your next reminders follow it.")).to_be_visible()
    midday.reload()
    midday.set_viewport_size(PHONE)
    settled(midday)
    assert hindrances(midday, "How you are coached, with reminders") == []

    open_page(midday, mailing.url, "Goals")
    midday.get_by_text("Add a next step").click()
    midday.get_by_label("What will you do?").fill("Write the letter")
    midday.get_by_label("By when?").fill("today")
    midday.get_by_role("button", name="Add this next step").click()
    expect(midday.get_by_text("Your next step is here")).to_be_visible()
    # As if it had been agreed yesterday.
    mailing.rows("UPDATE actions SET created_at = created_at - INTERVAL '1 day' WHERE title = 'Write the letter'")

    mail = mail_about(house, name, "A next step of yours is due today")
    assert "letter" not in mail.as_string()
    (answer,) = [link for link in links(mail) if "/answer" in link]
    with one_person(browser, java_script_enabled=False, viewport=PHONE) as stranger:
        page = stranger.new_page()
        page.goto(answer)
        expect(page.get_by_text("letter")).to_have_count(0)
        page.get_by_role("button", name="Partly").click()
        expect(page.get_by_text("Thank you.")).to_be_visible()
        page.goto(answer)
        expect(page.get_by_text("you said: partly done")).to_be_visible()
        expect(page.get_by_role("button")).to_have_count(0)
    midday.goto(answer)
    assert hindrances(midday, "the answer to a due step") == []

    begin_session(midday, mailing, name)
    coach_says(midday, "partly done. What got in the way?")
    # They came sooner: nobody reminds them of that.
    until(lambda: not mailing.rows("SELECT 1 FROM come_back_days"), 60)
    end_session(midday)


def test_who_missed_an_appointment_books_anew_from_the_mail(
    midday: Page, mailing: OpenServer, house: MailHouse
) -> None:
    name = mailing.new_client()
    sign_in_quickly(midday, mailing.url, name)
    open_page(midday, mailing.url, "Appointments")
    midday.get_by_role("button", name="Book this time").click()
    expect(midday.get_by_text("Your appointment is booked.")).to_be_visible()
    over = utc_now() - timedelta(minutes=6)
    mailing.rows(
        "UPDATE appointments SET begins_at = $1, ends_at = $2 WHERE client_id IN "
        "(SELECT client_id FROM members WHERE email = $3)",
        over - timedelta(minutes=30),
        over,
        address_of(name),
    )
    mail = mail_about(house, name, "We missed you")
    times = [link for link in links(mail) if "time=" in link]
    assert len(times) == 3
    midday.goto(times[0])
    midday.get_by_test_id("stMain").get_by_text("with the AI coach?").wait_for()
    at_rest(midday)
    midday.get_by_role("button", name="Book this time").first.click()
    expect(midday.get_by_text("Your appointment is booked.")).to_be_visible()
    statuses = mailing.rows(
        "SELECT a.status FROM appointments a JOIN members m ON m.client_id = a.client_id WHERE m.email = $1 "
        "ORDER BY a.made_at",
        address_of(name),
    )
    assert statuses == [("missed",), ("booked",)]
