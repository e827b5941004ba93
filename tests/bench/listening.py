"""What it costs a client's browser that the page listens to the call, beside the same page that does not."""

from __future__ import annotations

import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path

import psutil
from playwright.sync_api import Browser, sync_playwright

from tests.journeys.browser import DEVICES, GRANTED, chromium, one_person
from tests.journeys.steps import begin_session, end_session
from tests.open_server import OpenServer, open_server

SECONDS = 15
ROUNDS = 3
# The widget gets its analyser; for ours there is none, so that nothing is measured.
DEAF = """
(() => {
  const real = BaseAudioContext.prototype.createAnalyser;
  BaseAudioContext.prototype.createAnalyser = function () {
    const analyser = real.call(this);
    this.createAnalyser = undefined;
    return analyser;
  };
})()
"""


@dataclass(frozen=True)
class ListeningCost:
    """CPU of all of the browser's processes in a call, in % of a core."""

    listening: float
    deaf: float


def measure_listening() -> ListeningCost:
    """Both kinds of page in turns, in one browser."""
    listening: list[float] = []
    deaf: list[float] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        open_server(Path(folder), {"COACHROOM_SELF_VIEW": "local"}) as server,
        sync_playwright() as playwright,
        chromium(playwright, DEVICES, GRANTED) as browser,
    ):
        for _ in range(ROUNDS):
            listening.append(_one_call(browser, server, listens=True))
            deaf.append(_one_call(browser, server, listens=False))
    return ListeningCost(statistics.median(listening), statistics.median(deaf))


def _one_call(browser: Browser, server: OpenServer, *, listens: bool) -> float:
    with one_person(browser) as context:
        if not listens:
            context.add_init_script(DEAF)
        page = context.new_page()
        begin_session(page, server)
        before = _seconds()
        page.wait_for_timeout(1000 * SECONDS)
        used = _seconds() - before
        end_session(page)
    return 100 * used / SECONDS


def _seconds() -> float:
    """CPU time so far of the browser that this process has started."""
    processes = psutil.Process().children(recursive=True)
    times = [each.cpu_times() for each in processes if "chrom" in each.name().lower()]
    return sum(each.user + each.system for each in times)
