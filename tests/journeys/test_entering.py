"""Into the room in one's own way: muted, typing only, without sound, without WebRTC; and what the check says."""

from __future__ import annotations

import wave
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.browser import (
    DEVICES,
    GRANTED,
    PHONE,
    Witness,
    devices_asked_for,
    live_tracks,
    one_person,
)
from tests.journeys.shared import SharedBrowsers
from tests.journeys.steps import (
    SELF_VIEW_FRAME,
    call_of,
    coach_says,
    come_to_room,
    end_session,
    enter_room,
    next_call,
    open_room,
    picture_moves,
    session_in,
    sign_in,
    type_to_coach,
    type_where_no_sound_plays,
    widget,
)
from tests.open_server import OpenServer, until

# As where no output device is: the sound system never runs, whatever is pressed.
NO_SOUND = """
  AudioContext.prototype.resume = () => new Promise(() => {});
  Object.defineProperty(AudioContext.prototype, 'state', { get: () => 'suspended' });
"""
NO_WEBRTC = "delete window.RTCPeerConnection; delete window.webkitRTCPeerConnection;"
MAX_TAPS = 6
LISTENING = "Say a few words"


def _to_lobby(page: Page, server: OpenServer) -> str:
    sign_in(page, server.url, server.new_client())
    return open_room(page)


def test_who_starts_muted_is_not_heard_until_they_unmute_and_not_after_a_reload_either(
    page: Page, server: OpenServer
) -> None:
    room = _to_lobby(page, server)
    page.get_by_label("Start muted").check()
    expect(page.get_by_text("You enter with the microphone off")).to_be_visible()
    enter_room(page)
    coach_says(page, "Hello Robin")
    session = session_in(server, room)
    first = call_of(server, session)
    expect(page.get_by_text("Muted", exact=True)).to_be_visible()
    until(lambda: len(server.call(first).audio) > 64_000)
    assert not any(server.call(first).audio)

    page.reload()
    page.get_by_role("button", name="Continue the conversation").click()
    second = next_call(server, session, first)
    until(lambda: len(server.call(second).audio) > 64_000)
    assert not any(server.call(second).audio)
    page.get_by_role("button", name="Unmute microphone").click()
    until(lambda: any(server.call(second).audio))


def test_who_only_types_keeps_the_microphone_off_also_after_a_reload(page: Page, server: OpenServer) -> None:
    room = _to_lobby(page, server)
    expect(page.get_by_text("You look ready.")).to_be_visible()
    page.get_by_role("button", name="Only type").click()
    coach_says(page, "Hello Robin")
    session = session_in(server, room)
    first = call_of(server, session)
    assert server.call(first).start.text_only
    expect(page.get_by_text("Type to the coach below.")).to_be_visible()
    expect(widget(page).get_by_role("log")).to_have_attribute("aria-live", "polite")
    assert live_tracks(page, "audio") == 0
    type_to_coach(page, "I want to sleep better")
    coach_says(page, "Where do you stand with it")

    page.reload()
    page.get_by_role("button", name="Continue the conversation").click()
    second = next_call(server, session, first)
    assert server.call(second).start.text_only
    assert not any(wanted.get("audio") for wanted in devices_asked_for(page))


def test_a_call_begun_by_typing_says_that_one_types(page: Page, server: OpenServer) -> None:
    come_to_room(page, server.url, server.new_client())
    enter_room(page)
    coach_says(page, "Hello Robin")
    page.reload()
    expect(page.get_by_role("button", name="Continue the conversation")).to_be_visible()
    type_to_coach(page, "I want to sleep better")
    expect(page.get_by_text("Typing", exact=True)).to_be_visible()
    expect(page.get_by_text("Type to the coach below.")).to_be_visible()
    expect(page.get_by_text("Talk freely")).to_have_count(0)


def test_on_a_phone_six_taps_lead_from_the_link_to_the_coachs_first_sentence(
    browser: Browser, server: OpenServer
) -> None:
    with one_person(browser, viewport=PHONE, has_touch=True, is_mobile=True) as context:
        page, name = context.new_page(), server.new_client()
        page.goto(server.url)
        way = [
            page.get_by_role("button", name=name),
            page.get_by_role("button", name="Open my room"),
            page.get_by_text("I understand that"),
            page.get_by_role("button", name="I agree, go on"),
            page.get_by_role("button", name="Enter room"),
        ]
        assert len(way) <= MAX_TAPS
        for thing in way:
            thing.tap()
        coach_says(page, "Hello Robin")
        end_session(page)


@pytest.fixture(scope="session")
def silent_browser(browsers: SharedBrowsers, tmp_path_factory: pytest.TempPathFactory) -> Browser:
    """Its microphone works, and nobody speaks."""
    path: Path = tmp_path_factory.mktemp("sound") / "silence.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 48_000, 0, "NONE", "not compressed"))
        file.writeframes(b"\x00\x00" * 48_000)
    return browsers.with_flags(DEVICES, GRANTED, f"--use-file-for-fake-audio-capture={path}")


def test_nobody_looks_ready_who_was_not_heard(silent_browser: Browser, server: OpenServer) -> None:
    with one_person(silent_browser) as context:
        page = context.new_page()
        _to_lobby(page, server)
        expect(page.get_by_text(LISTENING)).to_be_visible()
        page.wait_for_timeout(3_000)
        expect(page.get_by_text("You look ready.")).to_have_count(0)
        page.get_by_role("button", name="Play a test sound").click()
        page.wait_for_timeout(500)
        expect(page.get_by_text("could not be played")).to_have_count(0)
        enter_room(page)
        coach_says(page, "Hello Robin")


def test_where_no_sound_plays_the_client_reads_it_before_the_room_and_types(
    browser: Browser, server: OpenServer
) -> None:
    with one_person(browser) as context:
        context.add_init_script(NO_SOUND)
        witness, page = Witness(context), context.new_page()
        room = _to_lobby(page, server)
        type_where_no_sound_plays(page, server, room)
        assert [seen for seen in witness.seen if not seen.startswith("console")] == []


def test_without_webrtc_the_picture_stays_in_the_browser_at_once(browser: Browser, server: OpenServer) -> None:
    with one_person(browser) as context:
        context.add_init_script(NO_WEBRTC)
        witness, page = Witness(context), context.new_page()
        _to_lobby(page, server)
        enter_room(page)
        picture_moves(page.locator("video"))
        assert page.locator(SELF_VIEW_FRAME).count() == 0
        # Before it, there is nothing to continue.
        coach_says(page, "Hello")
        page.reload()
        expect(page.get_by_role("button", name="Continue the conversation")).to_be_visible()
        picture_moves(page.locator("video"))
        expect(page.locator(SELF_VIEW_FRAME)).to_have_count(0)
        assert [seen for seen in witness.seen if not seen.startswith("console")] == []
