"""A comparison of versions in the browser: an administrator plans it to its decision, and a new client is drawn."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Page, expect

from coachroom.clock import utc_now
from tests.comparisons.houses import PLAN, begin, comparing
from tests.journeys.every_page import open_page, sign_in_quickly
from tests.journeys.steps import (
    coach_says,
    end_session,
    enter_room,
    open_room,
    session_in,
    sign_in,
    type_to_coach,
)
from tests.open_server import OpenServer, open_server, until
from tests.server import ROOT
from tests.services import HandClock, store_of
from tests.simulator.serving import AGENT, API_KEY, open_house

NEXT = "We go one step at a time."


def test_a_new_client_meets_the_drawn_version_until_they_say_no(other_person: BrowserContext, tmp_path: Path) -> None:
    with open_house(speed=1, allowed_origins=lambda _origin, _host: True) as practice:
        plan = replace(PLAN, standing="practice-main", candidate="practice-next")
        with comparing(tmp_path, HandClock(utc_now()), elevenlabs_url=practice.url) as services:
            begin(services, plan, past_the_fence=True)
            # Every new client is drawn into the new version.
            store_of(services).execute("UPDATE comparisons SET share = 1.0")
        settings = {
            "COACHROOM_AGENT_PROVIDER": "elevenlabs",
            "COACHROOM_ELEVENLABS_URL": practice.url,
            "ELEVENLABS_API_KEY": API_KEY,
            "COACHROOM_SELF_VIEW": "local",
            "COACHROOM_COMPARISONS": "true",
        }
        with open_server(tmp_path, settings) as server:
            page = other_person.new_page()
            sign_in(page, server.url, server.new_client())
            room = open_room(page)
            enter_room(page)
            coach_says(page, NEXT)
            type_to_coach(page, "I want to sleep better")
            coach_says(page, "Where do you stand with it")
            session = session_in(server, room)
            end_session(page)
            met = "SELECT branch_id FROM agent_conversations WHERE session_id = $1"
            until(lambda: server.rows(met, session) == [("practice-next",)])
            page.goto(f"{server.url}/Session?session={session}")
            expect(page.get_by_text("(“Shorter turns”): this was the new version.")).to_be_visible()
            drawn = """SELECT d.arm, d.probability, d.fence
                       FROM comparison_draws d JOIN sessions s ON s.client_id = d.client_id WHERE s.id = $1"""
            assert server.rows(drawn, session) == [("candidate", 1.0, False)]

            page.goto(f"{server.url}/Profile")
            page.get_by_text("I take part in comparisons").click()
            expect(page.get_by_text("It counts from your next call on.")).to_be_visible()
            page.goto(server.url)
            second = open_room(page)
            enter_room(page)
            coach_says(page, "Hello")
            assert NEXT not in page.locator("body").inner_text()
            session = session_in(server, second)
            end_session(page)
            until(lambda: server.rows(met, session) == [("practice-main",)])


def agent_command(server: OpenServer, settings: Mapping[str, str], *arguments: str) -> None:
    """`coachroom agent …` in a shell beside the running app."""
    environment = {
        **os.environ,
        **settings,
        **server.variables,
        "COACHROOM_PORT": str(urlsplit(server.url).port),
    }
    command = [sys.executable, "-m", "coachroom", "agent", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_an_administrator_plans_starts_stops_and_decides_a_comparison(
    page: Page, other_person: BrowserContext, tmp_path: Path
) -> None:
    (tmp_path / "agent.toml").write_text((ROOT / "data/agent.toml").read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "agent_tests.toml").write_text('[client.sam]\nabout = "Somebody"\nsays = ["I want to rest."]\n')
    with open_house(agent_ids=[AGENT]) as practice:
        settings = {
            "COACHROOM_AGENT_PROVIDER": "elevenlabs",
            "COACHROOM_ELEVENLABS_URL": practice.url,
            "COACHROOM_AGENT_ID": AGENT,
            "COACHROOM_AGENT_FILE": str(tmp_path / "agent.toml"),
            "ELEVENLABS_API_KEY": API_KEY,
            "COACHROOM_COMPARISONS": "true",
        }
        # Many new clients came lately.
        with comparing(tmp_path, HandClock(utc_now()), elevenlabs_url=practice.url):
            pass
        with open_server(tmp_path, settings) as server:
            sign_in_quickly(page, server.url, "Amira Haddad")
            open_page(page, server.url, "System")
            page.get_by_text("Plan a comparison").click()
            page.get_by_role("button", name="Look up the branches at ElevenLabs").click()
            for label, name in (("standing", "Main (practice-main)"), ("new", "Next (practice-next)")):
                page.get_by_role("combobox", name=f"Branch of the {label} version").click()
                page.get_by_role("option", name=name).click()
            page.get_by_label("Title").fill("Shorter turns")
            page.get_by_label("Why do you expect it to be better?").fill("Clients say that it talks much.")
            page.get_by_role("button", name="Keep as a draft").click()
            expect(page.get_by_text("The version practice-main was not tried")).to_be_visible()
            start = page.get_by_role("button", name="Start", exact=True)
            expect(start).to_be_disabled()

            agent_command(server, settings, "apply", "--yes")
            for branch in ("practice-main", "practice-next"):
                agent_command(server, settings, "test", "--branch", branch)
            page.reload()
            expect(page.get_by_text("passed agent test on")).to_have_count(2)
            expect(page.get_by_text("New version: branch Next (practice-next).")).to_be_visible()
            start.click()
            expect(page.get_by_text("It runs: new clients are drawn from now on.")).to_be_visible()
            expect(page.get_by_text("The first look for harm is a week after the start.")).to_be_visible()
            expect(page.get_by_text(re.compile(r"^0 of [\d,]+ sessions\.$"))).to_be_visible()
            for telling in ("95 % interval", "Suggestion", "not what was planned"):
                expect(page.get_by_text(telling)).to_have_count(0)

            client = other_person.new_page()
            sign_in_quickly(client, server.url, "Ana Silva")
            open_page(client, server.url, "Profile")
            client.get_by_text("I take part in comparisons").click()
            expect(client.get_by_text("You take no part. It counts from your next call on.")).to_be_visible()
            assert server.rows("SELECT count(*) FROM comparison_refusals") == [(1,)]

            page.get_by_label("Why do you stop it?").fill("A client found it too short.")
            page.get_by_role("button", name="Stop it: all have the standing version").click()
            expect(page.get_by_text("A client found it too short.")).to_be_visible()
            page.get_by_label("Why? One sentence.").fill("It stays as it was.")
            page.get_by_role("button", name="Decide").click()
            expect(page.get_by_text("Decided for the standing version: It stays as it was.")).to_be_visible()
            state = "SELECT state, decision FROM comparisons"
            assert server.rows(state) == [("decided", "standing")]
