"""A deploy in the middle of conversations, and commands beside them: nobody loses their room."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from coachroom.cli.main import main
from coachroom.store.store import Engine
from tests.databases import ENGINE
from tests.journeys.browser import one_person
from tests.journeys.steps import begin_session, call_of, coach_says, end_session, turns, type_to_coach
from tests.open_server import OpenServer, open_server, until
from tests.server import free_port
from tests.simulator.serving import API_KEY, open_house

CLIENTS = 3
ROSTER = Path(__file__).parents[2] / "data" / "skool_members_sample.csv"


@dataclass(frozen=True)
class Talking:
    """A client in the middle of a call."""

    page: Page
    session: str
    call: str

    def typed(self, server: OpenServer) -> list[str]:
        """What the client typed, as it is on record; the fake microphone beeps meanwhile."""
        said = [message for sender, message in turns(server, self.session) if sender == "client"]
        return [message for message in said if not message.startswith("(spoke for")]


def begin(page: Page, server: OpenServer) -> Talking:
    session = begin_session(page, server)
    type_to_coach(page, "I want to sleep better")
    coach_says(page, "Where do you stand with it")
    return Talking(page, session, call_of(server, session))


def test_a_restart_in_the_middle_of_calls_loses_none_of_them(tmp_path: Path, browser: Browser) -> None:
    with open_house(speed=1, allowed_origins=lambda _origin, _host: True) as services, ExitStack() as people:
        settings = {
            "COACHROOM_AGENT_PROVIDER": "elevenlabs",
            "COACHROOM_ELEVENLABS_URL": services.url,
            "ELEVENLABS_API_KEY": API_KEY,
            "COACHROOM_SELF_VIEW": "local",
            # However slowly this machine starts a server.
            "COACHROOM_GRACE_SECONDS": "600",
        }
        port = free_port()
        with open_server(tmp_path, settings, port) as server:
            pages = [people.enter_context(one_person(browser)).new_page() for _ in range(CLIENTS)]
            clients = [begin(page, server) for page in pages]
        # The coach is elsewhere and goes on listening while the app is away.
        for client in clients:
            type_to_coach(client.page, "I wake up at four")
        with open_server(tmp_path, settings, port) as server:
            for client in clients:
                type_to_coach(client.page, "We are still talking")
                words = ["I want to sleep better", "I wake up at four", "We are still talking"]
                until(lambda client=client, words=words: client.typed(server) == words)
                assert call_of(server, client.session) == client.call
            for client in clients:
                end_session(client.page)
            ended = server.rows("SELECT id, status, end_reason FROM sessions")
            assert sorted(ended) == sorted((client.session, "completed", "client") for client in clients)


def test_a_call_goes_on_while_members_are_imported_and_the_database_is_compacted(
    page: Page, server: OpenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = begin(page, server)
    for variable, value in server.variables.items():
        monkeypatch.setenv(variable, value)
    assert main(["members", "import", str(ROSTER)]) == 0
    if ENGINE is Engine.DUCKDB:
        assert main(["compact"]) == 0
    type_to_coach(page, "We are still talking")
    coach_says(page, "We are still talking")
    until(lambda: client.typed(server) == ["I want to sleep better", "We are still talking"])
    assert call_of(server, client.session) == client.call
    expect(page.get_by_role("button", name="End session")).to_be_visible()
    end_session(page)
