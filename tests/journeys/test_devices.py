"""Camera and microphone: denied, missing, switched off, muted."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Locator, Page, expect

from tests.journeys.browser import DEVICES, GRANTED, Witness, devices_asked_for, live_tracks, one_person
from tests.journeys.shared import SharedBrowsers
from tests.journeys.steps import (
    begin_session,
    call_of,
    coach_says,
    end_session,
    enter_room,
    open_room,
    outcome,
    picture_moves,
    self_view,
    session_in,
    sign_in,
    turns,
    type_to_coach,
    widget,
)
from tests.open_server import OpenServer, until

BYTES_PER_SECOND = 32_000
TYPED = "I would rather type"


def _types_through_a_session(page: Page, server: OpenServer, room: str) -> str:
    enter_room(page, "Enter and type instead")
    coach_says(page, "Hello")
    type_to_coach(page, TYPED)
    coach_says(page, "Where do you stand with it")
    session = session_in(server, room)
    until(lambda: len(turns(server, session)) == 3)
    return session


def test_denied_devices_are_asked_for_once_and_the_client_types_instead(
    denying_browser: Browser, server: OpenServer
) -> None:
    with one_person(denying_browser) as context:
        witness, page = Witness(context), context.new_page()
        sign_in(page, server.url, server.new_client())
        room = open_room(page)
        page.get_by_role("button", name="Enter room").click()
        expect(page.get_by_text("Your browser is blocking the camera and the microphone")).to_be_visible()
        session = _types_through_a_session(page, server, room)
        assert len(devices_asked_for(page)) == 1
        assert server.call(call_of(server, session)).start.text_only
        end_session(page)
        assert outcome(server, session) == ("completed", "client")
        assert witness.seen == []


def test_without_any_device_the_client_types(bare_browser: Browser, server: OpenServer) -> None:
    with one_person(bare_browser) as context:
        witness, page = Witness(context), context.new_page()
        sign_in(page, server.url, server.new_client())
        room = open_room(page)
        expect(page.get_by_text("No microphone was found")).to_be_visible()
        asked = len(devices_asked_for(page))
        session = _types_through_a_session(page, server, room)
        assert len(devices_asked_for(page)) == asked <= 3
        end_session(page)
        assert outcome(server, session) == ("completed", "client")
        assert witness.seen == []


def test_without_a_camera_the_client_talks(browsers: SharedBrowsers, server: OpenServer) -> None:
    with one_person(browsers.with_flags(f"{DEVICES}=device-count=0", GRANTED)) as context:
        witness, page = Witness(context), context.new_page()
        sign_in(page, server.url, server.new_client())
        room = open_room(page)
        expect(page.get_by_text("No camera was found. You can talk without it.")).to_be_visible()
        enter_room(page)
        coach_says(page, "Hello")
        session = session_in(server, room)
        call = call_of(server, session)
        until(lambda: any(server.call(call).audio))
        assert not any(wanted.get("video") for frame in page.frames[1:] for wanted in frame.evaluate("window.asked"))
        end_session(page)
        assert witness.seen == []


def _select(page: Page, kind: str) -> Locator:
    """The lobby's list of cameras or microphones."""
    return page.locator("label").filter(has_text=re.compile(f"^{kind}")).get_by_role("combobox")


def _chosen(page: Page, kind: str) -> str | None:
    return _select(page, kind).locator("option:checked").text_content()


def _devices_in_use(page: Page, kind: str) -> set[str]:
    """The names of the devices behind the tracks (audio, video) that are live now."""
    live = "(kind) => (window.tracks ?? []).filter((t) => t.kind === kind && t.readyState === 'live')"
    return {
        name
        for frame in page.frames
        for name in frame.evaluate(f"(kind) => ({live})(kind).map((t) => t.label)", kind)
    }


