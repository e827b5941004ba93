"""A client's first visit on a slow line and a slow phone: what crosses the wire, and when the room can be used."""

from __future__ import annotations

import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from coachroom.web.identity import SIGN_IN_COOKIE
from tests.bench.community import prepare, sign_in_cookie
from tests.journeys.browser import DESKTOP, DEVICES, GRANTED, PHONE, chromium
from tests.journeys.every_page import settled
from tests.server import LiveServer, running_server

SLOWER = 4
ROUNDS = 3
# Everything up to a page at rest: what its scripts ask for afterwards as well.
QUIET_MS = 1500
# From the press of Enter until words can be typed to the coach and the session can be ended.
WATCH_ROOM = """(button) => new Promise((resolve) => {
  const since = performance.now();
  const seen = (node) => node && !node.disabled && node.checkVisibility({ visibilityProperty: true });
  const inside = (selector, root = document) => root.querySelector(selector)
    ?? [...root.querySelectorAll('*')].reduce((found, each) =>
      found ?? (each.shadowRoot && inside(selector, each.shadowRoot)) ?? null, null);
  const look = () => {
    const typing = document.querySelector('elevenlabs-convai')?.shadowRoot?.querySelector('textarea');
    if (seen(typing) && seen(inside('.cr-end'))) resolve(performance.now() - since);
    else setTimeout(look, 10);
  };
  button.click();
  look();
})"""

# How much of the window moved by itself, as browsers score it.
NOTE_SHIFTS = """
window.shift = 0;
new PerformanceObserver((list) => list.getEntries().forEach((each) => { window.shift += each.value; }))
  .observe({ type: 'layout-shift', buffered: true });
"""


@dataclass(frozen=True)
class Load:
    """What a page took: bytes over the wire with headers, and its layout shift."""

    size: int
    requests: int
    shift: float


@dataclass(frozen=True)
class FirstLoad:
    """`room`: bytes more than Home; times in ms, medians."""

    home: Load
    desktop_shift: float
    room: int
    usable: float
    usable_slowed: float

    @property
    def ratio(self) -> float:
        return self.usable_slowed / self.usable


def measure_first_load() -> FirstLoad:
    """Each visit is one of a browser that has never been here; the first does not count for times."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rooms = prepare(folder, 2 * ROUNDS + 1)
        with (
            running_server(folder, {"COACHROOM_SELF_VIEW": "local"}) as server,
            sync_playwright() as playwright,
            chromium(playwright, DEVICES, GRANTED) as browser,
        ):
            first = _Visit(browser, server, 2 * ROUNDS, DESKTOP)
            desktop = first.home()
            first.close()
            times: dict[int, list[float]] = {1: [], SLOWER: []}
            for number in range(2 * ROUNDS):
                slower = (1, SLOWER)[number % 2]
                visit = _Visit(browser, server, number, PHONE)
                home = visit.home()
                times[slower].append(visit.room(rooms[number], slower))
                room = visit.size - home.size
                visit.close()
    return FirstLoad(home, desktop.shift, room, *(statistics.median(each) for each in times.values()))


class _Visit:
    """A client's browser, and what it loaded so far."""

    def __init__(self, browser: Browser, server: LiveServer, number: int, window: dict[str, int]) -> None:
        self._url = server.url
        self._sizes: list[int] = []
        self._context = browser.new_context(viewport=window)
        cookie = {"name": SIGN_IN_COOKIE, "value": sign_in_cookie(number), "url": server.url}
        self._context.add_cookies([cookie])
        self._context.add_init_script(NOTE_SHIFTS)
        self._page = self._context.new_page()
        self._session = self._context.new_cdp_session(self._page)
        self._session.on("Network.loadingFinished", lambda event: self._sizes.append(int(event["encodedDataLength"])))
        self._session.send("Network.enable")

    @property
    def size(self) -> int:
        return sum(self._sizes)

    def home(self) -> Load:
        self._page.goto(self._url)
        self._page.get_by_role("button", name="Open my room").wait_for()
        self._at_rest()
        return Load(self.size, len(self._sizes), self._page.evaluate("window.shift"))

    def room(self, room: str, slower: int) -> float:
        """Milliseconds from Enter until the room can be used, on a CPU so many times slower."""
        self._page.goto(f"{self._url}/room/{room}")
        enter = self._page.get_by_role("button", name="Enter room")
        enter.wait_for()
        self._page.get_by_text("You look ready.").wait_for()
        self._session.send("Emulation.setCPUThrottlingRate", {"rate": slower})
        usable = float(enter.evaluate(WATCH_ROOM))
        self._session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
        self._at_rest()
        return usable

    def close(self) -> None:
        self._context.close()

    def _at_rest(self) -> None:
        settled(self._page)
        self._page.wait_for_timeout(QUIET_MS)
