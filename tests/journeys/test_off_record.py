"""Off the record, before a session and in the middle of one: no byte of the words is left on the server."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from coachroom.store.compact import compact
from coachroom.store.duck import DuckStore
from coachroom.store.store import Engine
from tests.databases import ENGINE
from tests.journeys.axe import hindrances
from tests.journeys.conftest import LOCAL
from tests.journeys.steps import (
    begin_session,
    call_of,
    coach_says,
    come_to_room,
    end_session,
    outcome,
    session_in,
    turns,
    type_to_coach,
    widget,
)
from tests.open_server import OpenServer, open_server, until

# No part of it stands in any other text.
MARKER = "qzxvbalthasarqzxv"
GOAL = f"I want to make peace with {MARKER}"
KEPT = "Off the record: nothing of this session is kept"


def files_with(marker: str, folder: Path) -> list[str]:
    return [str(path) for path in folder.rglob("*") if path.is_file() and marker.encode() in path.read_bytes()]


def provider_forgot(server: OpenServer, call: str) -> bool:
    return all(record.id != call for record in server.calls())


@pytest.fixture(params=["normal", "awkward"])
def settings(request: pytest.FixtureRequest) -> dict[str, str]:
    """The practice coach in both of its moods."""
    return LOCAL | {"COACHROOM_PRACTICE_MOOD": request.param}


def test_what_is_said_off_the_record_from_the_start_stands_in_no_file(
    tmp_path: Path, page: Page, settings: dict[str, str]
) -> None:
    with open_server(tmp_path, settings) as server:
        name = server.new_client()
        room = come_to_room(page, server.url, name)
        page.get_by_text("Off the record: keep nothing of this session").click()
        expect(page.get_by_text("as soon as it is over")).to_be_visible()
        expect(page.get_by_role("button", name="Write instead")).to_have_count(0)
        page.get_by_role("button", name="Enter room").click()
        coach_says(page, f"Hello {name.split(maxsplit=1)[0]}")
        expect(page.get_by_text(KEPT)).to_be_visible()
        session = session_in(server, room)
        call = call_of(server, session)
        type_to_coach(page, GOAL)
        expect(widget(page).get_by_text(GOAL).last).to_be_visible()
        until(lambda: server.coach_knows(call) is None or MARKER in str(server.coach_knows(call)))
        page.get_by_role("button", name="End session").click()
        page.get_by_role("button", name="End now").click()
        expect(page.get_by_text("You took this session off the record")).to_be_visible()
        assert hindrances(page, "off the record") == []
        assert outcome(server, session) == ("completed", "client")
        assert turns(server, session) == []
        until(lambda: provider_forgot(server, call), 200)
        assert files_with(MARKER, tmp_path) == []
    assert files_with(MARKER, tmp_path) == []


def test_what_was_said_before_it_was_taken_off_the_record_goes_with_the_rest(
    tmp_path: Path, page: Page, settings: dict[str, str]
) -> None:
    with open_server(tmp_path, settings) as server:
        session = begin_session(page, server)
        call = call_of(server, session)
        type_to_coach(page, GOAL)
        until(lambda: any(MARKER in message for _, message in turns(server, session)))
        until(lambda: server.rows("SELECT count(*) FROM goals WHERE session_id = $1", session)[0][0])
        chip = page.get_by_role("button", name="Off the record", exact=True)
        before = chip.evaluate("(node) => getComputedStyle(node).backgroundColor")
        chip.click()
        expect(page.get_by_text("This cannot be taken back")).to_be_visible()
        assert hindrances(page, "off the record") == []
        page.get_by_role("button", name="Take it off the record").click()
        expect(page.get_by_text(KEPT)).to_be_visible()
        expect(chip).to_be_disabled()
        expect(chip).not_to_have_css("background-color", before)
        expect(chip).to_have_css("cursor", "default")
        assert turns(server, session) == []
        assert server.rows("SELECT count(*) FROM goals WHERE session_id = $1", session) == [(0,)]
        type_to_coach(page, f"{GOAL} and more")
        page.reload()
        page.get_by_role("button", name="Continue the conversation").or_(
            page.get_by_role("button", name="Start the conversation")
        ).first.wait_for()
        expect(page.get_by_text(KEPT)).to_be_visible()
        end_session(page)
        assert turns(server, session) == []
        until(lambda: provider_forgot(server, call), 200)
    if ENGINE is Engine.DUCKDB:
        store = DuckStore(server.database)
        compact(store)
        store.close()
    assert files_with(MARKER, tmp_path) == []
