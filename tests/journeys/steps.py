"""What people do in a session, one function a step; and what there is to see of it on the server."""

from __future__ import annotations

from playwright.sync_api import Error, FrameLocator, Locator, Page, expect

from tests.open_server import OpenServer, until

SELF_VIEW_FRAME = 'iframe[title*="webrtc"]'


def sign_in(page: Page, url: str, name: str = "Ana Silva") -> None:
    """Signs in as a demo person, from the page at `url`."""
    page.goto(url)
    page.get_by_role("button", name=name).click()
    page.get_by_text("Choose who you want to be").wait_for(state="detached")


def open_room(page: Page) -> str:
    """From the client's home into the lobby, agreeing to the notice where it is asked for; the room's id."""
    page.get_by_role("button", name="my room").click()
    enter = page.get_by_role("button", name="Enter")
    notice = page.get_by_role("heading", name="Before you begin")
    expect(enter.or_(notice).first).to_be_visible()
    if notice.is_visible():
        page.get_by_text("I understand that").click()
        page.get_by_role("button", name="I agree, go on").click()
    expect(enter).to_be_visible()
    return page.url.partition("room=")[2]


def enter_room(page: Page, button: str = "Enter room") -> None:
    """Through the lobby into the room."""
    page.get_by_role("button", name=button).click()
    expect(page.get_by_role("button", name="End session")).to_be_visible()


def begin_session(page: Page, server: OpenServer, name: str = "Ana Silva") -> str:
    """From nothing to a running call; the session's id. Whatever this client left open before is ended first."""
    sign_in(page, server.url, name)
    room = open_room(page)
    enter_room(page)
    coach_says(page, f"Hello {name.split(maxsplit=1)[0]}")
    return session_in(server, room)


def widget(page: Page) -> Locator:
    return page.locator("elevenlabs-convai")


def coach_says(page: Page, text: str) -> None:
    """Waits until the widget shows these words of the coach."""
    expect(widget(page).get_by_text(text).last).to_be_visible()


def type_to_coach(page: Page, text: str) -> None:
    """Types a message into the widget and sends it."""
    box = widget(page).get_by_role("textbox")
    box.fill(text)
    box.press("Enter")


def end_session(page: Page) -> None:
    page.get_by_role("button", name="End session").click()
    expect(page.get_by_role("heading", name="Your session is over")).to_be_visible()


def self_view(page: Page) -> FrameLocator:
    """The frame in which the picture that went to the server and back is shown."""
    return page.frame_locator(SELF_VIEW_FRAME)


def picture_moves(video: Locator) -> None:
    """Waits until this video shows one frame after another. Out of sight it would show none."""
    seen: set[int] = set()

    def several_frames() -> bool:
        try:
            video.scroll_into_view_if_needed(timeout=500)
            seen.add(video.evaluate("(video) => video.getVideoPlaybackQuality().totalVideoFrames", timeout=500))
        except Error:
            # It is not there yet, or its frame has just been replaced.
            seen.clear()
        return len(seen) > 3

    until(several_frames, 20)


def session_in(server: OpenServer, room: str) -> str:
    """The latest session in this room."""
    return server.rows("SELECT id FROM sessions WHERE room_id = $1 ORDER BY id DESC LIMIT 1", room)[0][0]


def outcome(server: OpenServer, session: str) -> tuple[str, str | None]:
    """Status and end reason on record."""
    return server.rows("SELECT status, end_reason FROM sessions WHERE id = $1", session)[0]


def turns(server: OpenServer, session: str) -> list[tuple[str, str]]:
    """Sender and words of what is on record, in its order."""
    return server.rows("SELECT sender, message FROM conversations WHERE session_id = $1 ORDER BY seq", session)


def call_of(server: OpenServer, session: str) -> str:
    """The provider's id of the session's latest call."""
    sql = "SELECT agent_conversation_id FROM sessions WHERE id = $1"
    return until(lambda: server.rows(sql, session)[0][0])


def call_is_over(server: OpenServer, call: str) -> bool:
    """At the agent, where it counts."""
    return server.call(call).status != "in-progress"
