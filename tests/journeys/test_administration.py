"""An administrator changes who is a member while the app runs and a call goes on."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.browser import live_tracks
from tests.journeys.every_page import open_page, settled, sign_in_quickly
from tests.journeys.steps import begin_session, coach_says, outcome, type_to_coach
from tests.journeys.test_pressed_twice import press_twice
from tests.open_server import OpenServer, address_of, until

ADMIN, COACH = "Amira Haddad", "Carla Mendes"
# As Excel saves it in a country where the decimal sign is a comma.
ROSTER = (
    "\ufeffFirstName;LastName;Email;JoinedDate;Tier;Favourite colour\r\n"
    "Noor;Aziz;noor.aziz@members.example;27.04.2026 09:14;Premium;green\r\n"
    "Otto;Berg;otto.berg@members.example;03.02.2026 18:00;Standard;\r\n"
    "Pia;;not an address;03.02.2026 18:00;;\r\n"
)
IMPORTED = "SELECT email FROM members WHERE email LIKE '%@members.example' ORDER BY email"


def give_file(page: Page, place: int, text: str) -> None:
    file = {"name": "members.csv", "mimeType": "text/csv", "buffer": text.encode()}
    page.get_by_test_id("stFileUploader").nth(place).locator("input[type=file]").set_input_files(files=[file])


def open_card(page: Page, server: OpenServer, name: str) -> None:
    page.goto(f"{server.url}/Members?member={quote(address_of(name))}")
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    settled(page)


def test_members_are_taken_in_and_undone_while_a_call_goes_on(
    page: Page, other_person: BrowserContext, server: OpenServer
) -> None:
    begin_session(page, server)
    admin = other_person.new_page()
    sign_in_quickly(admin, server.url, ADMIN)
    open_page(admin, server.url, "Import")
    give_file(admin, 0, ROSTER)
    expect(admin.get_by_text("Columns that are not used: Favourite colour.")).to_be_visible()
    admin.get_by_text("Rejected (1)").click()
    expect(admin.get_by_text("line 4: 'not an address' is not an e-mail address")).to_be_visible()
    assert server.rows(IMPORTED) == []
    settled(admin)
    press_twice(admin.get_by_role("button", name="Change 2 members"), 150)
    until(lambda: server.rows(IMPORTED) == [("noor.aziz@members.example",), ("otto.berg@members.example",)])
    expect(admin.get_by_role("button", name="Undo")).to_be_visible()
    settled(admin)
    press_twice(admin.get_by_role("button", name="Undo"), 150)
    until(lambda: server.rows(IMPORTED) == [])
    kinds = (
        "SELECT action, count(*) FROM audit_log WHERE action LIKE 'members.import%' GROUP BY action ORDER BY action"
    )
    assert server.rows(kinds) == [("members.import", 1), ("members.import_undone", 1)]
    type_to_coach(page, "I want to sleep better")
    coach_says(page, "Where do you stand with it")


FROM_A_LIST = {
    ADMIN: ("Members", ".st-key-people_members a[href*='%40']", "Sign out everywhere"),
    COACH: ("Clients", "[data-testid=stMain] a[href*='client=']", "Keep"),
}


@pytest.mark.parametrize("who", FROM_A_LIST)
def test_who_was_opened_from_the_list_stays_open(page: Page, community: OpenServer, who: str) -> None:
    page_name, link, button = FROM_A_LIST[who]
    sign_in_quickly(page, community.url, who)
    open_page(page, community.url, page_name)
    page.locator(link).last.click()
    page.get_by_role("button", name=button).wait_for()
    settled(page)
    name = page.get_by_test_id("stMain").get_by_role("heading", level=1).inner_text()
    heading = page.get_by_role("heading", name=name, exact=True, level=1)
    page.get_by_role("button", name=button).click()
    settled(page)
    expect(heading).to_be_visible()
    page.reload()
    expect(heading).to_be_visible()
    page.get_by_role("link", name="All ").click()
    expect(heading).to_have_count(0)
    page.go_back()
    expect(heading).to_be_visible()


def test_who_is_removed_is_out_at_once_comes_back_and_is_erased(
    page: Page, other_person: BrowserContext, server: OpenServer
) -> None:
    name, client, admin = server.new_client(), other_person.new_page(), page
    session = begin_session(client, server, name)
    sign_in_quickly(admin, server.url, ADMIN)
    open_card(admin, server, name)
    admin.get_by_role("button", name="Remove", exact=True).click()
    press_twice(admin.get_by_role("button", name="Remove them"), 0)
    expect(client.get_by_text("find you among the members")).to_be_visible()
    until(lambda: live_tracks(client, "audio") + live_tracks(client, "video") == 0)
    until(lambda: outcome(server, session) == ("completed", "administrator"))

    admin.get_by_role("button", name="Bring back").click()
    expect(admin.get_by_role("button", name="Remove", exact=True)).to_be_visible()
    admin.get_by_text("Erase everything of this client").click()
    admin.get_by_role("button", name="Count what would be erased").click()
    expect(admin.get_by_text("rows in all")).to_be_visible()
    admin.get_by_label("Type the name of the client").fill(name)
    admin.get_by_label("Type the name of the client").press("Tab")
    settled(admin)
    press_twice(admin.get_by_role("button", name="Erase them"), 150)
    expect(admin.get_by_role("heading", name="Members", exact=True)).to_be_visible()
    assert server.rows("SELECT * FROM members WHERE email = $1", address_of(name)) == []
    assert server.rows("SELECT * FROM sessions WHERE id = $1", session) == []


def test_clients_that_are_chosen_get_a_coach(page: Page, server: OpenServer) -> None:
    names = [server.new_client(), server.new_client()]
    sign_in_quickly(page, server.url, ADMIN)
    open_page(page, server.url, "Members")
    page.get_by_label("Find a member").fill("robin falk")
    page.get_by_label("Find a member").press("Enter")
    for name in names:
        settled(page)
        page.get_by_label(f"Choose {name}").check(force=True)
    settled(page)
    page.get_by_text("Give clients to a coach (2 chosen)").click()
    settled(page)
    page.locator(".st-key-assign_members").get_by_role("combobox").click()
    page.get_by_role("option", name=COACH).click()
    page.get_by_role("button", name="Assign", exact=True).click()
    expect(page.get_by_text(f"2 clients have {COACH} as their coach now.")).to_be_visible()
    coached = "SELECT display_name FROM members WHERE coach_email = $1 AND display_name LIKE 'Robin Falk%' ORDER BY 1"
    assert server.rows(coached, address_of(COACH)) == [(name,) for name in sorted(names)]
