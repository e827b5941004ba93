"""The coach refuses calls: the client reads whose part it is, the administrator why and what to do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.journeys.browser import one_person
from tests.journeys.conftest import LOCAL
from tests.journeys.steps import come_to_room, enter_room, open_room, sign_in
from tests.journeys.test_languages import GERMAN, agent_file, choose
from tests.journeys.wire import Wire, wire_to
from tests.open_server import OpenServer, open_server, until
from tests.simulator.refusing import RefusingAgent, no_german, no_language, no_text_only, other_hosts, season
from tests.simulator.serving import AGENT, API_KEY, open_house

NOT_SET_UP = "Nothing is wrong on your side: the coach is not set up right. Please tell your community's host."
NOT_REACHED = f"The coach could not be reached. {NOT_SET_UP}"
NOT_BEGUN = "The coach was reached but did not begin. Nothing is wrong on your side."
ENDED = f"The call was ended. What you said is kept. {NOT_SET_UP}"
TAKEN_UP = "The coach is connected."
TOO_BUSY = "Nothing is wrong on your side: the coach is too busy just now or has broken down."
NO_ACCESS = "The AI coach cannot be reached: our access to it is not set up right."
NOT_FOUND = "The AI coach of this community was not found."
FAILURES = (
    "SELECT (SELECT count(*) FROM refused_calls) + "
    "(SELECT count(*) FROM agent_conversations WHERE end_reason = 'error')"
)
BLOCK_SOCKETS = """
() => {
  const policy = document.createElement("meta");
  policy.httpEquiv = "Content-Security-Policy";
  policy.content = "connect-src 'self'";
  document.head.append(policy);
}
"""
# The 20 seconds that the page waits for a call to begin are over, once, as soon as the agent was asked to begin it.
IMPATIENCE = """
(() => {
  const [wait, send] = [window.setTimeout, WebSocket.prototype.send];
  let giveUp;
  window.setTimeout = (f, ms, ...given) => {
    if (ms === 20_000) giveUp = f;
    return wait(f, ms, ...given);
  };
  WebSocket.prototype.send = function (data) {
    send.call(this, data);
    if (!window.impatient || !String(data).includes("conversation_initiation_client_data")) return;
    window.impatient = false;
    wait(giveUp, 0);
  };
})()
"""


@dataclass(frozen=True)
class Scene:
    """The agent, the line to it, and the client's page."""

    agent: RefusingAgent
    wire: Wire
    page: Page

    def hang(self) -> None:
        """The agent lacks the client's language, and the service says nothing of it."""
        self.agent.change(no_german)
        self.agent.hang()
        self.page.evaluate("() => { window.impatient = true; }")

    def delete_agent(self) -> None:
        """While it speaks with the client."""
        self.is_connected()
        self.agent.agent_ids.clear()

    def lose_connection(self) -> None:
        self.is_connected()
        self.wire.cut()
        self.wire.mend()

    def is_connected(self) -> None:
        """Waits for a running call. Greetings of earlier calls stay on the page: only its status is of this one."""
        expect(self.page.get_by_text(re.compile("^(Listening|Speaking)$"))).to_be_visible()


@dataclass(frozen=True)
class Refused:
    """One refusal: how it comes about before and during a call, what client and administrator read, and how often."""

    sentence: str
    cause: str
    before: Callable[[Scene], object] = lambda _: None
    during: Callable[[Scene], object] = lambda _: None
    failures: int = 1


REFUSED = (
    Refused(NOT_REACHED, "the agent does not allow the override language", lambda it: it.agent.change(no_language)),
    Refused(NOT_REACHED, "the agent takes no calls from this page", lambda it: it.agent.change(other_hosts)),
    Refused(
        NOT_REACHED,
        "the agent's texts name a variable without a value, season",
        lambda it: it.agent.change(season),
    ),
    Refused(
        TOO_BUSY,
        "the call's signed address was no longer valid",
        lambda it: setattr(it.agent.running.agent.faults, "expired_addresses", True),
    ),
    Refused(ENDED, "the agent does not speak the language de", lambda it: it.agent.change(no_german)),
    Refused(NOT_BEGUN, "the agent did not begin within 20 seconds, though the connection stood", Scene.hang),
    Refused(
        ENDED,
        "the quota at ElevenLabs is used up",
        lambda it: setattr(it.agent.running.agent.faults, "quota_used_up", True),
    ),
    Refused(TAKEN_UP, "the client's connection broke", during=Scene.lose_connection),
    # The call, and the address for the next one, which the page gets ready when a call is over.
    Refused(NOT_FOUND, "the agent does not exist", during=Scene.delete_agent, failures=2),
    # A new page has no address yet.
    Refused(
        NO_ACCESS,
        "ElevenLabs did not take the request for a signed address",
        lambda it: (it.agent.running.agent.faults.status.update(signed_url=400), it.page.reload()),
    ),
    Refused(
        NOT_REACHED,
        "the page's content policy blocked the call's address",
        lambda it: it.page.evaluate(BLOCK_SOCKETS),
    ),
)
# Of a client who types: whoever speaks asks for no such call.
TYPED = Refused(NOT_REACHED, "the agent does not allow the override text_only")


