"""Rooms in a real browser: what one costs the server, and how long a client waits."""

from __future__ import annotations

import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
from playwright.sync_api import BrowserContext, Page, sync_playwright

from coachroom.web.identity import SIGN_IN_COOKIE
from tests.bench.community import prepare, sign_in_cookie
from tests.journeys.browser import DEVICES, GRANTED, chromium
from tests.server import LiveServer, running_server

MEASURE_SECONDS = 12
IDLE_SECONDS = 4

# Notes when each event happened and when its acknowledgement came, and when video and words were first there.
PROBE = """
window.__delays = []; window.__marks = {};
const fetch0 = window.fetch;
window.fetch = async (url, options) => {
  const answer = await fetch0(url, options);
  if (String(url).endsWith('/events')) {
    await answer.clone().json();
    for (const event of JSON.parse(options.body).events) window.__delays.push(Date.now() - Date.parse(event.at));
  }
  return answer;
};
const mark = (name) => { window.__marks[name] ??= Date.now(); };
const deep = function* (root) {
  for (const element of root.querySelectorAll('*')) {
    yield element;
    if (element.shadowRoot) yield* deep(element.shadowRoot);
    if (element.tagName === 'IFRAME' && element.contentDocument) yield* deep(element.contentDocument);
  }
};
window.__watch = () => {
  window.__marks.enter = Date.now();
  const timer = setInterval(() => {
    for (const element of deep(document)) {
      const inRoom = document.body.innerText.includes('Human Coach');
      if (inRoom && element.tagName === 'VIDEO' && element.currentTime > 0) mark('video');
      if (element.tagName === 'ELEVENLABS-CONVAI' && element.shadowRoot?.textContent.includes('Hello')) mark('word');
    }
    if (window.__marks.video && window.__marks.word) clearInterval(timer);
  }, 15);
};
"""


@dataclass(frozen=True)
class RoomCost:
    """One row of the table; CPU in % of a core and memory in MB, both a room; times in ms."""

    mode: str
    rooms: int
    cpu: float
    memory: float
    to_video: float
    to_word: float
    ack_p50: float
    ack_p99: float


def measure_rooms(mode: str, rooms: int) -> RoomCost:
    """Fills so many rooms one after the other and measures while all of them talk."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        addresses = prepare(folder, rooms + 1)
        settings = {"COACHROOM_SELF_VIEW": mode, "COACHROOM_MAX_WEBRTC_ROOMS": "64"}
        with (
            running_server(folder, settings) as server,
            sync_playwright() as playwright,
            chromium(playwright, DEVICES, GRANTED) as browser,
        ):
            process = psutil.Process(server.process.pid)
            # The first session of a process loads what later ones find ready.
            warm = browser.new_context()
            _enter(warm, server, rooms, addresses[rooms])
            warm.close()
            time.sleep(IDLE_SECONDS)
            idle_cpu, idle_memory = _cpu(process, IDLE_SECONDS), process.memory_info().rss
            pages = [_enter(browser.new_context(), server, n, addresses[n]) for n in range(rooms)]
            for page in pages:
                _say(page, "I want to sleep better")
            cpu = _cpu(process, MEASURE_SECONDS) - idle_cpu
            memory = process.memory_info().rss - idle_memory
            for page in pages:
                _say(page, "Now I go to bed too late")
            time.sleep(1)
            marks = [page.evaluate("window.__marks") for page in pages]
            delays = sorted(delay for page in pages for delay in page.evaluate("window.__delays"))
    return RoomCost(
        mode=mode,
        rooms=rooms,
        cpu=100 * cpu / rooms,
        memory=memory / rooms / 1e6,
        to_video=statistics.median(mark["video"] - mark["enter"] for mark in marks),
        to_word=statistics.median(mark["word"] - mark["enter"] for mark in marks),
        ack_p50=statistics.median(delays),
        ack_p99=delays[int(len(delays) * 0.99)],
    )


def _enter(context: BrowserContext, server: LiveServer, number: int, room_id: str) -> Page:
    context.add_cookies([{"name": SIGN_IN_COOKIE, "value": sign_in_cookie(number), "url": server.url}])
    context.add_init_script(PROBE)
    page = context.new_page()
    page.goto(f"{server.url}/room/{room_id}")
    button = page.get_by_role("button", name="Enter room")
    button.wait_for()
    # A person looks at the picture before entering.
    page.wait_for_timeout(1500)
    page.evaluate("window.__watch()")
    button.click()
    # Asked from outside, again and again: the page's own policy lets no text be run as a script.
    for _ in range(600):
        if page.evaluate("() => Boolean(window.__marks.video && window.__marks.word)"):
            return page
        page.wait_for_timeout(100)
    raise AssertionError("the room did not come alive within a minute")


def _say(page: Page, text: str) -> None:
    box = page.locator("elevenlabs-convai").get_by_role("textbox")
    box.fill(text)
    box.press("Enter")


def _cpu(process: psutil.Process, seconds: float) -> float:
    """The share of one core used over the next seconds."""
    before, since = process.cpu_times(), time.monotonic()
    time.sleep(seconds)
    after = process.cpu_times()
    used = after.user + after.system - before.user - before.system
    return float(used / (time.monotonic() - since))
