"""One replica after the other is restarted while a client talks: they notice nothing."""

from __future__ import annotations

import signal
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Browser

from tests.databases import new_postgres, postgres_url
from tests.front import front_of
from tests.journeys.browser import one_person
from tests.journeys.steps import begin_session, call_of, coach_says, end_session, turns, type_to_coach
from tests.open_server import OpenServer, open_server, until
from tests.server import free_port
from tests.simulator.serving import API_KEY, open_house

DRAIN_SECONDS = 4


def typed(server: OpenServer, session: str) -> list[str]:
    """What the client typed, as it is on record; the fake microphone beeps meanwhile."""
    said = [message for sender, message in turns(server, session) if sender == "client"]
    return [message for message in said if not message.startswith("(spoke for")]


def test_a_replica_that_is_stopped_hands_its_pages_over_and_the_conversation_goes_on(
    tmp_path: Path, browser: Browser
) -> None:
    ports, port = (free_port(), free_port()), free_port()
    address = postgres_url(schema=str(new_postgres().schema))
    with open_house(speed=1, allowed_origins=lambda _origin, _host: True) as services, ExitStack() as running:
        servers = []
        for name, own_port in zip(("one", "two"), ports, strict=True):
            (tmp_path / name).mkdir()
            settings = {
                "COACHROOM_DATABASE": address,
                "COACHROOM_DATA_DIR": str(tmp_path / name),
                "COACHROOM_REPLICA": name,
                "COACHROOM_PUBLIC_URL": f"http://localhost:{port}",
                "COACHROOM_DRAIN_SECONDS": str(DRAIN_SECONDS),
                "COACHROOM_AGENT_PROVIDER": "elevenlabs",
                "COACHROOM_ELEVENLABS_URL": services.url,
                "ELEVENLABS_API_KEY": API_KEY,
                "COACHROOM_SELF_VIEW": "local",
                # However slowly this machine draws a page.
                "COACHROOM_GRACE_SECONDS": "600",
            }
            server = running.enter_context(open_server(tmp_path / name, settings, own_port))
            server.url = f"http://localhost:{port}"
            servers.append(server)
        one, two = servers
        running.enter_context(front_of(port, ports))
        page = running.enter_context(one_person(browser)).new_page()

        session = begin_session(page, one)
        type_to_coach(page, "I want to sleep better")
        coach_says(page, "Where do you stand with it")
        call = call_of(one, session)
        assert two.rows("SELECT seat LIKE 'one:%' FROM sessions") == [(True,)]

        one.door.close()
        one.process.send_signal(signal.SIGTERM)
        type_to_coach(page, "I wake up at four")
        until(lambda: two.rows("SELECT seat LIKE 'two:%' FROM sessions") == [(True,)])
        one.process.wait(60)
        type_to_coach(page, "We are still talking")
        words = ["I want to sleep better", "I wake up at four", "We are still talking"]
        until(lambda: typed(two, session) == words)
        assert call_of(two, session) == call
        end_session(page)
        assert two.rows("SELECT id, status, end_reason FROM sessions") == [(session, "completed", "client")]
