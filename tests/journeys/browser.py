"""Chromium with a fake camera and microphone, and what it saw."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Error, Page, Playwright, expect

from tools.ensure_browser import find_browser

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
GRANTED = "--use-fake-ui-for-media-stream"
DENIED = "--use-fake-ui-for-media-stream=deny"
DEVICES = "--use-fake-device-for-media-stream"
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
SLOWEST_STEP_MS = 45_000

# Streamlit looks for its server below a page's own address first, and is told no.
HARMLESS = ("/_stcore/health", "/_stcore/host-config")

# Runs in every frame before anything else: notes who asks for a device, and each track that is handed out.
WATCH_DEVICES = """
(() => {
  window.asked = [];
  window.tracks = [];
  const media = navigator.mediaDevices;
  if (!media) return;
  const real = media.getUserMedia.bind(media);
  media.getUserMedia = async (wanted) => {
    window.asked.push(wanted);
    const stream = await real(wanted);
    window.tracks.push(...stream.getTracks());
    return stream;
  };
})()
"""

expect.set_options(timeout=SLOWEST_STEP_MS)


@contextmanager
def chromium(playwright: Playwright, *flags: str) -> Iterator[Browser]:
    """A fresh Chromium."""
    path = find_browser()
    assert path, "the journeys need Chromium: run `make browser`"
    browser = playwright.chromium.launch(executable_path=path, args=[*FLAGS, *flags])
    try:
        yield browser
    finally:
        browser.close()


@contextmanager
def one_person(browser: Browser, **options: object) -> Iterator[BrowserContext]:
    """A browser of one person's own: cookies, tabs, and a note of every device they were asked for."""
    context = browser.new_context(**{"viewport": DESKTOP, **options})
    context.set_default_timeout(SLOWEST_STEP_MS)
    context.add_init_script(WATCH_DEVICES)
    try:
        yield context
    finally:
        context.close()


class Witness:
    """Notes what no session may cause: errors in the console, dialogs, requests to other places.

    An error that has one of the `harmless` words in it is none.
    """

    def __init__(self, context: BrowserContext, harmless: tuple[str, ...] = ()) -> None:
        self.seen: list[str] = []
        self._harmless = harmless
        context.on("console", lambda message: self._console(message.type, message.text, message.location["url"]))
        context.on("weberror", lambda error: self._note(f"error: {error.error}"))
        context.on("dialog", lambda dialog: (self.seen.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        context.on("request", lambda request: self._request(request.url))

    def _console(self, kind: str, text: str, url: str) -> None:
        if kind == "error" and not url.endswith(HARMLESS):
            self._note(f"console: {text} ({url})")

    def _note(self, error: str) -> None:
        if not any(words in error for words in self._harmless):
            self.seen.append(error)

    def _request(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"data", "blob", "about"} and parts.hostname not in {"localhost", "127.0.0.1"}:
            self.seen.append(f"request: {url}")


def devices_asked_for(page: Page) -> list[dict]:
    """Every getUserMedia so far, of the page and of its frames."""
    return [wanted for frame in page.frames for wanted in frame.evaluate("window.asked ?? []")]


def live_tracks(page: Page, kind: str) -> int:
    """How many tracks of this kind (audio, video) hold their device now."""
    count = "(kind) => (window.tracks ?? []).filter((t) => t.kind === kind && t.readyState === 'live').length"
    held = 0
    for frame in page.frames:
        try:
            held += frame.evaluate(count, kind)
        except Error:
            # A frame that went away meanwhile holds nothing any more.
            assert frame.is_detached()
    return held
