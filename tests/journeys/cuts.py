"""A line that is cut again and again: what the client sees and says meanwhile, and what is on record in the end."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import Enum
from random import Random

from playwright.sync_api import Page, expect

from tests.journeys.steps import begin_session, call_of, coach_says, type_to_coach, widget
from tests.journeys.wire import Wire
from tests.open_server import OpenServer, until

STATUS = ".cr-pill"
IN_TALK = re.compile(r"^(Listening|Speaking)$")


class Cut(Enum):
    """How the network goes away."""

    CLOSED = "every connection is closed, and new ones are refused"
    OFFLINE = "the browser says that there is no network"
    STALLED = "connections stay open and carry nothing"


@dataclass
class Talk:
    """One client's session over a wire. `said`: what they typed; `again`: how long each cut took beyond itself."""

    page: Page
    server: OpenServer
    wire: Wire
    said: list[str] = field(default_factory=list)
    again: list[float] = field(default_factory=list)
    session: str = ""

    def begin(self) -> None:
        self.session = begin_session(self.page, replace(self.server, url=f"http://localhost:{self.wire.port}"))

    def say(self, text: str) -> None:
        """Types this, and waits until the agent has it."""
        self.type(text)
        until(lambda: self._heard(text))

    def type(self, text: str) -> None:
        self.said.append(text)
        expect(widget(self.page).get_by_role("textbox")).to_be_enabled()
        type_to_coach(self.page, text)

    def cut(self, how: Cut, seconds: float) -> None:
        """Takes the network away for a while, and waits until the client is in a talk."""
        call = call_of(self.server, self.session)
        if how is Cut.CLOSED:
            self.wire.cut()
            expect(self.page.locator(STATUS)).to_have_text("Reconnecting")
            self.page.wait_for_timeout(seconds * 1000)
            self.wire.mend()
            back = time.monotonic()
            until(lambda: call_of(self.server, self.session) != call)
            coach_says(self.page, "Welcome back")
        elif how is Cut.STALLED:
            self.wire.stall()
            self.page.wait_for_timeout(seconds * 1000)
            self.wire.mend()
            back = time.monotonic()
        else:
            self.page.context.set_offline(True)
            expect(self.page.get_by_text("Your internet connection")).to_be_visible()
            self.page.wait_for_timeout(seconds * 1000)
            self.page.context.set_offline(False)
            back = time.monotonic()
            expect(self.page.get_by_text("Your internet connection")).to_have_count(0)
        # The widget has a status of its own with the same words.
        expect(self.page.locator(STATUS)).to_have_text(IN_TALK)
        self.again.append(time.monotonic() - back)

    def _heard(self, text: str) -> bool:
        call = self.server.call(call_of(self.server, self.session))
        return any(turn.message == text for turn in call.turns)


def drawn_cuts(random: Random, count: int, longest: float) -> Iterator[tuple[Cut, float]]:
    """So many cuts of 1 second to `longest`."""
    for _ in range(count):
        yield random.choice(list(Cut)), random.uniform(1.0, longest)
