"""Signing in at a real OpenID Connect provider."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect

from tests.journeys.browser import one_person
from tests.journeys.steps import PATIENCE_MS, press_sign_out
from tests.open_server import OpenServer, open_server, until
from tests.server import free_port

LENA = {"sub": "lena", "email": "Lena@Example.com", "email_verified": True}
STRANGER = {"sub": "stranger", "email": "stranger@example.com", "email_verified": True}
# Somebody else to the provider, by an address that is Lena's.
SECOND = {"sub": "second", "email": "lena@example.com", "email_verified": True}
UNPROVEN = {"sub": "unproven", "email": "lena@example.com", "email_verified": False}


@contextmanager
def _provider() -> Iterator[str]:
    """The provider's address."""
    port = free_port()
    url = f"http://localhost:{port}"
    people = [part for person in (LENA, STRANGER, UNPROVEN, SECOND) for part in ("--user-claims", json.dumps(person))]
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port), *people],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until(lambda: _answers(f"{url}/.well-known/openid-configuration"))
        yield url
    finally:
        process.terminate()
        process.wait(10)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url).is_success
    except httpx.TransportError:
        return False


@contextmanager
def _community(folder: Path) -> Iterator[tuple[OpenServer, str]]:
    """The app, and the provider's address."""
    with _provider() as provider:
        settings = {
            "COACHROOM_OIDC_CLIENT_ID": "coachroom",
            "COACHROOM_OIDC_CLIENT_SECRET": "not-a-secret",
            "COACHROOM_OIDC_METADATA_URL": f"{provider}/.well-known/openid-configuration",
        }
        with open_server(folder, settings) as server:
            yield server, provider


def _stay_on_this_machine(context: BrowserContext) -> None:
    """The provider's page asks for a style sheet elsewhere."""
    context.route(lambda url: "://localhost" not in url, lambda route: route.abort())


def _sign_in(page: Page, sub: str) -> None:
    page.get_by_role("link", name="Sign in with the e-mail you use on Skool").click()
    page.get_by_role("button", name=sub, exact=True).first.click()


def test_a_member_signs_in_by_a_deep_link_and_is_out_again_when_the_membership_ends(
    other_person: BrowserContext, tmp_path: Path
) -> None:
    _stay_on_this_machine(other_person)
    with _community(tmp_path) as (server, _):
        server.add_member("lena@example.com", "Lena Berg")
        page = other_person.new_page()
        page.goto(server.url)
        expect(page.get_by_text("Demo.")).to_have_count(0)
        expect(page.get_by_role("link", name="Members")).to_have_count(0)
        _sign_in(page, "lena")
        expect(page.get_by_role("heading", name="Hello Lena")).to_be_visible()
        page.get_by_role("button", name="Open my room").click()
        expect(page.get_by_role("heading", name="Before you begin")).to_be_visible()
        room = page.url.partition("room=")[2]
        page.goto(server.url)
        press_sign_out(page)
        page.get_by_role("button", name="End session").click()
        expect(page.get_by_role("link", name="Sign in with the e-mail you use on Skool")).to_be_visible()

        # The room's address leads through the sign-in to the room.
        page.goto(f"{server.url}/room/{room}")
        page.get_by_role("button", name="lena", exact=True).first.click()
        expect(page.get_by_role("heading", name="Before you begin")).to_be_visible()
        assert page.url == f"{server.url}/Room?room={room}"
        assert server.rows("SELECT m.email FROM members m JOIN rooms r ON r.client_id = m.client_id") == [
            ("lena@example.com",)
        ]

        server.add_member("lena@example.com", "Lena Berg", status="removed")
        # The page may be gone before it is pressed.
        with suppress(Error):
            page.get_by_text("I understand that").click(timeout=PATIENCE_MS)
        expect(page.get_by_role("heading", name="We can't find you among the members")).to_be_visible()
        expect(page.get_by_text("lena@example.com")).to_be_visible()
        assert server.rows("SELECT client_id FROM consents") == []

        for sub, email in (("stranger", "stranger@example.com"), ("unproven", "lena@example.com")):
            server.add_member("lena@example.com", "Lena Berg")
            other_person.clear_cookies()
            page.goto(server.url)
            _sign_in(page, sub)
            expect(page.get_by_role("heading", name="We can't find you among the members")).to_be_visible()
            expect(page.get_by_text(f"You are signed in as {email}.")).to_be_visible()


def test_a_sign_out_ends_the_saved_cookie_and_comes_from_our_own_pages_only(
    browser: Browser, other_person: BrowserContext, tmp_path: Path
) -> None:
    _stay_on_this_machine(other_person)
    with _community(tmp_path) as (server, provider):
        server.add_member("lena@example.com", "Lena Berg")
        page = other_person.new_page()
        page.goto(server.url)
        _sign_in(page, "lena")
        expect(page.get_by_role("heading", name="Hello Lena")).to_be_visible()
        saved = other_person.cookies()

        # The provider's page is another site to us, and on the same machine.
        elsewhere = other_person.new_page()
        elsewhere.goto(provider)
        elsewhere.evaluate("(url) => { location.href = url; }", f"{server.url}/auth/logout")
        expect(elsewhere.get_by_text("Sign out by the button in the app.")).to_be_visible()
        page.reload()
        expect(page.get_by_role("heading", name="Hello Lena")).to_be_visible()

        with one_person(browser) as thief:
            thief.add_cookies(saved)
            stolen = thief.new_page()
            stolen.goto(server.url)
            expect(stolen.get_by_role("heading", name="Hello Lena")).to_be_visible()
            press_sign_out(page)
            expect(stolen.get_by_text("You are signed out")).to_be_visible()
            stolen.reload()
            expect(stolen.get_by_text("You are signed out")).to_be_visible()

        with one_person(browser) as second:
            _stay_on_this_machine(second)
            page = second.new_page()
            page.goto(server.url)
            _sign_in(page, "second")
            expect(page.get_by_role("heading", name="We know this address by another account")).to_be_visible()
