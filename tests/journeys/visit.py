"""A session with a human coach in it: two people, each in a browser of their own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Browser, Locator, Page, WebSocket, expect

from tests.journeys.browser import Witness, one_person
from tests.journeys.steps import begin_session, call_of, outcome
from tests.journeys.two_voices import CLIENT_HZ, COACH_HZ, AtAgent, heard_in, voice_of
from tests.open_server import OpenServer, address_of, until

COACH = "Carla Mendes"
REASON = "Shall we look at your week together?"
OTHER_VIDEO = "video.cr-other"


@dataclass
class Visit:
    """The client's page and the coach's; the client's call goes on."""

    server: OpenServer
    client: Page
    coach: Page
    name: str
    session: str
    told: list[str] = field(default_factory=list)

    @property
    def box(self) -> Locator:
        """What the client sees of the coach."""
        return self.client.locator(".st-key-human_coach")

    @property
    def page(self) -> Locator:
        """What the coach sees."""
        return self.coach.get_by_test_id("stMain")

    @property
    def call(self) -> str:
        return call_of(self.server, self.session)

    def ask(self) -> str:
        """The coach asks, and waits on their page; the join's id."""
        # The page shows the first words a moment before it reports them.
        until(lambda: outcome(self.server, self.session)[0] == "active")
        join = self.server.ask_to_join(self.session, COACH, REASON)
        self.coach.goto(f"{self.server.url}/Join?join={join}")
        expect(self.page.get_by_text(f"{self.name} is asked to let you in.").last).to_be_visible()
        return join

    def let_in(self) -> None:
        """The client says yes, and the two see each other."""
        self.box.get_by_role("button", name=f"Let {COACH} in").click()
        self.linked()

    def linked(self) -> None:
        """Waits until the two see and hear each other."""
        for place in (self.page, self.box):
            expect(place.locator(OTHER_VIDEO)).to_have_css("opacity", "1")
            expect(place.locator(OTHER_VIDEO)).to_be_visible()

    def press(self, name: str) -> None:
        """The coach presses a button."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def write(self, label: str, text: str, press: str) -> None:
        """The coach writes something and sends it."""
        self.page.get_by_label(label).fill(text)
        self.press(press)

    def client_reads(self, words: str) -> None:
        expect(self.box.get_by_text(words).last).to_be_visible()

    def coach_reads(self, words: str) -> None:
        expect(self.page.get_by_text(words).last).to_be_visible()

    def heard(self) -> dict[str, tuple[int, int]]:
        """How loud client and coach are at the agent, at the coach and at the client, in decibels."""
        return {
            "agent": AtAgent(self.server, self.call).now(),
            "coach": heard_in(self.coach, OTHER_VIDEO),
            "client": heard_in(self.client, OTHER_VIDEO),
        }

    def heard_by_both(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """How loud client and coach are at the coach, and at the client."""
        return heard_in(self.coach, OTHER_VIDEO), heard_in(self.client, OTHER_VIDEO)

    def contexts(self) -> list[tuple[str, str]]:
        """What the agent was told: each update's id and words."""
        sent = [json.loads(frame) for frame in self.told]
        return [(each["context_id"], each["text"]) for each in sent if each.get("type") == "contextual_update"]


@contextmanager
def two_people(
    browser: Browser, server: OpenServer, bare_browser: Browser | None = None, **options: object
) -> Iterator[Visit]:
    """A client in a session, and their coach before a blank page; in the end nothing may have gone wrong.

    `bare_browser`: the coach's, where theirs has no devices. `options`: of both browsers' contexts.
    """
    with one_person(browser, **options) as one, one_person(bare_browser or browser, **options) as other:
        witnesses = Witness(one), Witness(other)
        one.add_init_script(voice_of(CLIENT_HZ))
        if bare_browser is None:
            other.add_init_script(voice_of(COACH_HZ))
        client, coach = one.new_page(), other.new_page()
        told = _told(client)
        name = server.new_client()
        server.give_coach(name, COACH)
        session = begin_session(client, server, name)
        form, headers = {"email": address_of(COACH)}, {"Origin": server.url}
        other.request.post(f"{server.url}/sign-in", form=form, headers=headers, max_redirects=0)
        yield Visit(server, client, coach, name, session, told)
        assert [witness.seen for witness in witnesses] == [[], []]


def _told(page: Page) -> list[str]:
    """Everything but sound that the page sends to the agent from now on."""
    frames: list[str] = []

    def keep(frame: str | bytes) -> None:
        if "user_audio_chunk" not in str(frame):
            frames.append(str(frame))

    def watch(socket: WebSocket) -> None:
        if "/convai/conversation" in socket.url:
            socket.on("framesent", keep)

    page.on("websocket", watch)
    return frames
