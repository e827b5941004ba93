"""No page and no state of a visit hinders anybody, by axe-core and by our own look at contrast."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from playwright.sync_api import Browser, Page, TimeoutError

from coachroom.people.people import Role
from tests.journeys.axe import hindrances
from tests.journeys.browser import DESKTOP, PHONE, one_person
from tests.journeys.conftest import LIVE
from tests.journeys.every_page import (
    IN_A_VISIT,
    PAGES,
    WITH_A_COACH,
    a_visit,
    a_visit_in_writing,
    a_visit_of_a_coach,
    every_page,
    settled,
)
from tests.journeys.shared import SharedApps
from tests.journeys.test_looks import WIDER_THAN_THE_WINDOW, too_pale
from tests.journeys.visit import two_people
from tests.open_server import OpenServer
from tests.server import ROOT

# The size of the window and the colours in which all rules are asked, and those in which contrast alone is.
BY_ALL_RULES = ((DESKTOP, "light"), (PHONE, "dark"))
BY_CONTRAST = ((DESKTOP, "dark"), (PHONE, "light"))
NARROWEST = {"width": 320, "height": 640}
REFLOW_MS = 5_000
# Streamlit takes the links of its menu away for a moment where they move between the top and the side.
MENU_LINKS = "[data-testid=stTopNavLink], [data-testid=stSidebarNavLink]"
SHOWN_DARK = "(dark) => (getComputedStyle(document.querySelector('.stApp')).colorScheme === 'dark') === dark"


def looked_at(page: Page, where: str, ways: Sequence[tuple[dict[str, int], str]]) -> list[str]:
    """What is wrong on a desktop and on a phone, light and dark, without loading the page again."""
    wrong: list[str] = []
    has_menu = page.locator(MENU_LINKS).count() > 0
    for window, scheme in ways:
        page.set_viewport_size(window)
        page.emulate_media(color_scheme=scheme)
        if has_menu:
            page.locator(MENU_LINKS).first.wait_for(state="attached")
        page.wait_for_function(SHOWN_DARK, arg=scheme == "dark")
        settled(page)
        if (window, scheme) in BY_ALL_RULES:
            wrong += hindrances(page, where)
        way = f"{where}, {window['width']} px, {scheme}"
        wrong += [f"{way}: too pale: {text}" for text in too_pale(page)]
    page.set_viewport_size(NARROWEST)
    try:
        page.wait_for_function(f"() => !({WIDER_THAN_THE_WINDOW})()", timeout=REFLOW_MS)
    except TimeoutError:
        wrong.append(f"{where}: wider than a window of 320 px")
    page.set_viewport_size(DESKTOP)
    return wrong


def test_every_page_is_looked_at() -> None:
    pages = {path.stem for path in (ROOT / "pages").glob("*.py")}
    assert {name for names in PAGES.values() for name in names} | {*IN_A_VISIT, *WITH_A_COACH} == pages


@pytest.mark.parametrize("role", PAGES)
def test_every_page_of_a_role(browser: Browser, community: OpenServer, role: Role) -> None:
    wrong: list[str] = []

    def look(page: Page, name: str) -> None:
        # Of a page that several roles see, the later ones see the same with other numbers.
        is_first = name == "Start" or role is next(each for each in PAGES if name.partition(",")[0] in PAGES[each])
        wrong.extend(looked_at(page, name, (*BY_ALL_RULES, *BY_CONTRAST) if is_first else BY_ALL_RULES))

    with one_person(browser) as context:
        every_page(context.new_page(), community, role, look)
    assert not wrong, "\n".join(wrong)


def test_every_state_of_a_visit(browser: Browser, community: OpenServer) -> None:
    wrong: list[str] = []

    def look(page: Page, state: str) -> None:
        wrong.extend(looked_at(page, state, (*BY_ALL_RULES, *BY_CONTRAST)))

    for visit in (a_visit, a_visit_in_writing):
        with one_person(browser) as context:
            visit(context.new_page(), community, community.new_client(), look)
    assert not wrong, "\n".join(wrong)


def test_every_state_of_a_coachs_visit(browser: Browser, apps: SharedApps) -> None:
    wrong: list[str] = []

    def look(page: Page, state: str) -> None:
        wrong.extend(looked_at(page, state, (*BY_ALL_RULES, *BY_CONTRAST)))

    with two_people(browser, apps.with_settings(LIVE)) as visit:
        a_visit_of_a_coach(visit, look)
    assert not wrong, "\n".join(wrong)
