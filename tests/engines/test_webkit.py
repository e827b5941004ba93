"""The main visit in WebKitGTK, which Debian builds without WebRTC; and the numbers."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pandas as pd
import pytest
from selenium.webdriver import Keys

from tests.engines.sound import Speaker
from tests.engines.webkit import WebKit, screen, webkit
from tests.journeys.steps import call_of, outcome, session_in, turns
from tests.open_server import OpenServer, until

COACH, ANALYST = "Carla Mendes", "Anton Weber"
GOAL = "I want to sleep better"
SAVED = """
const done = arguments[arguments.length - 1];
fetch(arguments[0].href).then((answer) => answer.text()).then(done, (error) => done(String(error)));
"""


@pytest.fixture(scope="session")
def display() -> Iterator[str]:
    with screen() as display:
        yield display


@pytest.fixture
def person(display: str, speaker: Speaker) -> Iterator[WebKit]:
    """Somebody's WebKitGTK."""
    with webkit({**speaker.environment, "DISPLAY": display}) as person:
        yield person


def _sign_in(person: WebKit, server: OpenServer, name: str) -> None:
    person.driver.get(server.url)
    person.press(name)
    person.sees_no("Choose who you want to be")


def test_the_main_visit_to_the_end_of_the_session(person: WebKit, server: OpenServer) -> None:
    _sign_in(person, server, server.new_client())
    assert person.run("return typeof RTCPeerConnection") == "undefined"
    person.press("my room")
    person.sees("Before you begin")
    person.press("I understand that", "input", Keys.SPACE)
    person.press("I agree, go on")
    person.press("Check camera and microphone")
    person.picture_moves()
    person.sees("You look ready.", "Say a few words")
    room = person.driver.current_url.partition("room=")[2]

    person.press("Enter room")
    person.sees("Hello Robin")
    person.picture_moves()
    session = session_in(server, room)
    first = call_of(server, session)
    until(lambda: any(server.call(first).audio))

    person.press("Mute microphone")
    person.find('[aria-pressed="true"]', "Unmute microphone")
    person.sees("Muted")
    person.write("", GOAL)
    person.sees("Where do you stand with it")
    person.press("Unmute microphone")
    person.find('[aria-pressed="false"]', "Mute microphone")
    person.press("Turn camera off")
    person.sees("Camera is off")
    person.press("Turn camera on")
    person.picture_moves()
    assert server.pictures_on_the_way() == 0

    person.driver.refresh()
    person.press("Continue the conversation")
    until(lambda: call_of(server, session) != first, 30)
    person.sees("Welcome back")
    person.picture_moves()

    person.press("End session")
    person.press("End now")
    person.sees("Your session is over")
    assert outcome(server, session) == ("completed", "client")
    assert ("client", GOAL) in turns(server, session)


def test_a_coach_sees_every_chart_of_a_page(person: WebKit, server: OpenServer) -> None:
    _sign_in(person, server, COACH)
    person.driver.get(f"{server.url}/Engagement?range=All")
    drawn = """
    const panels = all.filter((each) => each.matches('[class*="st-key-panel_"]'));
    return panels.length >= 5 && panels.every((each) => each.querySelector("svg.marks, canvas.marks"));
    """
    until(lambda: person.run(drawn), 60)


def test_an_analyst_gets_a_file(person: WebKit, server: OpenServer) -> None:
    _sign_in(person, server, ANALYST)
    person.driver.get(f"{server.url}/Satisfaction?range=All")
    person.press("", ".st-key-csat_download button")
    person.press("CSV", key=Keys.SPACE)
    person.press("Prepare the file")
    body = person.driver.execute_async_script(SAVED, person.find("a", "Save csat"))
    frame = pd.read_csv(io.StringIO(body))
    assert list(frame.columns)[:2] == ["interval_start", "responses"]
    assert frame["responses"].sum() > 0
