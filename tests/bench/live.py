"""A human coach in a session: how soon the two see and hear each other, how late the agent hears each voice, and what
it costs the server and the browsers, beside the call alone in the same run."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psutil
from playwright.sync_api import Page, sync_playwright

from tests.journeys.browser import DEVICES, GRANTED, chromium
from tests.journeys.two_voices import STREAMS, sounds
from tests.journeys.visit import OTHER_VIDEO, Visit, two_people
from tests.open_server import OpenServer, open_server, until

LINKS = (0, 1, 4)
VOICES = 8
MEASURE_SECONDS = 10
SETTINGS = {"COACHROOM_LIVE_COACH": "true", "COACHROOM_SELF_VIEW": "local"}

# When a picture moves in the first remote video, and when a sound comes out of its stream.
FIRST_SIGNS = f"""
(kind) => {{
  window.signs = {{}};
  let analyser, samples;
  const timer = setInterval(() => {{
    const [stream] = ({STREAMS})(kind);
    if (!stream) return;
    const look = (root) => {{
      for (const node of root.querySelectorAll("*")) {{
        if (node.matches(kind) && node.currentTime > 0 && node.videoWidth > 2) window.signs.seen ??= Date.now();
        if (node.shadowRoot) look(node.shadowRoot);
      }}
    }};
    look(document);
    if (!analyser && stream.getAudioTracks().length) {{
      const context = new AudioContext();
      context.resume();
      analyser = context.createAnalyser();
      samples = new Float32Array(analyser.fftSize);
      context.createMediaStreamSource(stream).connect(analyser);
    }}
    analyser?.getFloatTimeDomainData(samples);
    if (samples?.some((each) => Math.abs(each) > 0.02)) window.signs.heard ??= Date.now();
    if (window.signs.seen && window.signs.heard) clearInterval(timer);
  }}, 10);
}}
"""
# When the widget sends the first sound that is loud, from now on.
FIRST_LOUD = """
() => {
  window.sentLoud = null;
  window.sendsAsBefore ??= WebSocket.prototype.send;
  WebSocket.prototype.send = function (frame) {
    if (window.sentLoud === null && typeof frame === "string" && frame.includes("user_audio_chunk")) {
      const bytes = Uint8Array.from(atob(JSON.parse(frame).user_audio_chunk), (sign) => sign.charCodeAt(0));
      if (new Int16Array(bytes.buffer).some((each) => Math.abs(each) > 650)) window.sentLoud = Date.now();
    }
    return window.sendsAsBefore.call(this, frame);
  };
}
"""


@dataclass(frozen=True)
class Linking:
    """From the client's yes until the coach sees and hears the client, in milliseconds."""

    seen_ms: float
    heard_ms: float


@dataclass(frozen=True)
class Cost:
    """In percent of a core, of all calls and links at once."""

    calls: int
    links: int
    server: float
    browsers: float


def link(visit: Visit) -> Linking:
    """The coach asks, and the client, who speaks, lets them in."""
    visit.ask()
    sounds(visit.client, True)
    visit.coach.evaluate(FIRST_SIGNS, OTHER_VIDEO)
    asked_at = time.time() * 1000
    visit.let_in()
    signs = until(lambda: _both(visit.coach.evaluate("window.signs")))
    sounds(visit.client, False)
    return Linking(signs["seen"] - asked_at, signs["heard"] - asked_at)


def _both(signs: dict[str, float]) -> dict[str, float] | None:
    return signs if len(signs) == 2 else None


def voice_to_agent(visit: Visit, speaker: Page) -> float:
    """From the first sound of somebody's microphone until the widget sends it, in milliseconds."""
    time.sleep(1.0)
    visit.client.evaluate(FIRST_LOUD)
    began = speaker.evaluate("() => { window.sounds(true); return Date.now(); }")
    sent = until(lambda: visit.client.evaluate("window.sentLoud"))
    sounds(speaker, False)
    return float(sent) - began


def cost(server: OpenServer, browser: psutil.Process, calls: int, links: int) -> Cost:
    """What so many calls take while nothing else happens."""
    everything = {"server": [_process_of(server)], "browsers": [browser, *browser.children(recursive=True)]}
    before = {name: _cpu(each) for name, each in everything.items()}
    time.sleep(MEASURE_SECONDS)
    used = {name: 100 * (_cpu(each) - before[name]) / MEASURE_SECONDS for name, each in everything.items()}
    return Cost(calls, links, used["server"], used["browsers"])


def _process_of(server: OpenServer) -> psutil.Process:
    return psutil.Process(server.process.pid)


def _cpu(processes: Sequence[psutil.Process]) -> float:
    total = 0.0
    for process in processes:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total


def main() -> None:
    """`python -m tests.bench.live [LINKS …]`."""
    wanted = [int(each) for each in sys.argv[1:]] or list(LINKS)
    linkings: list[Linking] = []
    costs: list[Cost] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        open_server(Path(folder), SETTINGS) as server,
        sync_playwright() as playwright,
        chromium(playwright, DEVICES, GRANTED) as browser,
        ExitStack() as people,
    ):
        this = psutil.Process()
        (chrome,) = [each for each in this.children(recursive=True) if _is_browser(each)]
        visits: list[Visit] = []
        for links in sorted(wanted):
            if len(visits) < max(1, links):
                visits += [
                    people.enter_context(two_people(browser, server)) for _ in range(max(1, links) - len(visits))
                ]
                costs.append(cost(server, chrome, len(visits), len(linkings)))
            if len(linkings) < links:
                linkings += [link(visit) for visit in visits[len(linkings) : links]]
                costs.append(cost(server, chrome, len(visits), links))
            if links == 1:
                _tell_voices(visits[0])
    for each in costs:
        print(f"{each.calls} calls, {each.links} links: server {each.server:.0f} %, browsers {each.browsers:.0f} %")
    seen, heard = ([getattr(each, name) for each in linkings] for name in ("seen_ms", "heard_ms"))
    if linkings:
        print(f"yes → seen {statistics.median(seen):.0f} ms, heard {statistics.median(heard):.0f} ms, of {len(seen)}")


def _tell_voices(visit: Visit) -> None:
    visit.press("Talk to both")
    visit.client_reads("who hears you both")
    for name, page in (("client", visit.client), ("coach", visit.coach)):
        times = [voice_to_agent(visit, page) for _ in range(VOICES)]
        middle, longest = statistics.median(times), max(times)
        print(f"{name}'s voice → agent: p50 {middle:.0f} ms, longest {longest:.0f} ms, of {VOICES}")
    visit.press("Listen")


def _is_browser(process: psutil.Process) -> bool:
    command = process.cmdline()
    return bool(command) and "chrom" in command[0] and not any(each.startswith("--type=") for each in command)


if __name__ == "__main__":
    main()
