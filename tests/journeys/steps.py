"""What people do in a session, one function a step; and what there is to see of it on the server."""

from __future__ import annotations

from playwright.sync_api import Error, FrameLocator, Locator, Page, expect

from tests.open_server import OpenServer, address_of, until

SELF_VIEW_FRAME = 'iframe[title*="webrtc"]'
# What a video shows, very small. Not every browser counts the frames of a camera.
PICTURE = """(video) => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 32, height: 24 });
  const context = canvas.getContext("2d");
  context.drawImage(video, 0, 0, 32, 24);
  return context.getImageData(0, 0, 32, 24).data.join();
}"""
# How long a busy machine may take to look once; what is looked for is waited for as long as it says.
PATIENCE_MS = 3_000


def sign_in(page: Page, url: str, name: str) -> None:
    """Signs in as a demo person, from the page at `url`."""
    page.goto(url)
    page.get_by_role("button", name=name).click()
    page.get_by_text("Choose who you want to be").wait_for(state="detached")


def press_sign_out(page: Page) -> None:
    """By the list under the person's name, on any page."""
    page.locator(".st-key-person").get_by_role("button").first.click()
    page.get_by_role("button", name="Sign out", exact=True).click()


def at_rest(page: Page) -> None:
    """Waits until the page is drawn."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def open_room(page: Page) -> str:
    """From the client's home into the lobby; the room's id."""
    page.get_by_role("button", name="my room").click()
    return agree(page)


def agree(page: Page) -> str:
    """Into the lobby, agreeing to the notice where it is asked for; the room's id."""
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


def come_to_room(page: Page, url: str, name: str) -> str:
    """Signs in and opens a room as the buttons do, without a look at their pages; the room's id."""
    request, headers = page.context.request, {"Origin": url}
    request.post(f"{url}/sign-in", form={"email": address_of(name)}, headers=headers, max_redirects=0)
    opened = request.post(f"{url}/room/create", headers=headers, max_redirects=0)
    page.goto(url + opened.headers["location"])
    return agree(page)


def begin_session(page: Page, server: OpenServer, name: str | None = None) -> str:
    """From nothing to a running call of this client, or of a new one, by the shortest way; the session's id."""
    name = name or server.new_client()
    room = come_to_room(page, server.url, name)
    enter_room(page)
    coach_says(page, f"Hello {name.split(maxsplit=1)[0]}")
    return session_in(server, room)


def first_session_with_coach(page: Page, server: OpenServer, coach: str) -> str:
    """A new client of this human coach has had a session, of which facts are made; the client's id."""
    name = server.new_client()
    server.give_coach(name, coach)
    session = begin_session(page, server, name)
    type_to_coach(page, "I want to speak up in meetings")
    end_session(page)
    made = "SELECT client_id FROM session_facts WHERE session_id = $1"
    ((client_id,),) = until(lambda: server.rows(made, session))
    return str(client_id)


def type_where_no_sound_plays(page: Page, server: OpenServer, room: str) -> None:
    """From the lobby into the room and back after a reload: the page says twice what is missing, and one types."""
    page.get_by_role("button", name="Enter room").click()
    expect(page.get_by_text("This device plays no sound, so you could not hear the coach.")).to_be_visible()
    page.get_by_role("button", name="Enter and type instead").click()
    coach_says(page, "Hello Robin")
    assert server.call(call_of(server, session_in(server, room))).start.text_only

    # Back in the room nobody has checked the sound again: a call by voice says soon why it cannot begin.
    page.reload()
    page.get_by_role("button", name="Continue the conversation").click()
    expect(page.get_by_text("This device plays no sound, so the call could not begin.")).to_be_visible()
    type_to_coach(page, "I want to sleep better")
    expect(page.get_by_text("Type to the coach below.")).to_be_visible()


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


def session_is_over(page: Page, timeout: float | None = None) -> None:
    """Waits for the page that tells of it. A cover of the room says so as well, until that is there."""
    over = page.get_by_test_id("stMain").get_by_role("heading", name="Your session is over")
    expect(over).to_be_visible(timeout=timeout)


def end_session(page: Page) -> None:
    page.get_by_role("button", name="End session").click()
    page.get_by_role("button", name="End now").click()
    session_is_over(page)


def self_view(page: Page) -> FrameLocator:
    """The frame in which the picture that went to the server and back is shown."""
    return page.frame_locator(SELF_VIEW_FRAME)


def picture_moves(video: Locator) -> None:
    """Waits until this video shows one picture after another. Out of sight it would show none."""
    seen: set[str] = set()

    def several_pictures() -> bool:
        try:
            video.scroll_into_view_if_needed(timeout=PATIENCE_MS)
            seen.add(video.evaluate(PICTURE, timeout=PATIENCE_MS))
        except Error:
            # It is not there yet, or its frame has just been replaced.
            seen.clear()
        return len(seen) > 3

    until(several_pictures)


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


def next_call(server: OpenServer, session: str, before: str, seconds: float = 15) -> str:
    """The session's latest call, once it is another one than `before`."""
    return until(lambda: next((call for call in [call_of(server, session)] if call != before), None), seconds)


def call_is_over(server: OpenServer, call: str) -> bool:
    """At the agent, where it counts."""
    return server.call(call).status != "in-progress"
