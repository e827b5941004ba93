"""Lines that are cut, goodbyes of a coach who hangs up at once, and pauses: several rooms in one Chromium."""

from __future__ import annotations

import contextlib
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from playwright.sync_api import Page, expect, sync_playwright

from coachroom.simulator import NORMAL
from tests.bench.talking import at_share
from tests.journeys.browser import DEVICES, GRANTED, chromium, one_person
from tests.journeys.cuts import STATUS, Cut, Talk
from tests.journeys.loudspeaker import Loudspeaker
from tests.journeys.steps import begin_session, coach_says, end_session, turns, type_to_coach
from tests.journeys.wire import wire_to
from tests.open_server import OpenServer, open_server, until
from tests.server import free_port

CUTS = 200
LONGEST_S = 30.0
# How long a talk goes on at most before it is cut once more.
LONGEST_TALK_S = 8.0
# A session keeps the records of twenty calls.
CUTS_A_SESSION = 10
GOODBYES = 100
PAUSES = 40
# As many as two cores carry beside the server, with a browser that plays each room's sound in time.
ROOMS = 2
# How long a talk waits for the records of its calls, which come late where a line was dead for long.
RECORDS_COME_S = 60.0
RECORDS_TO_COME = (
    "SELECT id, record, end_reason, tries FROM agent_conversations "
    "WHERE session_id = $1 AND record NOT IN ('complete', 'missing')"
)
SESSIONS = "SELECT count(*) FROM sessions WHERE client_id = (SELECT client_id FROM sessions WHERE id = $1)"
SETTINGS = {"COACHROOM_SELF_VIEW": "local", "COACHROOM_SESSION_MINUTES": "60"}


@dataclass(frozen=True)
class PlannedCut:
    """A cut after so many seconds of talk; `on_the_way`: in the moment in which the client has sent something."""

    how: Cut
    seconds: float
    after: float
    on_the_way: bool


@dataclass
class CutLines:
    """What cuts cost so far; times in seconds from the network's return until the client talks again."""

    again: dict[Cut, list[float]] = field(default_factory=lambda: {how: [] for how in Cut})
    said: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    sessions: int = 0
    talks: int = 0
    failed: int = 0

    def __str__(self) -> str:
        times = [each for of_a_kind in self.again.values() for each in of_a_kind]
        kinds = "; ".join(f"{how.name.lower()}: {_spread(of_a_kind)}" for how, of_a_kind in self.again.items())
        return (
            f"talking again after cuts of 1 to {LONGEST_S:g} s: {_spread(times)} ({kinds}); of {self.said} turns "
            f"{len(self.lost)} lost {self.lost}, {len(self.doubled)} doubled {self.doubled}; "
            f"{self.sessions} sessions in {self.talks} talks; {self.failed} talks failed"
        )


@dataclass
class Goodbyes:
    """How many seconds of each goodbye were not heard so far, silence at its ends included."""

    missing: list[float] = field(default_factory=list)
    failed: int = 0

    def __str__(self) -> str:
        return f"sound of goodbyes that was not heard: {_spread(self.missing)}; {self.failed} failed"


@dataclass
class Returns:
    """Seconds from pressing "Go on" after a pause until the coach picked up the topic, so far."""

    back: list[float] = field(default_factory=list)
    failed: int = 0

    def __str__(self) -> str:
        return f"back in the talk after a pause: {_spread(self.back)}; {self.failed} failed"


@dataclass(frozen=True)
class Rooms:
    """A server, and one Chromium that several threads drive."""

    server: OpenServer
    debugging: str

    @contextmanager
    def page(self) -> Iterator[Page]:
        """A tab of somebody's own. For one thread at a time."""
        with sync_playwright() as playwright:
            browser = playwright.chromium.connect_over_cdp(self.debugging)
            with one_person(browser, bypass_csp=True) as person:
                yield person.new_page()

    def each(self, work: Callable[[int], str], count: int, failed: Callable[[], None]) -> None:
        """Does `work` so many times in a few rooms at once; says what came of each as it comes."""
        with ThreadPoolExecutor(ROOMS) as threads:
            running = {threads.submit(work, number): number for number in range(count)}
            for done in as_completed(running):
                if error := done.exception():
                    failed()
                    _say(f"{running[done] + 1} of {count} failed: {''.join(traceback.format_exception(error)[-4:])}")
                else:
                    _say(f"{running[done] + 1} of {count}: {done.result()}")


def planned_cuts(random: Random, count: int, longest: float) -> list[list[PlannedCut]]:
    """Cuts at random moments, by talks."""
    cuts = [
        PlannedCut(
            random.choice(list(Cut)),
            random.uniform(1.0, longest),
            random.uniform(0.0, LONGEST_TALK_S),
            random.random() < 0.5,
        )
        for _ in range(count)
    ]
    return [cuts[begin : begin + CUTS_A_SESSION] for begin in range(0, count, CUTS_A_SESSION)]


