"""A double click does what a click does: on each form that makes something, and where the next thing follows."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.steps import at_rest, begin_session, call_of, coach_says, next_call, sign_in
from tests.open_server import OpenServer, until

OWN = "WHERE client_id = (SELECT client_id FROM members WHERE display_name = $1)"
ADD_STEP = (
    "INSERT INTO actions (id, client_id, title, status, created_at) "
    "SELECT $1, client_id, $3, 'open', $4 FROM members WHERE display_name = $2"
)
ADD_MEMORY = (
    "INSERT INTO memories (id, client_id, kind, text, fingerprint, turns, confidence, source, status, created_at, "
    "changed_at) SELECT $1, client_id, 'fact', $3, $1, CAST('[]' AS JSON), 1, 'client', 'active', $4, $4 "
    "FROM members WHERE display_name = $2"
)
ADD_REPORT = (
    "INSERT INTO safety_reports (session_id, client_id, words, reported_at) VALUES ($1, 'demo-ana', 'It hurt.', $2)"
)
NOW = datetime(2026, 5, 1, 12)
# As long as a page takes to answer, and longer than that.
PAUSES_MS = (0, 150, 600)


def press_twice(button: Locator, pause: int) -> None:
    """Two presses where the button was at first, whatever is there by then. A fold that opens has come to rest."""
    button.hover()
    box = button.bounding_box()
    assert box is not None
    for wait in (pause, 0):
        button.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        button.page.wait_for_timeout(wait)


def come(page: Page, server: OpenServer) -> str:
    """A new client at home; their name."""
    name = server.new_client()
    sign_in(page, server.url, name)
    expect(page.get_by_role("heading", name="Hello Robin")).to_be_visible()
    return name


def open_form(page: Page, address: str, fold: str) -> Locator:
    page.goto(address)
    at_rest(page)
    shut = page.locator("details", has=page.get_by_text(fold, exact=True))
    expect(shut).to_be_visible()
    if shut.get_attribute("open") is None:
        page.get_by_text(fold, exact=True).click()
    return shut


def remember(server: OpenServer, name: str, number: int, text: str) -> None:
    server.rows(ADD_MEMORY, f"{name.replace(' ', '-')}-{number}", name, text, NOW + timedelta(seconds=number))


def rows(server: OpenServer, table: str, name: str) -> list[Any]:
    return [title for (title,) in server.rows(f"SELECT {table} {OWN} ORDER BY created_at", name)]


def boxes(cards: Locator) -> list[Any]:
    """Where each is and how large."""
    return [card.bounding_box() for card in cards.all()]


def assert_stays(cards: Locator, before: list[Any]) -> None:
    """To two pixels, each is where it was."""
    for now, then in zip(boxes(cards), before, strict=True):
        assert now == pytest.approx(then, abs=2)


@pytest.mark.parametrize("pause", PAUSES_MS)
def test_each_form_makes_one(page: Page, server: OpenServer, pause: int) -> None:
    name = come(page, server)
    forms = (
        ("Goals", "Add a goal", "What do you want to reach?", "Add this goal", "title FROM goals", "Sleep well"),
        ("Goals", "Add a next step", "What will you do?", "Add this next step", "title FROM actions", "Ask Tom"),
        (
            "Memory",
            "Add something",
            "What should the coach remember?",
            "Remember this",
            "text FROM memories",
            "I run",
        ),
    )
    for address, fold, label, button, made, words in forms:
        form = open_form(page, f"{server.url}/{address}", fold)
        form.get_by_label(label).fill(words)
        press_twice(form.get_by_role("button", name=button), pause)
        until(lambda made=made: rows(server, made, name))
        # Not in the field, where they were typed.
        shown = page.locator(".stMain").get_by_text(words).and_(page.locator(":not(textarea)"))
        expect(shown.first).to_be_visible()
        at_rest(page)
        expect(page.get_by_role("alert").filter(has_text="empty")).to_have_count(0)
        assert rows(server, made, name) == [words]


def test_a_day_that_is_none_stops_the_form(page: Page, server: OpenServer) -> None:
    name = come(page, server)
    form = open_form(page, f"{server.url}/Goals", "Add a next step")
    form.get_by_label("What will you do?").fill("Ask Tom")
    form.get_by_label("By when?").fill("31 February")
    form.get_by_role("button", name="Add this next step").click()
    expect(page.get_by_role("alert").filter(has_text="31 February")).to_be_visible()
    assert rows(server, "title FROM actions", name) == []
    expect(form.get_by_label("By when?")).to_have_value("31 February")


@pytest.mark.parametrize("pause", PAUSES_MS)
def test_pressing_twice_settles_one_thing(page: Page, server: OpenServer, pause: int) -> None:
    name = come(page, server)
    for n, step in enumerate(("walk", "read", "rest")):
        server.rows(ADD_STEP, f"{name} {n}", name, step, NOW)
        remember(server, name, n, f"I {step} " + "every single day " * 20)
    page.goto(f"{server.url}/Memory")
    at_rest(page)

    cards = page.locator('[class*="st-key-memory_Robin"]')
    cards.nth(1).get_by_role("button", name="Forget").scroll_into_view_if_needed()
    before = boxes(cards)
    press_twice(cards.nth(1).get_by_role("button", name="Forget"), pause)
    expect(page.get_by_text("Forgotten. You can undo this for 10 seconds.")).to_be_visible()
    assert_stays(cards, before)
    left = f"count(*) FROM memories {OWN} AND status <> 'forgotten'"
    assert server.rows(f"SELECT {left}", name) == [(2,)]
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Forget", exact=True)).to_have_count(3)
    assert server.rows(f"SELECT {left}", name) == [(3,)]

    page.goto(f"{server.url}/Goals")
    at_rest(page)
    done = page.get_by_role("button", name="Done", exact=True)
    press_twice(done.first, pause)
    expect(page.get_by_text("Done and dropped (1)")).to_be_visible()
    assert server.rows(f"SELECT count(*) FROM actions {OWN} AND status = 'done'", name) == [(1,)]


def test_what_is_forgotten_for_good_leaves_its_place_as_it_was(page: Page, server: OpenServer) -> None:
    name = come(page, server)
    for n, words in enumerate(("I run", "I have slept badly for many weeks " * 6)):
        remember(server, name, n, words)
    page.goto(f"{server.url}/Memory")
    at_rest(page)
    cards = page.locator('[class*="st-key-memory_Robin"]')
    cards.first.get_by_role("button", name="Forget").scroll_into_view_if_needed()
    before = boxes(cards)
    cards.first.get_by_role("button", name="Forget").click()
    expect(page.get_by_text("Forgotten for good.")).to_be_visible()
    expect(page.get_by_text("slept badly")).to_have_count(0)
    assert_stays(cards, before)


@pytest.mark.parametrize("pause", [0, 150])
def test_pressing_twice_continues_the_conversation(page: Page, server: OpenServer, pause: int) -> None:
    """On a phone the offer to write comes to the place of the button."""
    page.set_viewport_size({"width": 390, "height": 844})
    session = begin_session(page, server)
    coach_says(page, "Hello Robin.")
    first = call_of(server, session)
    page.reload()
    press_twice(page.get_by_role("button", name="Continue the conversation"), pause)
    next_call(server, session, first)
    coach_says(page, "Welcome back")
    expect(page.get_by_role("heading", name="Your session in writing")).to_have_count(0)


@pytest.mark.parametrize("pause", [0, 150])
def test_pressing_twice_deals_with_one_report_of_safety(page: Page, server: OpenServer, pause: int) -> None:
    """It keeps its place, so that the second press meets no other one."""
    for n in range(3):
        server.rows(ADD_REPORT, f"unsafe-{n}", NOW + timedelta(seconds=n))
    sign_in(page, server.url, "Amira Haddad")
    page.goto(f"{server.url}/System")
    at_rest(page)
    try:
        press_twice(page.get_by_role("button", name="Mark as dealt with").first, pause)
        expect(page.get_by_text("2 of 3 not dealt with yet.")).to_be_visible()
        at_rest(page)
        assert server.rows("SELECT session_id FROM safety_reports WHERE dealt_with_at IS NOT NULL") == [("unsafe-2",)]
    finally:
        server.rows("DELETE FROM safety_reports WHERE starts_with(session_id, 'unsafe-')")
