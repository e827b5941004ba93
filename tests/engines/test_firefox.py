"""The main visit in Firefox, over WebDriver BiDi; what Firefox does otherwise; and the numbers."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
from playwright.sync_api import Page, Playwright, expect

from tests.engines.firefox import LEAVING, firefox
from tests.engines.sound import Speaker
from tests.journeys.browser import Witness, live_tracks, one_person
from tests.journeys.steps import (
    SELF_VIEW_FRAME,
    at_rest,
    call_of,
    coach_says,
    end_session,
    enter_room,
    next_call,
    open_room,
    outcome,
    picture_moves,
    self_view,
    session_in,
    sign_in,
    turns,
    type_to_coach,
    type_where_no_sound_plays,
)
from tests.open_server import OpenServer, until

COACH, ANALYST = "Carla Mendes", "Anton Weber"
GOAL = "I want to sleep better"
BAR_MOVES = "(bar) => new DOMMatrix(getComputedStyle(bar).transform).a > 0.05"


def _check_devices(page: Page) -> None:
    """Firefox does not say before it is asked whether it will allow them."""
    page.get_by_role("button", name="Check camera and microphone").click()
    expect(page.get_by_text("Say a few words")).to_be_visible()
    picture_moves(page.locator("video"))
    # The invented microphone hums evenly, which is no voice.
    until(lambda: page.locator(".cr-level i").evaluate(BAR_MOVES))


def test_the_main_visit(page: Page, server: OpenServer, speaker: Speaker) -> None:
    sign_in(page, server.url, server.new_client())
    room = open_room(page)
    _check_devices(page)
    before = speaker.now()
    enter_room(page)
    coach_says(page, "Hello Robin")
    until(lambda: speaker.has_played(before))
    session = session_in(server, room)
    first = call_of(server, session)
    until(lambda: any(server.call(first).audio))

    page.get_by_role("button", name="Mute microphone").click()
    expect(page.get_by_role("button", name="Unmute microphone")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_text("Muted", exact=True)).to_be_visible()
    type_to_coach(page, GOAL)
    coach_says(page, "Where do you stand with it")
    page.get_by_role("button", name="Unmute microphone").click()
    expect(page.get_by_role("button", name="Mute microphone")).to_have_attribute("aria-pressed", "false")

    video = self_view(page).locator("video")
    picture_moves(video)
    assert server.pictures_on_the_way() == 1
    page.get_by_role("button", name="Turn camera off").click()
    until(lambda: live_tracks(page, "video") == 0)
    until(lambda: server.pictures_on_the_way() == 0)
    page.get_by_role("button", name="Turn camera on").click()
    picture_moves(video)

    page.reload()
    before = speaker.now()
    page.get_by_role("button", name="Continue the conversation").click()
    next_call(server, session, first, 30)
    coach_says(page, "Welcome back")
    until(lambda: speaker.has_played(before))
    picture_moves(video)

    end_session(page)
    until(lambda: live_tracks(page, "video") + live_tracks(page, "audio") == 0)
    assert outcome(server, session) == ("completed", "client")
    assert ("client", GOAL) in turns(server, session)
    page.get_by_role("radio", name="4 out of 5 stars").click()
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("You gave this session 4 of 5 stars")).to_be_visible()
    assert server.rows("SELECT rating FROM feedback WHERE session_id = $1", session) == [(4,)]
    page.get_by_role("link", name="Back to your home page").click()
    page.get_by_role("link", name="finished").first.click()
    expect(page.get_by_role("heading", name="What was said")).to_be_visible()
    expect(page.get_by_text(GOAL, exact=True)).to_be_visible()


def test_who_types_first_reads_that_one_types(page: Page, server: OpenServer) -> None:
    sign_in(page, server.url, server.new_client())
    room = open_room(page)
    _check_devices(page)
    enter_room(page)
    coach_says(page, "Hello Robin")
    session = session_in(server, room)
    first = call_of(server, session)
    page.reload()
    expect(page.get_by_role("button", name="Continue the conversation")).to_be_visible()
    type_to_coach(page, GOAL)
    assert server.call(next_call(server, session, first, 30)).start.text_only
    expect(page.get_by_text("Typing", exact=True)).to_be_visible()
    expect(page.get_by_text("Type to the coach below.")).to_be_visible()
    expect(page.get_by_text("Talk freely")).to_have_count(0)


def test_without_webrtc_the_picture_stays_in_the_browser_at_once(
    playwright: Playwright, speaker: Speaker, server: OpenServer
) -> None:
    without = {"media.peerconnection.enabled": False}
    with firefox(playwright, speaker.environment, without) as browser, one_person(browser) as context:
        witness, page = Witness(context, LEAVING), context.new_page()
        sign_in(page, server.url, server.new_client())
        open_room(page)
        assert page.evaluate("typeof RTCPeerConnection") == "undefined"
        _check_devices(page)
        enter_room(page)
        coach_says(page, "Hello Robin")
        picture_moves(page.locator("video"))
        expect(page.locator(SELF_VIEW_FRAME)).to_have_count(0)
        page.reload()
        expect(page.get_by_role("button", name="Continue the conversation")).to_be_visible()
        picture_moves(page.locator("video"))
        expect(page.locator(SELF_VIEW_FRAME)).to_have_count(0)
        assert witness.seen == []


def test_where_no_sound_plays_the_client_reads_it_in_the_lobby_and_in_the_room_and_types(
    playwright: Playwright, server: OpenServer, tmp_path: Path
) -> None:
    nowhere = {"PULSE_SERVER": f"unix:{tmp_path / 'nobody'}"}
    only = {"media.cubeb.backend": "pulse-rust"}
    with firefox(playwright, nowhere, only) as browser, one_person(browser) as context:
        page = context.new_page()
        sign_in(page, server.url, server.new_client())
        room = open_room(page)
        type_where_no_sound_plays(page, server, room)
        coach_says(page, "Where do you stand with it")


def sign_in_unhurried(page: Page, server: OpenServer, name: str) -> None:
    """Leaves no page whose scripts still load: Firefox counts what leaving breaks off among the errors."""
    page.goto(server.url)
    page.wait_for_load_state("networkidle")
    page.get_by_role("button", name=name).click()
    page.get_by_text("Choose who you want to be").wait_for(state="detached")
    at_rest(page)
    page.wait_for_load_state("networkidle")


def test_a_coach_sees_every_chart_of_a_page(page: Page, server: OpenServer) -> None:
    sign_in_unhurried(page, server, COACH)
    page.goto(f"{server.url}/Engagement?range=All")
    panels = page.locator('[class*="st-key-panel_"]')
    expect(panels.nth(4)).to_be_visible()
    for panel in panels.all():
        expect(panel.locator("svg.marks, canvas.marks").first).to_be_visible()


def test_an_analyst_saves_a_file(page: Page, server: OpenServer, tmp_path: Path) -> None:
    sign_in_unhurried(page, server, ANALYST)
    page.goto(f"{server.url}/Satisfaction?range=All")
    page.locator(".st-key-csat_download").get_by_role("button").click()
    open_ = page.get_by_test_id("stPopoverBody")
    open_.get_by_text("CSV", exact=True).click()
    open_.get_by_role("button", name="Prepare the file").click()
    with page.expect_download() as saved:
        open_.get_by_role("link", name=re.compile("Save csat")).click()
    assert saved.value.suggested_filename.endswith(".csv")
    saved.value.save_as(tmp_path / "csat.csv")
    frame = pd.read_csv(tmp_path / "csat.csv")
    assert list(frame.columns)[:2] == ["interval_start", "responses"]
    assert frame["responses"].sum() > 0
