"""A client deletes one session: it is in no list, and no byte of its words is left after a compaction."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from coachroom.store.compact import compact
from coachroom.store.duck import DuckStore
from coachroom.store.store import Engine
from tests.databases import ENGINE
from tests.journeys.axe import hindrances
from tests.journeys.conftest import LOCAL
from tests.journeys.steps import begin_session, call_of, end_session, turns, type_to_coach
from tests.journeys.test_off_record import MARKER, files_with, provider_forgot
from tests.open_server import open_server, until


def test_a_session_is_deleted_on_its_page_here_and_at_the_provider(tmp_path: Path, page: Page) -> None:
    with open_server(tmp_path, LOCAL) as server:
        session = begin_session(page, server)
        call = call_of(server, session)
        type_to_coach(page, f"I want to talk with {MARKER}")
        until(lambda: any(MARKER in message for _, message in turns(server, session)))
        until(lambda: server.rows("SELECT count(*) FROM goals")[0][0])
        end_session(page)
        page.get_by_text("Delete this session").first.click()
        page.get_by_text("Delete the goals and next steps that came from it, too").click()
        page.get_by_text("I want to delete this session").click()
        assert hindrances(page, "delete a session") == []
        page.get_by_role("button", name="Delete this session").click()
        expect(page.get_by_role("heading", name="This session is deleted")).to_be_visible()
        page.get_by_role("link", name="Go to your home page").click()
        expect(page.get_by_role("heading", name="Hello")).to_be_visible()
        expect(page.get_by_role("heading", name="Your past sessions")).to_have_count(0)
        assert server.rows("SELECT count(*) FROM sessions WHERE id = $1", session) == [(0,)]
        until(lambda: provider_forgot(server, call))
    if ENGINE is Engine.DUCKDB:
        store = DuckStore(server.database)
        compact(store)
        store.close()
    assert files_with(MARKER, tmp_path) == []
