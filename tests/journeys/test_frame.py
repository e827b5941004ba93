"""What is around each page: title, heading, focus, the menu on a phone, and who is signed in."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.browser import DESKTOP, PHONE, one_person
from tests.journeys.steps import at_rest, press_sign_out, sign_in
from tests.journeys.test_looks import SETTLED, too_pale
from tests.open_server import OpenServer

MENUS = {
    "client": ("Home", "Goals", "How you are coached", "What the coach remembers", "Privacy"),
    "Carla Mendes": ("Home", "Clients", "Overview", "Engagement", "Satisfaction", "Quality", "Effectiveness"),
    "Anton Weber": ("Home", "Overview", "Engagement", "Satisfaction", "Quality", "Effectiveness", "Explore"),
    "Amira Haddad": ("Home", "Clients", "Explore", "Members", "System"),
}
# The levels of all headings that can be seen, in their order.
HEADINGS = """() => [...document.querySelectorAll('[data-testid=stMain] :is(h1, h2, h3, h4, h5, h6)')]
  .filter((node) => node.checkVisibility()).map((node) => Number(node.tagName[1]))"""

# Counts from now on how often the page runs.
RERUN_MS = 500


def skipped(levels: list[int]) -> bool:
    """Whether a heading lies more than one level below the one before it."""
    return any(below > above + 1 for above, below in zip([0, *levels], levels, strict=False))


@pytest.mark.parametrize("who", MENUS)
def test_each_page_says_its_title_and_begins_at_its_one_heading(page: Page, server: OpenServer, who: str) -> None:
    sign_in(page, server.url, server.new_client() if who == "client" else who)
    # Who is quicker than the first script of the page begins where they went.
    expect(page.locator(".cr-frame")).to_be_attached()
    wrong = []
    for title in MENUS[who][1:] + MENUS[who][:1]:
        page.get_by_role("link", name=title, exact=True).first.click()
        expect(page).to_have_title(f"{title} · coachroom")
        heading = page.get_by_test_id("stMain").get_by_role("heading", level=1)
        expect(heading).to_have_count(1)
        expect(heading).to_be_focused()
        levels = page.evaluate(HEADINGS)
        if skipped(levels):
            wrong.append(f"{title}: {levels}")
        expect(page.get_by_test_id("stMainMenu")).to_have_count(0)
    assert wrong == []


def test_on_a_phone_the_menu_closes_after_a_choice(browser: Browser, server: OpenServer) -> None:
    with one_person(browser, viewport=PHONE, has_touch=True) as context:
        page = context.new_page()
        sign_in(page, server.url, server.new_client())
        sidebar = page.get_by_test_id("stSidebar")
        for title in ("What the coach remembers", "Home"):
            page.get_by_test_id("stExpandSidebarButton").tap()
            expect(sidebar).to_have_attribute("data-collapsed", "false")
            sidebar.get_by_role("link", name=title).tap()
            expect(page).to_have_title(f"{title} · coachroom")
            expect(page.get_by_test_id("stMain").get_by_role("heading", level=1)).to_be_focused()
            expect(sidebar).to_have_attribute("data-collapsed", "true")
        page.reload()
        page.get_by_role("button", name="Open my room").tap()
        expect(page.get_by_role("heading", name="Before you begin")).to_be_visible()


@pytest.mark.parametrize("who", ["client", "Anton Weber"])
def test_who_is_signed_in_and_the_way_out_are_on_every_page(page: Page, server: OpenServer, who: str) -> None:
    name = server.new_client() if who == "client" else who
    sign_in(page, server.url, name)
    page.goto(f"{server.url}/{'Goals' if who == 'client' else 'Quality'}")
    expect(page.locator(".st-key-person").get_by_role("button", name=name)).to_be_visible()
    press_sign_out(page)
    expect(page.get_by_text("Choose who you want to be")).to_be_visible()
    expect(page).to_have_title("Sign in · coachroom")


def test_the_label_of_an_open_list_can_be_read_in_the_dark(browser: Browser, community: OpenServer) -> None:
    with one_person(browser, viewport=DESKTOP, color_scheme="dark") as context:
        page = context.new_page()
        sign_in(page, community.url, "Carla Mendes")
        page.goto(f"{community.url}/Satisfaction?range=All")
        csat = page.locator(".st-key-panel_csat")
        lists = (
            csat.get_by_role("button", name="How is this computed?"),
            csat.locator(".st-key-csat_download button"),
        )
        for button in lists:
            button.click()
            expect(page.get_by_test_id("stPopoverBody")).to_be_visible()
            page.wait_for_function(SETTLED)
            assert too_pale(page) == []
            page.keyboard.press("Escape")


def test_the_longest_page_has_marks_to_jump_to(page: Page, community: OpenServer) -> None:
    sign_in(page, community.url, "Carla Mendes")
    page.goto(f"{community.url}/Engagement")
    # A chart that is drawn after the jump moves what is below it.
    at_rest(page)
    page.wait_for_load_state("networkidle")
    for part in ("Who stays", "Coming back"):
        page.get_by_role("link", name=part, exact=True).click()
        expect(page.get_by_role("heading", name=part, exact=True)).to_be_in_viewport()


def test_a_letter_alone_does_nothing_to_the_page(page: Page, server: OpenServer) -> None:
    asked: list[object] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: asked.append([frame])))
    sign_in(page, server.url, server.new_client())
    expect(page.locator(".cr-frame")).to_be_attached()
    at_rest(page)
    # A page runs once more by itself where the browser has told it something.
    before = -1
    while len(asked) != before:
        before = len(asked)
        page.wait_for_timeout(2 * RERUN_MS)
    for letter in "acr":
        page.keyboard.press(letter)
    page.wait_for_timeout(RERUN_MS)
    assert len(asked) == before
    # Past our listener the letter does what it does in Streamlit.
    page.evaluate("document.dispatchEvent(new KeyboardEvent('keydown', { key: 'r', keyCode: 82 }))")
    page.wait_for_timeout(RERUN_MS)
    assert len(asked) == before + 1
