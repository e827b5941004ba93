"""Chromium with a fake camera and microphone, and the steps that journeys share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tools.ensure_browser import find_browser

FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
FAKE_DEVICES = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
SLOWEST_STEP_MS = 20_000

expect.set_options(timeout=SLOWEST_STEP_MS)


@contextmanager
def open_browser(*, devices: bool = True) -> Iterator[Browser]:
    """A fresh Chromium; without `devices` it has neither camera nor microphone."""
    path = find_browser()
    assert path, "the journeys need Chromium: run `make browser`"
    with sync_playwright() as playwright:
        flags = FLAGS + (FAKE_DEVICES if devices else ["--use-fake-ui-for-media-stream"])
        browser = playwright.chromium.launch(executable_path=path, args=flags)
        try:
            yield browser
        finally:
            browser.close()


def sign_in(page: Page, url: str, name: str = "Ana Silva") -> None:
    """Signs in as a demo person, from the page at `url`."""
    page.goto(url)
    page.get_by_role("button", name=name).click()
    page.get_by_text("Choose who you want to be").wait_for(state="detached")


def open_room(page: Page) -> str:
    """From the client's home into the lobby, agreeing to the notice where it is asked for; the room's address."""
    page.get_by_role("button", name="my room").click()
    enter = page.get_by_role("button", name="Enter")
    notice = page.get_by_role("heading", name="Before you begin")
    expect(enter.or_(notice).first).to_be_visible()
    if notice.is_visible():
        page.get_by_text("I understand that").click()
        page.get_by_role("button", name="I agree, go on").click()
    expect(enter).to_be_visible()
    return page.url


def enter_room(page: Page) -> None:
    """Through the lobby into the room, until the coach has spoken."""
    page.get_by_role("button", name="Enter room").click()
    expect(page.get_by_role("button", name="End session")).to_be_visible()


def coach_says(page: Page, text: str) -> None:
    """Waits until the widget shows these words of the coach."""
    expect(page.locator("elevenlabs-convai").get_by_text(text).first).to_be_visible()


def type_to_coach(page: Page, text: str) -> None:
    """Types a message into the widget and sends it."""
    box = page.locator("elevenlabs-convai").get_by_role("textbox")
    box.fill(text)
    box.press("Enter")


def end_session(page: Page) -> None:
    page.get_by_role("button", name="End session").click()
    expect(page.get_by_role("heading", name="Your session is over")).to_be_visible()
