"""The few pictures of README, which are committed."""

from __future__ import annotations

from collections.abc import Callable

from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.journeys.browser import one_person
from tests.journeys.steps import (
    begin_session,
    coach_says,
    end_session,
    picture_moves,
    self_view,
    sign_in,
    type_to_coach,
)
from tests.open_server import OpenServer
from tests.server import ROOT

FOLDER = ROOT / "docs" / "pictures"
SIZE = {"width": 1200, "height": 840}
MAX_COLOURS = 128
BELOW_THE_MENU = "panel => { panel.style.scrollMarginTop = '80px'; panel.scrollIntoView(); }"
AT_REST_MS = 3000  # messages and charts have moved to their places


def take_pictures(browser: Browser, server: OpenServer) -> None:
    """A client's room and a coach's dashboard, of one size, in light and in dark."""
    FOLDER.mkdir(exist_ok=True)
    for scheme in ("light", "dark"):
        take(browser, scheme, f"room_{scheme}.png", lambda page: room(page, server))
        take(browser, scheme, f"dashboard_{scheme}.png", lambda page: dashboard(page, server))


def take(browser: Browser, scheme: str, name: str, arrange: Callable[[Page], None]) -> None:
    """One picture in one colour scheme, saved in a palette that keeps the file small."""
    with one_person(browser, viewport=SIZE, color_scheme=scheme) as context:
        page = context.new_page()
        arrange(page)
        path = FOLDER / name
        page.screenshot(path=path)
        Image.open(path).convert("RGB").quantize(MAX_COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
        print(f"{path.name}: {path.stat().st_size // 1000} kB")
        over = page.get_by_role("button", name="End session")
        if over.is_visible():
            # A goal that is known is not noted again in the next picture.
            page.get_by_role("button", name="Undo: Goal: I want to sleep better").click()
            expect(page.get_by_text("Undone").first).to_be_visible()
            end_session(page)


def room(page: Page, server: OpenServer) -> None:
    """A client's room in the middle of a talk."""
    begin_session(page, server, "Ana Silva")
    # The browser's own microphone beeps, which the coach would answer.
    page.get_by_role("button", name="Mute microphone").click()
    type_to_coach(page, "I want to sleep better")
    coach_says(page, "Where do you stand with it")
    type_to_coach(page, "I look at my phone until midnight")
    coach_says(page, "What could you do about it?")
    picture_moves(self_view(page).locator("video"))
    page.evaluate("window.scrollTo(0, 0)")
    page.wait_for_timeout(AT_REST_MS)


def dashboard(page: Page, server: OpenServer) -> None:
    """What a coach sees of their clients."""
    sign_in(page, server.url, "Carla Mendes")
    page.get_by_role("link", name="Effectiveness").click()
    panel = page.locator(".st-key-panel_goal_attainment")
    expect(panel.locator("canvas, svg").first).to_be_visible()
    panel.evaluate(BELOW_THE_MENU)
    page.wait_for_timeout(AT_REST_MS)