def measure_cuts(rooms: Rooms, measured: CutLines, cuts: int = CUTS, longest: float = LONGEST_S) -> None:
    """Cuts lines at random and counts what is on record."""
    planned, counting = planned_cuts(Random(12), cuts, longest), threading.Lock()

    def talk(number: int) -> str:
        with rooms.page() as page, wire_to(int(rooms.server.url.rsplit(":", 1)[1])) as wire:
            talk = Talk(page, rooms.server, wire)
            talk.begin()
            for cut in planned[number]:
                talk.say(f"Sentence {len(talk.said)}")
                page.wait_for_timeout(cut.after * 1000)
                if cut.on_the_way:
                    talk.type(f"Sentence {len(talk.said)}")
                talk.cut(cut.how, cut.seconds)
                measured.again[cut.how].append(talk.again[-1])
                _say(
                    f"talk {number + 1}: {cut.how.name.lower()} for {cut.seconds:.1f} s, again {talk.again[-1]:.1f} s"
                )
            talk.say("The last one")
            end_session(page)
        with counting:
            return _count(rooms.server, talk, measured)

    def failed() -> None:
        measured.failed += 1

    rooms.each(talk, len(planned), failed)


def _count(server: OpenServer, talk: Talk, measured: CutLines) -> str:
    """Compares what was said with what is on record, once the provider's records of all calls have come."""
    with contextlib.suppress(AssertionError):
        until(lambda: not server.rows(RECORDS_TO_COME, talk.session), RECORDS_COME_S)
    to_come = server.rows(RECORDS_TO_COME, talk.session)
    said = [words for sender, words in turns(server, talk.session) if sender == "client"]
    sessions = server.rows(SESSIONS, talk.session)[0][0]
    lost = [words for words in talk.said if words not in said]
    doubled = [words for words in talk.said if said.count(words) > 1]
    measured.said += len(talk.said)
    measured.lost += lost
    measured.doubled += doubled
    measured.sessions += sessions
    measured.talks += 1
    return f"{len(talk.said)} turns, lost {lost}, doubled {doubled}, {sessions} session; records to come {to_come}"


def measure_goodbyes(rooms: Rooms, measured: Goodbyes, goodbyes: int = GOODBYES) -> None:
    """Says goodbye to a coach who hangs up as soon as its own is sent."""
    rooms.server.set_mood(replace(NORMAL, hurried_goodbye=True))

    def one_goodbye(_: int) -> str:
        with rooms.page() as page:
            loudspeaker = Loudspeaker(page)
            begin_session(page, rooms.server)
            expect(page.locator(STATUS)).to_have_text("Listening")
            loudspeaker.forget()
            type_to_coach(page, "Goodbye")
            coach_says(page, "Take good care of yourself")
            until(lambda: loudspeaker.closed)
            missing = max(0.0, loudspeaker.arrived_seconds - loudspeaker.heard_seconds)
        measured.missing.append(missing)
        return f"{missing:.2f} s not heard"

    def failed() -> None:
        measured.failed += 1

    rooms.each(one_goodbye, goodbyes, failed)


def measure_pauses(rooms: Rooms, measured: Returns, pauses: int = PAUSES) -> None:
    """Pauses a talk and goes on with it."""
    rooms.server.set_mood(NORMAL)

    def one_pause(_: int) -> str:
        with rooms.page() as page:
            begin_session(page, rooms.server)
            type_to_coach(page, "I want to sleep better")
            coach_says(page, "Where do you stand with it")
            page.get_by_role("button", name="Pause the session").click()
            go_on = page.get_by_role("button", name="Go on", exact=True)
            expect(go_on).to_be_visible()
            page.wait_for_timeout(2000)
            pressed = time.monotonic()
            go_on.click()
            coach_says(page, "Let us pick up where you were.")
            measured.back.append(time.monotonic() - pressed)
            end_session(page)
        return f"back after {measured.back[-1]:.2f} s"

    def failed() -> None:
        measured.failed += 1

    rooms.each(one_pause, pauses, failed)


@contextmanager
def open_rooms() -> Iterator[Rooms]:
    """Starts a server and a browser."""
    port = free_port()
    with (
        tempfile.TemporaryDirectory() as folder,
        open_server(Path(folder), SETTINGS) as server,
        sync_playwright() as playwright,
        chromium(playwright, DEVICES, GRANTED, f"--remote-debugging-port={port}"),
    ):
        yield Rooms(server, f"http://127.0.0.1:{port}")


def main() -> None:
    """`python -m tests.bench.lines [CUTS [GOODBYES [PAUSES]]]`."""
    given = [int(count) for count in sys.argv[1:]]
    cuts, goodbyes, pauses = [*given, *(CUTS, GOODBYES, PAUSES)[len(given) :]]
    lines, heard, returns = CutLines(), Goodbyes(), Returns()
    try:
        with open_rooms() as rooms:
            measure_cuts(rooms, lines, cuts)
            measure_goodbyes(rooms, heard, goodbyes)
            measure_pauses(rooms, returns, pauses)
    finally:
        # Whatever went wrong later, what was measured is told.
        _say(f"{lines}\naim: p95 5 s, none lost, none doubled, one session a talk")
        _say(f"{heard}\naim: nothing but the silence at both ends")
        _say(f"{returns}\naim: 3 s at most")


def _spread(times: Sequence[float]) -> str:
    if not times:
        return "none"
    p50, p95 = at_share(list(times), 0.5), at_share(list(times), 0.95)
    return f"{len(times)}, p50 {p50:.2f} s, p95 {p95:.2f} s, longest {max(times):.2f} s"


def _say(sentence: str) -> None:
    print(sentence, flush=True)


if __name__ == "__main__":
    main()
