"""The agent's language and the client's, with the real widget: a call asks only for a further one that was chosen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from coachroom.simulator.server.archive import PracticeCall
from tests.journeys.browser import one_person
from tests.journeys.conftest import LOCAL
from tests.journeys.shared import SharedApps
from tests.journeys.steps import (
    call_of,
    coach_says,
    end_session,
    enter_room,
    open_room,
    session_in,
    sign_in,
    turns,
    type_to_coach,
    widget,
)
from tests.open_server import OpenServer
from tests.server import ROOT

ENGLISH, GERMAN = "Hello {{client_name}}, in English", "Hallo {{client_name}}, schön, dass du da bist"


def agent_file(folder: Path, *, own: str, further: dict[str, str], text_only: bool = True) -> Path:
    """The file that comes with coachroom, for an agent that speaks these languages."""
    text = (ROOT / "data" / "agent.toml").read_text(encoding="utf-8")
    text = text.replace('language = "en"', f'language = "{own}"', 1)
    text = text.replace('first_message = "Hello', f'first_message = "{GERMAN if own == "de" else "Hello"} Hello', 1)
    text = text.replace("text_only = true", f"text_only = {str(text_only).lower()}", 1)
    lines = "".join(f'\n{code} = "{first}"' for code, first in further.items())
    path = folder / "agent.toml"
    path.write_text(re.sub(r"^\[further_languages\].*$", "[further_languages]" + lines, text, flags=re.M), "utf-8")
    return path


@pytest.fixture(scope="session")
def german(apps: SharedApps, tmp_path_factory: pytest.TempPathFactory) -> OpenServer:
    """A German agent that speaks English as well, and lets no call be text only."""
    path = agent_file(tmp_path_factory.mktemp("german"), own="de", further={"en": ENGLISH}, text_only=False)
    return apps.with_settings(LOCAL | {"COACHROOM_AGENT_FILE": str(path)})


@pytest.fixture(scope="session")
def english(apps: SharedApps, tmp_path_factory: pytest.TempPathFactory) -> OpenServer:
    """An English agent that speaks German as well."""
    path = agent_file(tmp_path_factory.mktemp("english"), own="en", further={"de": GERMAN})
    return apps.with_settings(LOCAL | {"COACHROOM_AGENT_FILE": str(path)})


def choose(page: Page, server: OpenServer, language: str) -> None:
    """Chooses the language on the client's own page."""
    page.goto(f"{server.url}/Profile")
    expect(page.get_by_text("In which language?")).to_be_visible()
    page.get_by_text(language, exact=True).click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved. It counts")).to_be_visible()
    page.goto(server.url)


def talk(page: Page, server: OpenServer, greeting: str, said: str, button: str = "Enter room") -> PracticeCall:
    """A session in which something is typed and answered; its call at the agent."""
    room = open_room(page)
    enter_room(page, button)
    coach_says(page, greeting)
    type_to_coach(page, said)
    session = session_in(server, room)
    coach_says(page, said)
    call = call_of(server, session)
    # A screen reader says the words in the coach's language.
    spoken = server.call(call).start.language
    assert widget(page).get_by_text(said).first.evaluate("(node) => node.closest('[lang]').lang") == spoken
    end_session(page)
    assert any(message == said for _, message in turns(server, session))
    return server.call(call)


def test_a_german_agent_is_asked_for_no_language_and_speaks_its_own(page: Page, german: OpenServer) -> None:
    sign_in(page, german.url, german.new_client())
    start = talk(page, german, "Hallo Robin, schön, dass du da bist", "Ich möchte besser schlafen").start
    assert (start.language, start.overrides) == ("de", frozenset())


def test_a_german_agent_speaks_english_to_a_client_who_chose_it(page: Page, german: OpenServer) -> None:
    sign_in(page, german.url, german.new_client())
    choose(page, german, "English")
    start = talk(page, german, "Hello Robin, in English", "I want to sleep better").start
    assert (start.language, start.overrides) == ("en", frozenset({"agent.language"}))


def test_an_english_agent_speaks_german_to_a_client_who_chose_it_and_english_again(
    page: Page, english: OpenServer
) -> None:
    sign_in(page, english.url, english.new_client())
    choose(page, english, "Deutsch")
    start = talk(page, english, "Hallo Robin, schön, dass du da bist", "Ich möchte besser schlafen").start
    assert (start.language, start.overrides) == ("de", frozenset({"agent.language"}))
    page.get_by_role("link", name="Back to your home page").click()
    choose(page, english, "English")
    start = talk(page, english, "Hello Robin.", "I want to sleep better").start
    assert (start.language, start.overrides) == ("en", frozenset())


def test_who_types_only_says_so_where_the_agent_allows_it(
    bare_browser: Browser, english: OpenServer, german: OpenServer
) -> None:
    for server, greeting, sent in (
        (english, "Hello Robin.", {"conversation.text_only"}),
        (german, "Hallo Robin", set()),
    ):
        with one_person(bare_browser) as context:
            page = context.new_page()
            sign_in(page, server.url, server.new_client())
            start = talk(page, server, greeting, "I want to write only", "Enter").start
            assert start.overrides == sent
