"""Lines that are cut again and again, and goodbyes of a coach who hangs up at once, in Chromium."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from playwright.sync_api import Page, expect, sync_playwright

from coachroom.simulator import NORMAL
from tests.bench.talking import at_share
from tests.journeys.browser import DEVICES, GRANTED, chromium, one_person
from tests.journeys.cuts import STATUS, Talk, drawn_cuts
from tests.journeys.loudspeaker import Loudspeaker
from tests.journeys.steps import begin_session, coach_says, end_session, turns, type_to_coach
from tests.journeys.wire import wire_to
from tests.open_server import OpenServer, open_server, until

CUTS = 200
LONGEST_S = 30.0
# A session keeps the records of twenty calls.
CUTS_A_SESSION = 10
GOODBYES = 100
SETTINGS = {"COACHROOM_SELF_VIEW": "local", "COACHROOM_SESSION_MINUTES": "60"}


@dataclass(frozen=True)
class CutLines:
    """What cuts cost; times in seconds from the network's return until the client talks again."""

    cuts: int
    p50: float
    p95: float
    longest: float
    lost: int
    doubled: int
    sessions: int
    talks: int


@dataclass(frozen=True)
class Goodbyes:
    """How many seconds of each goodbye were not heard, silence at its ends included."""

    goodbyes: int
    p50: float
    longest: float


def measure_cuts(cuts: int = CUTS, longest: float = LONGEST_S) -> CutLines:
    """Cuts lines at random and counts what is on record."""
    again: list[float] = []
    lost = doubled = sessions = talks = 0
    with _room() as (server, new_page), wire_to(int(server.url.rsplit(":", 1)[1])) as wire:
        planned = list(drawn_cuts(Random(12), cuts, longest))
        while planned:
            with new_page() as page:
                talk = Talk(page, server, wire)
                talk.begin()
                for how, seconds in planned[:CUTS_A_SESSION]:
                    talk.say(f"Sentence {len(talk.said)}")
                    talk.cut(how, seconds)
                talk.say("The last one")
                end_session(page)
            planned = planned[CUTS_A_SESSION:]
            said = [words for sender, words in turns(server, talk.session) if sender == "client"]
            lost += sum(words not in said for words in talk.said)
            doubled += sum(said.count(words) - 1 for words in talk.said if words in said)
            client = "SELECT client_id FROM sessions WHERE id = $1"
            mine = f"SELECT count(*) FROM sessions WHERE client_id = ({client})"
            sessions += server.rows(mine, talk.session)[0][0]
            talks += 1
            again += talk.again
    return CutLines(
        len(again), at_share(again, 0.5), at_share(again, 0.95), max(again), lost, doubled, sessions, talks
    )


def measure_goodbyes(goodbyes: int = GOODBYES) -> Goodbyes:
    """Says goodbye to a coach who hangs up as soon as its own is sent."""
    missing = []
    with _room() as (server, new_page):
        server.set_mood(replace(NORMAL, hurried_goodbye=True))
        for _ in range(goodbyes):
            with new_page() as page:
                loudspeaker = Loudspeaker(page)
                begin_session(page, server)
                expect(page.locator(STATUS)).to_have_text("Listening")
                loudspeaker.forget()
                type_to_coach(page, "Goodbye")
                coach_says(page, "Take good care of yourself")
                until(lambda heard=loudspeaker: heard.closed)
                missing.append(max(0.0, loudspeaker.arrived_seconds - loudspeaker.heard_seconds))
            server.end_open_sessions()
    return Goodbyes(len(missing), at_share(missing, 0.5), max(missing))


@contextmanager
def _room() -> Iterator[tuple[OpenServer, Callable[[], AbstractContextManager[Page]]]]:
    with (
        tempfile.TemporaryDirectory() as folder,
        open_server(Path(folder), SETTINGS) as server,
        sync_playwright() as playwright,
        chromium(playwright, DEVICES, GRANTED) as browser,
    ):

        @contextmanager
        def new_page() -> Iterator[Page]:
            with one_person(browser) as person:
                yield person.new_page()
            server.remove_new_clients()

        yield server, new_page


def main() -> None:
    """`python -m tests.bench.lines [CUTS [GOODBYES]]`."""
    cuts, goodbyes = (int(given) for given in (*sys.argv[1:], *(CUTS, GOODBYES)[len(sys.argv) - 1 :]))
    cut = measure_cuts(cuts)
    print(
        f"{cut.cuts} cuts of 1 to {LONGEST_S:g} s: talking again p50 {cut.p50:.1f} s, p95 {cut.p95:.1f} s, longest "
        f"{cut.longest:.1f} s; turns lost {cut.lost}, doubled {cut.doubled}; {cut.sessions} sessions in {cut.talks} "
        "talks"
    )
    print("aim: p95 5 s, none lost, none doubled, one session a talk")
    heard = measure_goodbyes(goodbyes)
    print(
        f"{heard.goodbyes} goodbyes: of their sound p50 {heard.p50:.2f} s, at most {heard.longest:.2f} s not heard, "
        "silence at both ends included"
    )
    print("aim: nothing but that silence")


if __name__ == "__main__":
    main()
