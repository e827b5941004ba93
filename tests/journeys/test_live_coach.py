"""A human coach in a client's session: who is heard where, and that nobody is seen or heard unasked."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.browser import live_tracks
from tests.journeys.conftest import LIVE
from tests.journeys.shared import SharedApps
from tests.journeys.steps import call_is_over, coach_says, next_call, type_to_coach
from tests.journeys.two_voices import sounds
from tests.journeys.visit import COACH, OTHER_VIDEO, REASON, Visit, two_people
from tests.open_server import OpenServer, until

LOUD, SILENT = -40, -60  # decibels: a voice is heard, and is not
HINT = "They never tried going to bed earlier."
MESSAGE = "Take your time with that."
SUMMARY = "We found out that the evenings are the hard part."
CALL = "[...window.coachroomCalls.values()][0].bridge.conversation"
# As browsers do that play no sound on a page before somebody pressed something on it.
SOUND_ON_A_PRESS = """
const play = HTMLMediaElement.prototype.play;
let pressed = false;
addEventListener("click", () => (pressed = true), { capture: true });
HTMLMediaElement.prototype.play = function () {
  if (pressed || this.muted) return play.call(this);
  return Promise.reject(new DOMException("Nobody pressed anything.", "NotAllowedError"));
};
"""
VOLUME = f"{CALL}.volume"
WIRES = f"""() => {{
  const {{ input, output, setVolume }} = {CALL};
  return {{
    rate: input.context.sampleRate,
    parts: [input.mediaStreamSource, input.analyser, input.worklet].map((part) => part instanceof AudioNode),
    microphone: input.inputStream.getAudioTracks().length,
    voice: output.audioElement.srcObject.getAudioTracks().length,
    functions: [output.interrupt, setVolume, input.context.createMediaStreamSource].map((each) => typeof each),
  }};
}}"""


@pytest.fixture(scope="session")
def live_server(apps: SharedApps) -> OpenServer:
    """Where human coaches may join sessions; the self-view goes through the server until one is there."""
    return apps.with_settings(LIVE)


@pytest.fixture
def visit(browser: Browser, live_server: OpenServer) -> Iterator[Visit]:
    with two_people(browser, live_server) as visit:
        yield visit


def voices(heard: tuple[int, int]) -> str:
    """Whose voice is heard; the decibels where one is neither clearly there nor clearly not, as while it begins."""
    named = []
    for who, loudness in zip(("client", "coach"), heard, strict=True):
        if SILENT < loudness < LOUD:
            return f"neither: {heard}"
        if loudness >= LOUD:
            named.append(who)
    return " and ".join(named) or "nobody"


def heard(visit: Visit) -> dict[str, str]:
    return {where: voices(loudness) for where, loudness in visit.heard().items()}


def test_the_widget_is_wired_as_the_mixing_expects(visit: Visit) -> None:
    assert visit.client.evaluate(WIRES) == {
        "rate": 16_000,
        "parts": [True, True, True],
        "microphone": 1,
        "voice": 1,
        "functions": ["function", "function", "function"],
    }


def test_each_is_heard_where_the_mode_says_and_nowhere_else(visit: Visit) -> None:
    visit.ask()
    assert live_tracks(visit.coach, "audio") + live_tracks(visit.coach, "video") == 0
    visit.let_in()
    sounds(visit.client, True)
    sounds(visit.coach, True)
    visit.client_reads("only listens")
    assert heard(visit) == {"agent": "client", "coach": "client", "client": "nobody"}

    visit.press("Talk to both")
    visit.client_reads("who hears you both")
    assert heard(visit) == {"agent": "client and coach", "coach": "client", "client": "coach"}

    visit.client.get_by_role("button", name="Mute microphone").click()
    visit.coach_reads("is muted")
    assert heard(visit) == {"agent": "coach", "coach": "nobody", "client": "coach"}
    # The browser changes to another microphone, which the widget takes by itself.
    visit.client.evaluate(f"{CALL}.input.setDevice({{}})")
    assert heard(visit) == {"agent": "coach", "coach": "nobody", "client": "coach"}
    visit.client.get_by_role("button", name="Unmute microphone").click()
    assert heard(visit) == {"agent": "client and coach", "coach": "client", "client": "coach"}

    visit.press("Talk in private")
    visit.client_reads("You two talk alone. The AI coach waits")
    assert heard(visit) == {"agent": "nobody", "coach": "client", "client": "coach"}
    assert not call_is_over(visit.server, visit.call)


def test_the_coach_reads_and_steers_and_the_client_sees_that(visit: Visit) -> None:
    visit.ask()
    visit.let_in()
    visit.write("Hint for the AI coach", HINT, "Send the hint")
    visit.client_reads(f"{COACH} gave the AI coach a hint. You can read it after the session.")
    visit.write("Message to the client", MESSAGE, "Send the message")
    visit.client_reads(f"{COACH}: {MESSAGE}")
    expect(visit.client.get_by_text(HINT)).to_have_count(0)
    visit.coach_reads(f"Hint: {HINT}")
    told = visit.contexts()
    assert ("coach-1", f"The human coach says, for you alone: {HINT}") in told
    assert ("coach-2", f"The human coach {COACH} has written to the client: {MESSAGE}") in told
    assert any(id == "human-coach" and "is in the room" in words for id, words in told)

    type_to_coach(visit.client, "I want to sleep better")
    expect(visit.client.get_by_text("Speaking", exact=True)).to_be_visible()
    visit.press("Hush the AI coach")
    until(lambda: visit.client.evaluate(VOLUME) == 0)
    until(lambda: visit.client.evaluate(VOLUME) == 1)

    visit.client.get_by_role("button", name=f"Ask {COACH} to leave").click()
    visit.client_reads(f"{COACH} has left, as you asked.")
    visit.coach_reads("has asked you to leave.")
    until(lambda: live_tracks(visit.coach, "audio") + live_tracks(visit.coach, "video") == 0)
    assert visit.contexts()[-1] == (
        "human-coach",
        f"The human coach {COACH} has left the room. You are alone with the client again.",
    )
    sounds(visit.client, True)
    assert voices(visit.heard()["agent"]) == "client"


def test_a_client_who_says_no_is_not_seen_or_heard(visit: Visit) -> None:
    visit.ask()
    visit.client_reads(REASON)
    visit.box.get_by_role("button", name="Not now").click()
    visit.coach_reads("does not want company just now.")
    visit.client_reads(f"{COACH} stays outside.")
    assert visit.coach.evaluate("window.asked") == []
    assert [page.evaluate("window.peers") for page in (visit.client, visit.coach)] == [0, 0]


def test_a_coach_takes_over_and_hands_back_in_one_session_of_two_calls(visit: Visit) -> None:
    visit.ask()
    visit.let_in()
    first = visit.call
    visit.press("Talk in private")
    visit.press("Let the AI coach go")
    visit.client_reads("The AI coach has left the call")
    until(lambda: call_is_over(visit.server, first))
    expect(visit.client.get_by_role("button", name="Continue with the AI coach")).to_have_count(0)
    sounds(visit.client, True)
    sounds(visit.coach, True)
    until(lambda: voices(visit.heard_by_both()[0]) == "client")
    assert voices(visit.heard_by_both()[1]) == "coach"
    visit.client.get_by_role("button", name="Mute microphone").click()
    until(lambda: voices(visit.heard_by_both()[0]) == "nobody")
    visit.client.get_by_role("button", name="Unmute microphone").click()

    visit.press("Hand back to the AI coach")
    visit.coach_reads("Only")
    visit.write("Hand back:", SUMMARY, "Hand back to the AI coach")
    visit.client_reads(SUMMARY)
    visit.box.get_by_role("button", name="Continue with the AI coach").click()
    second = next_call(visit.server, visit.session, first)
    visit.coach_reads("Nobody hears you")
    assert voices(visit.heard()["agent"]) == "client"
    calls = "SELECT count(*), count(DISTINCT session_id) FROM agent_conversations WHERE session_id = $1"
    assert visit.server.rows(calls, visit.session) == [(2, 1)]
    # The coach's sentence is in what the second call is told.
    assert any(SUMMARY in words for _, words in visit.contexts())
    assert second != first


def test_either_page_may_be_loaded_again(visit: Visit) -> None:
    visit.ask()
    visit.let_in()
    before = visit.call
    visit.coach.reload()
    visit.linked()
    visit.press("Talk to both")
    visit.client_reads("who hears you both")
    visit.client.reload()
    visit.client_reads("talks with you. The AI coach is not in a call.")
    visit.linked()
    visit.client.get_by_role("button", name="Continue the conversation").click()
    next_call(visit.server, visit.session, before)
    sounds(visit.client, True)
    sounds(visit.coach, True)
    assert heard(visit) == {"agent": "client and coach", "coach": "client", "client": "coach"}


def test_leaving_the_room_ends_the_connection_and_coming_back_makes_it_again(visit: Visit) -> None:
    visit.ask()
    visit.let_in()
    sounds(visit.client, True)
    room = visit.client.url
    visit.client.get_by_role("link", name="Goals").click()
    expect(visit.client.get_by_role("heading", name="Goals").first).to_be_visible()
    visit.coach_reads("page is not connected just now.")
    until(lambda: live_tracks(visit.client, "audio") + live_tracks(visit.client, "video") == 0, 5)
    assert visit.client.evaluate("window.openPeers()") == 0
    visit.client.goto(room)
    visit.linked()


def test_a_coach_whose_room_would_echo_talks_to_the_client_alone(visit: Visit) -> None:
    visit.coach.add_init_script("window.cancelsEcho = false")
    visit.ask()
    visit.let_in()
    visit.press("Talk to both")
    visit.coach_reads("Use headphones")
    visit.client_reads("only listens")
    visit.press("Talk in private")
    visit.client_reads("You two talk alone")


def test_a_coach_without_devices_sees_listens_and_writes(
    browser: Browser, bare_browser: Browser, live_server: OpenServer
) -> None:
    with two_people(browser, live_server, bare_browser) as visit:
        visit.coach.add_init_script(SOUND_ON_A_PRESS)
        visit.ask()
        visit.box.get_by_role("button", name=f"Let {COACH} in").click()
        visit.coach_reads("No microphone is in use here")
        expect(visit.page.get_by_role("button", name="Talk in private")).to_be_disabled()
        visit.press("Switch on the sound")
        expect(visit.page.get_by_role("button", name="Switch on the sound")).to_have_count(0)
        expect(visit.page.locator(OTHER_VIDEO)).to_have_css("opacity", "1")
        visit.client_reads(f"{COACH} has no camera on.")
        visit.write("Message to the client", MESSAGE, "Send the message")
        visit.client_reads(f"{COACH}: {MESSAGE}")


def test_a_coach_who_is_the_clients_no_more_is_out_within_seconds(visit: Visit) -> None:
    visit.ask()
    visit.let_in()
    visit.server.give_coach(visit.name, "Amira Haddad")
    # By the coach's own socket or by the sweep, whichever comes first.
    out = re.compile("You may not be in this session, or not any more|You can no longer join")
    expect(visit.page.get_by_text(out).last).to_be_visible(timeout=6_000)
    expect(visit.box.get_by_text(f"{COACH} has left.").last).to_be_visible(timeout=1_000)
    until(lambda: live_tracks(visit.coach, "audio") + live_tracks(visit.coach, "video") == 0)


def test_the_picture_leaves_the_server_once_a_coach_is_there(visit: Visit) -> None:
    until(lambda: visit.server.pictures_on_the_way() == 1)
    visit.ask()
    visit.let_in()
    expect(visit.client.locator(OTHER_VIDEO)).to_be_visible()
    until(lambda: visit.server.pictures_on_the_way() == 0)
    assert live_tracks(visit.client, "video") == 1
    visit.client.get_by_role("button", name="Turn camera off").click()
    visit.coach_reads("has no camera on.")
    type_to_coach(visit.client, "I want to sleep better")
    coach_says(visit.client, "Where do you stand with it")
    # A page that is loaded again does not switch it on.
    visit.client.reload()
    expect(visit.box.locator(OTHER_VIDEO)).to_have_css("opacity", "1")
    expect(visit.client.get_by_role("button", name="Turn camera on")).to_be_visible()
    visit.coach_reads("has no camera on.")