def test_the_devices_chosen_in_the_lobby_are_those_of_the_room_and_of_the_next_session(
    browsers: SharedBrowsers, server: OpenServer
) -> None:
    # Three, because the second of Chromium's invented cameras measures depth, which is no picture.
    with one_person(browsers.with_flags(f"{DEVICES}=device-count=3", GRANTED)) as context:
        witness, page = Witness(context), context.new_page()
        sign_in(page, server.url, server.new_client())
        room = open_room(page)
        expect(page.get_by_text("You look ready.")).to_be_visible()
        chosen = {}
        for kind, sort, other in (("Camera", "video", "audio"), ("Microphone", "audio", "video")):
            first = _chosen(page, kind)
            kept = _devices_in_use(page, other)
            names = [name for name in _select(page, kind).locator("option").all_text_contents() if name != first]
            asked = len(devices_asked_for(page))
            _select(page, kind).select_option(label=names[-1])
            until(lambda sort=sort, name=names[-1]: _devices_in_use(page, sort) == {name})
            # One request, for this kind alone: the other device goes on.
            assert [bool(wanted.get(other)) for wanted in devices_asked_for(page)[asked:]] == [False]
            assert _devices_in_use(page, other) == kept
            expect(page.get_by_role("button", name="Enter room")).to_be_enabled()
            assert _chosen(page, kind) == names[-1]
            chosen[sort] = names[-1]
        enter_room(page)
        coach_says(page, "Hello Robin")
        call = call_of(server, session_in(server, room))
        picture_moves(self_view(page).locator("video"))
        until(lambda: any(server.call(call).audio))
        for sort, name in chosen.items():
            until(lambda sort=sort, name=name: _devices_in_use(page, sort) == {name})
        end_session(page)

        page.get_by_role("link", name="Back to your home page").click()
        open_room(page)
        expect(page.get_by_text("You look ready.")).to_be_visible()
        assert (_chosen(page, "Camera"), _chosen(page, "Microphone")) == (chosen["video"], chosen["audio"])
        assert witness.seen == []


def _camera_goes_off_and_on(page: Page, video: Locator, server: OpenServer, session: str) -> None:
    picture_moves(video)
    call = call_of(server, session)
    for _ in range(2):
        page.get_by_role("button", name="Turn camera off").click()
        until(lambda: live_tracks(page, "video") == 0)
        until(lambda: server.pictures_on_the_way() == 0)
        page.get_by_role("button", name="Turn camera on").click()
        picture_moves(video)
        until(lambda: live_tracks(page, "video") == 1)
    assert call_of(server, session) == call
    end_session(page)
    until(lambda: live_tracks(page, "video") + live_tracks(page, "audio") == 0)


def test_camera_off_releases_the_device_and_the_servers_side(page: Page, server: OpenServer) -> None:
    session = begin_session(page, server)
    picture_moves(self_view(page).locator("video"))
    assert server.pictures_on_the_way() == 1
    _camera_goes_off_and_on(page, self_view(page).locator("video"), server, session)


def test_camera_off_releases_the_device_where_the_picture_stays_in_the_browser(
    page: Page, local_server: OpenServer
) -> None:
    session = begin_session(page, local_server)
    _camera_goes_off_and_on(page, page.locator("video"), local_server, session)
    assert local_server.pictures_on_the_way() == 0


def test_mute_silences_what_reaches_the_coach_and_stays_for_the_next_call(page: Page, server: OpenServer) -> None:
    session = begin_session(page, server)
    call = call_of(server, session)

    def audio_since(byte: int = 0) -> bytes:
        return bytes(server.call(call).audio[byte:])

    def seconds_more(since: int, seconds: float) -> bytes:
        return until(lambda: len(audio_since(since)) >= seconds * BYTES_PER_SECOND and audio_since(since))

    until(lambda: any(audio_since()))
    page.get_by_role("button", name="Mute microphone").click()
    expect(page.get_by_role("button", name="Unmute microphone")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_text("The coach cannot hear you.")).to_be_visible()
    muted = len(audio_since())
    # What was said before is still on its way for a moment.
    assert not any(seconds_more(muted, 2.5)[BYTES_PER_SECOND // 5 :])

    page.get_by_role("button", name="Unmute microphone").click()
    unmuted = len(audio_since())
    until(lambda: any(audio_since(unmuted)))

    page.get_by_role("button", name="Mute microphone").click()
    server.set_faults(hang_up_after=0, hang_up_code=1000)
    expect(page.get_by_role("button", name="Talk again")).to_be_visible()
    server.set_faults(hang_up_after=None)
    page.get_by_role("button", name="Talk again").click()
    first, call = call, until(lambda: next((c for c in [call_of(server, session)] if c != call), None))
    assert call != first
    assert not any(seconds_more(0, 2))
    expect(page.get_by_role("button", name="Unmute microphone")).to_have_attribute("aria-pressed", "true")
    expect(widget(page).locator('[aria-label="Mute microphone"]')).to_have_attribute("aria-pressed", "true")
    end_session(page)