@pytest.fixture
def agent() -> Iterator[RefusingAgent]:
    """The agent, which speaks German as well."""
    agent_ids = {AGENT}
    settings = {"agent_ids": agent_ids, "further_languages": {"de": GERMAN}, "allowed_origins": lambda *_: True}
    with open_house(speed=1, **settings) as running:
        yield RefusingAgent(running, agent_ids)


@pytest.fixture
def wire(agent: RefusingAgent) -> Iterator[Wire]:
    """The line to the agent, of the page and of the server."""
    with wire_to(agent.running.port) as wire:
        yield wire


@pytest.fixture
def far(tmp_path: Path, wire: Wire) -> Iterator[OpenServer]:
    """A server whose coach is that agent, behind the real API."""
    settings = LOCAL | {
        "COACHROOM_AGENT_PROVIDER": "elevenlabs",
        "COACHROOM_ELEVENLABS_URL": f"http://127.0.0.1:{wire.port}/practice",
        "COACHROOM_AGENT_ID": AGENT,
        "COACHROOM_AGENT_FILE": str(agent_file(tmp_path, own="en", further={"de": GERMAN})),
        "ELEVENLABS_API_KEY": API_KEY,
    }
    with open_server(tmp_path, settings) as server:
        yield server


@pytest.fixture
def scene(other_person: BrowserContext, agent: RefusingAgent, wire: Wire) -> Scene:
    page = other_person.new_page()
    page.add_init_script(IMPATIENCE)
    return Scene(agent, wire, page)


def typing_is_refused(browser: Browser, agent: RefusingAgent, server: OpenServer) -> None:
    """To a client without a microphone."""
    agent.change(no_text_only)
    with one_person(browser) as context:
        page = context.new_page()
        come_to_room(page, server.url, server.new_client())
        enter_room(page, "Enter and type instead")
        expect(page.get_by_text(TYPED.sentence)).to_be_visible()
        until(lambda: server.rows(FAILURES) == [(1,)])
    agent.put_back()


def test_each_refusal_is_a_sentence_for_the_client_and_a_line_with_the_way_out_for_the_administrator(
    browser: Browser, bare_browser: Browser, scene: Scene, far: OpenServer
) -> None:
    agent, page = scene.agent, scene.page
    typing_is_refused(bare_browser, agent, far)
    asked, failures, in_call = [], 1, False
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/access") else None)
    sign_in(page, far.url, far.new_client())
    choose(page, far, "Deutsch")
    REFUSED[0].before(scene)
    open_room(page)
    enter_room(page)
    again = page.get_by_role("button", name=re.compile("^(Start|Continue) the conversation"))
    # So the way back is named where no address was given.
    retry = page.get_by_role("button", name="Try again", exact=True)
    for refused in REFUSED:
        failures += refused.failures
        if refused is not REFUSED[0]:
            agent.put_back()
            refused.before(scene)
            if retry.is_visible():
                retry.click()
            if refused.sentence != NO_ACCESS and not in_call:
                again.click()
        refused.during(scene)
        until(lambda count=failures: far.rows(FAILURES) == [(count,)])
        # A line that broke is taken up by itself.
        in_call = refused.sentence == TAKEN_UP
        if in_call:
            scene.is_connected()
            continue
        expect(page.get_by_text(refused.sentence)).to_be_visible()
        expect(retry if refused.sentence == NO_ACCESS else again).to_be_enabled()
    # What is refused for good is not asked again: an address for each of these calls, one that the reload left
    # behind, and one at most that the page got ready.
    assert len(asked) <= len(REFUSED) + 2

    page.reload()
    agent.put_back()
    again.click()
    scene.is_connected()

    with one_person(browser) as context:
        admin = context.new_page()
        sign_in(admin, far.url, "Amira Haddad")
        for refused in (TYPED, *REFUSED):
            line = f"{refused.failures} of the last {failures} calls failed: {refused.cause}. Way out:"
            expect(admin.get_by_text(line)).to_be_visible()
    logged = [line for line in far.log.read_text().splitlines() if "a call failed" in line]
    assert len(logged) == failures
