"""Whatever people are called and whatever they write is shown as text and does nothing."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.journeys.steps import (
    coach_says,
    end_session,
    enter_room,
    open_room,
    session_in,
    turns,
    type_to_coach,
    widget,
)
from tests.open_server import NUMBERS, OpenServer, until

NAME = (
    "![x](https://evil.example/x.png)<img/src=x/onerror=alert(1)> <script>alert(2)</script> :red[r] $x^2$ "
    "\u202eevil\u202c \x07\x1b[31m" + "y" * 300
)
MESSAGES = [
    "<img src=x onerror=alert(3)><script>alert(4)</script>",
    "![p](https://evil.example/p.png) [click](javascript:alert(5)) <https://evil.example>",
    "\u202eright to left\u202c \u0647\u0644\u0627 \x07\x1b[31m \u200b",
    "long " * 1500 + "end",
]
ACTIVE = "img[src*='evil'], a[href^='javascript'], img[src='x'], [onerror]"


def test_a_hostile_name_and_hostile_messages_are_stored_as_they_are_and_shown_inert(
    page: Page, server: OpenServer
) -> None:
    # Somebody new each time: another mood of the coach may have met the same words before.
    email = f"eve-{next(NUMBERS)}@example.com"
    server.add_member(email, NAME, source="demo")

    def nothing_came_alive() -> None:
        assert page.locator(ACTIVE).count() == 0
        assert page.evaluate("document.documentElement.scrollWidth") <= 1280

    page.goto(server.url)
    page.get_by_role("button", name="evil.example").click()
    # A word joiner keeps the address from becoming a link.
    expect(page.get_by_role("heading", name="Hello ![x](https\u2060://evil.example/x.png)")).to_be_visible()
    nothing_came_alive()
    room = open_room(page)
    enter_room(page)
    coach_says(page, "Hello")
    session = session_in(server, room)
    for number, message in enumerate(MESSAGES, start=1):
        type_to_coach(page, message)
        until(lambda count=number: sum(sender == "client" for sender, _ in turns(server, session)) == count)
        if number == 1:
            # The coach notes it as a goal, by which the session is named.
            expect(page.get_by_role("button", name=f"Undo: Goal: {message}")).to_be_visible()
    nothing_came_alive()
    kept = [message for sender, message in turns(server, session) if sender == "client"]
    # A message box keeps no blanks at the ends.
    assert kept == [message.strip() for message in MESSAGES]
    end_session(page)
    expect(widget(page)).to_have_count(0)
    # It is the session's title as well.
    expect(page.get_by_role("heading", name=MESSAGES[0], exact=True)).to_be_visible()
    expect(page.get_by_text(MESSAGES[0], exact=True).last).to_be_visible()
    expect(page.get_by_text("![p](https://evil.example/p.png)").first).to_be_visible()
    nothing_came_alive()
    assert server.rows("SELECT display_name FROM members WHERE email = $1", email) == [(NAME,)]
    server.add_member(email, NAME, status="removed")


def test_a_room_page_is_well_guarded(page: Page, server: OpenServer) -> None:
    answer = page.request.get(f"{server.url}/Room")
    policy = answer.headers["content-security-policy"]
    assert "unsafe-eval" not in policy.replace("'wasm-unsafe-eval'", "")
    assert "https:" not in policy
    assert answer.headers["x-frame-options"] == "DENY"
    for path in ("/_stcore/metrics", "/_stcore/agent"):
        assert page.request.get(server.url + path).status == 404
    assert page.request.post(f"{server.url}/room/create", headers={"Origin": "https://evil.example"}).status == 403
