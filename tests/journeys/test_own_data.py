"""A client and their human coach: what each sees of the other, and what a client takes away and erases."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from coachroom.cli.main import main
from tests.journeys.every_page import open_page, settled, sign_in_quickly
from tests.journeys.steps import begin_session, coach_says, end_session, type_to_coach
from tests.open_server import OpenServer, address_of, until

COACH = "Carla Mendes"
SECRET = "My neighbour is called Xanthippe"
GOAL = "I want to sleep better"
CLIENT_OF = "SELECT client_id FROM members WHERE email = $1"
LEFT = (
    "SELECT count(*) FROM (SELECT client_id FROM sessions UNION ALL SELECT client_id FROM handoffs "
    "UNION ALL SELECT client_id FROM coach_messages) AS rows WHERE client_id = $1"
)


def erase_everything(page: Page) -> None:
    page.get_by_text("Erase everything").first.click()
    page.get_by_label('Type "erase" to say that you mean it').fill("erase")
    page.get_by_label('Type "erase" to say that you mean it').press("Tab")
    settled(page)
    page.get_by_role("button", name="Erase everything").click()


def test_a_coach_writes_the_client_answers_takes_everything_and_erases_themself(
    page: Page,
    other_person: BrowserContext,
    server: OpenServer,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    name = server.new_client()
    session = begin_session(page, server, name)
    page.get_by_role("button", name="Mute microphone").click()
    for words in (GOAL, SECRET):
        type_to_coach(page, words)
        coach_says(page, words if words == SECRET else "Where do you stand with it")
    end_session(page)
    client = server.rows(CLIENT_OF, address_of(name))[0][0]
    for variable, value in server.variables.items():
        monkeypatch.setenv(variable, value)
    assert main(["members", "set", address_of(name), "--coach", address_of(COACH)]) == 0

    coach = other_person.new_page()
    sign_in_quickly(coach, server.url, COACH)
    open_page(coach, server.url, f"Clients?client={client}&brief=1")
    expect(coach.get_by_text(GOAL).first).to_be_visible()
    settled(coach)
    assert SECRET not in coach.get_by_test_id("stMain").inner_text()
    open_page(coach, server.url, f"Clients?client={client}")
    expect(coach.get_by_role("heading", name=f"Write to {name}")).to_be_visible()
    settled(coach)
    assert SECRET not in coach.get_by_test_id("stMain").inner_text()
    coach.get_by_role("textbox", name="Message", exact=True).fill("See you on Friday.")
    coach.get_by_role("button", name="Send").click()
    expect(coach.get_by_text("not read yet")).to_be_visible()

    open_page(page, server.url, "Start")
    expect(page.get_by_text("See you on Friday.")).to_be_visible()
    page.get_by_role("button", name="I have read it").click()
    open_page(page, server.url, f"Session?session={session}")
    page.get_by_text(f"Hand this session to {COACH}").click()
    page.get_by_text("What was said, word for word").click()
    page.get_by_role("button", name="Hand it over").click()
    expect(page.get_by_role("button", name="Take it back")).to_be_visible()
    open_page(coach, server.url, f"Clients?client={client}")
    coach.get_by_text("What was said", exact=True).click()
    expect(coach.get_by_text(SECRET).first).to_be_visible()

    open_page(page, server.url, "Privacy")
    expect(page.get_by_text(f"{COACH} on ")).to_be_visible()
    page.get_by_role("button", name="Prepare the file").click()
    with page.expect_download() as saved:
        page.get_by_role("link", name="Save coachroom-").click()
    saved.value.save_as(tmp_path / "mine.zip")
    with zipfile.ZipFile(tmp_path / "mine.zip") as packed:
        assert SECRET in packed.read("transcripts.html").decode()
        assert "See you on Friday." in packed.read("data/coach_messages.json").decode()

    erase_everything(page)
    until(lambda: server.rows(CLIENT_OF, address_of(name)) == [])
    assert server.rows(LEFT, client) == [(0,)]
    expect(page.get_by_text("erased").first).to_be_visible()
    open_page(coach, server.url, f"Clients?client={client}")
    expect(coach.get_by_role("heading", name="This client is not here")).to_be_visible()
