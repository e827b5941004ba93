"""Every door of ours, asked with a sign-in in every state: good, idle, old, signed out, removed, another account."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest
from starlette.routing import BaseRoute, Mount, Route
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value, generate_xsrf_token_string

from coachroom.app.simulator_wiring import PRACTICE_PATH
from coachroom.clock import utc_now
from coachroom.notifications.web_push import VapidKey
from coachroom.people.identities import identity_in, sign_in_id
from coachroom.people.people import Person
from coachroom.people.roster import set_member
from coachroom.rooms.states import EndReason, Session
from coachroom.web.app import routes_of
from coachroom.web.phone_routes import ICONS
from tests.app.offers import offer
from tests.notifications.push_house import PUSH_SUBSCRIPTION
from tests.open_server import until
from tests.services import ISSUER, OIDC, SECRET, enter, said, store_of, writer_of
from tests.web.serving import Served, serving
from tests.web.tabs import Tab, shown, tab

ANA, ADMIN = "ana.silva@example.com", "amira.haddad@example.com"
HELLO, ASK, STRANGER, OTHER = (
    "Hello Ana",
    "A quiet room to think aloud",
    "find you among the members",
    "We know this address by another account",
)
# What each door answers to somebody who may not pass.
TO_LOGIN, NOT_FOUND = "to the sign-in", "not found"
SHUT = {
    "/room/create": TO_LOGIN,
    "/room/{room_id}": TO_LOGIN,
    "/room/{room_id}/events": NOT_FOUND,
    "/room/{room_id}/access": NOT_FOUND,
    "/room/{room_id}/briefing": NOT_FOUND,
    "/room/{room_id}/more-time": NOT_FOUND,
    "/room/{room_id}/off-record": NOT_FOUND,
    "/room/{room_id}/tools": NOT_FOUND,
    "/room/{room_id}/undo": NOT_FOUND,
    "/exports/{id}": NOT_FOUND,
    "/push/subscribe": NOT_FOUND,
    "/push/unsubscribe": NOT_FOUND,
}
# Ways in and out, and what programs ask with proofs of their own.
OPEN_TO_ALL = {
    "/login",
    "/sign-in",
    "/sign-out",
    "/healthz",
    "/metrics",
    "/webhooks/elevenlabs",
    "/hooks/members",
    "/unsubscribe",
    "/answer",
    "/push/key",
    # What a phone keeps of the app: the same for everybody.
    "/app.webmanifest",
    "/sw.js",
    "/offline",
    *ICONS,
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    limits = {"sign_in_max_days": 29.5}
    push = {"push_key": VapidKey.new().text}
    with serving(tmp_path_factory.mktemp("doors"), development_sign_in=True, **limits, **push, **OIDC) as running:
        if running.services.mirror is not None:
            # What was made before the start is dropped once the mirror has followed, and files for download with it.
            until(lambda: running.services.copies.generation >= 2)
        yield running


@dataclass(frozen=True)
class SignedIn:
    """A browser in which somebody has signed in at the provider, and a room page that was shown in it."""

    served: Served
    id: str
    cookies: dict[str, str]
    session: Session
    export: str

    @property
    def cookie_header(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def ask(self, path: str) -> httpx.Response:
        """A good request at this route, with the browser's cookies and the page's token."""
        token = self.served.services.tokens.issue_report(self.session.id, self.id)
        body = {"token": token, "epoch": "page-1", "events": [said(1, "hello", at=utc_now())]}
        body |= {
            "call_id": "c1",
            "name": "note_goal",
            "parameters": {"title": "Sleep"},
            "note": "none",
            **PUSH_SUBSCRIPTION,
        }
        address = path.replace("{room_id}", self.session.room_id).replace("{id}", self.export)
        headers = {"cookie": self.cookie_header, "origin": self.served.origin}
        method = "GET" if path in ("/room/{room_id}", "/exports/{id}") else "POST"
        content = json.dumps(body) if method == "POST" else None
        return httpx.request(method, self.served.origin + address, headers=headers, content=content)

    def page(self) -> str:
        with tab(
            self.served, self.cookie_header, subprotocols=["streamlit", self.cookies["_streamlit_xsrf"]]
        ) as page:
            return shown(page.run())


def sign_in_at_provider(served: Served, subject: str, email: str = ANA) -> tuple[str, dict[str, str]]:
    """The sign-in's id, and the cookies that Streamlit gives."""
    claims = {"iss": ISSUER, "sub": subject, "nonce": str(utc_now()), "email": email, "email_verified": True}
    value = {**claims, "origin": served.origin, "is_logged_in": True, "provider": "default"}
    cookie = create_signed_value(SECRET, "_streamlit_user", json.dumps(value)).decode()
    id, identity = sign_in_id(claims), identity_in(claims)
    assert id is not None
    assert identity is not None
    served.services.sign_ins.begin(id, identity)
    return id, {"_streamlit_user": cookie, "_streamlit_xsrf": generate_xsrf_token_string()}


@pytest.fixture
def ana(served: Served) -> Iterator[SignedIn]:
    """Ana has signed in, and is in her room."""
    store_of(served.services).execute("DELETE FROM sign_ins")
    store_of(served.services).execute("DELETE FROM identities")
    id, cookies = sign_in_at_provider(served, "ana")
    person = served.services.sign_ins.check(id).person
    assert person is not None
    session = enter(served.services)
    yield SignedIn(served, id, cookies, session, export_of(served, person))
    served.services.sessions.end(session.id, EndReason.CLIENT)
    _set_status(served, "active")


def export_of(served: Served, person: Person) -> str:
    return offer(served.services, person).id


def _set_status(served: Served, status: str) -> None:
    now = utc_now()
    writer_of(served.services).submit(
        lambda transaction: set_member(
            transaction, ANA, role=None, status=status, coach=None, actor="operator", now=now
        )
    ).result()


def _age(served: Served, id: str, *, began: timedelta, used: timedelta) -> None:
    now = utc_now()
    store_of(served.services).execute(
        "UPDATE sign_ins SET started_at = $2, last_used_at = $3 WHERE id = $1", [id, now - began, now - used]
    )


def _another_account(served: Served, id: str) -> None:
    """Another account of the provider's, and an administrator who says that this one is Ana's."""
    other, _ = sign_in_at_provider(served, "another")
    served.services.sign_ins.check(other)
    (waiting,) = served.services.identities.waiting()
    served.services.identities.accept(waiting, ADMIN)


def _remove_and_add_again(served: Served, _: str) -> None:
    _set_status(served, "removed")
    _set_status(served, "active")


HOURS, DAYS = timedelta(hours=1), timedelta(days=1)
# How a sign-in gets into each state, and what the page then shows.
STATES: dict[str, tuple[Callable[[Served, str], None], str]] = {
    "good": (lambda *_: None, HELLO),
    "used now and then": (lambda served, id: _age(served, id, began=29 * DAYS, used=11 * HOURS), HELLO),
    "idle too long": (lambda served, id: _age(served, id, began=13 * HOURS, used=12 * HOURS), ASK),
    "too old": (lambda served, id: _age(served, id, began=30 * DAYS, used=0 * HOURS), ASK),
    "signed out": (lambda served, id: served.services.sign_ins.end(id), ASK),
    "signed out by an administrator": (lambda served, _: served.services.sign_ins.end_all_of(ANA, ADMIN), ASK),
    "removed": (lambda served, _: _set_status(served, "removed"), STRANGER),
    "removed and back": (_remove_and_add_again, ASK),
    "another account": (_another_account, OTHER),
}


def _paths(routes: list[BaseRoute]) -> set[str]:
    return {route.path for route in routes if isinstance(route, Route | Mount)}


def test_every_address_of_ours_has_its_rule(served: Served) -> None:
    assert _paths(routes_of(served.services)) - {PRACTICE_PATH} == set(SHUT) | OPEN_TO_ALL


@pytest.mark.parametrize("state", STATES)
def test_every_door_opens_to_a_good_sign_in_and_to_no_other(ana: SignedIn, state: str) -> None:
    bring_about, page = STATES[state]
    before = {path: answer_of(ana.ask(path)) for path in SHUT}
    assert set(before.values()) == {"open"}
    bring_about(ana.served, ana.id)
    after = {path: answer_of(ana.ask(path)) for path in SHUT}
    assert after == (before if page == HELLO else SHUT)
    assert page in ana.page()


def answer_of(answer: httpx.Response) -> str:
    location = answer.headers.get("location", "")
    if location.startswith("/login"):
        return TO_LOGIN
    if answer.status_code == 404:
        return NOT_FOUND
    # An undo of a note that is not there is past the door.
    assert answer.status_code in (200, 303, 422), (answer.status_code, answer.text)
    return "open"


@pytest.mark.parametrize("state", [name for name, (_, page) in STATES.items() if page != HELLO])
def test_an_open_page_asks_to_sign_in_within_five_seconds(ana: SignedIn, state: str) -> None:
    bring_about, page = STATES[state]
    with tab(ana.served, ana.cookie_header, subprotocols=["streamlit", ana.cookies["_streamlit_xsrf"]]) as opened:
        assert HELLO in shown(opened.run())
        bring_about(ana.served, ana.id)
        assert page in shown(opened.next_run(5))


def quiet(page: Tab) -> bool:
    """Whether the page is left alone from now on."""
    try:
        page.next_run(3)
    except TimeoutError:
        return True
    return False


def test_a_page_of_a_good_sign_in_is_left_alone(ana: SignedIn) -> None:
    with tab(ana.served, ana.cookie_header, subprotocols=["streamlit", ana.cookies["_streamlit_xsrf"]]) as opened:
        assert HELLO in shown(opened.run())
        assert quiet(opened)


def test_a_report_for_another_clients_session_is_refused(ana: SignedIn) -> None:
    """A token that names a sign-in of somebody else opens nothing, whoever made it."""
    other = enter(ana.served.services, "demo-ben", "tab of ben")
    foreign = SignedIn(ana.served, ana.id, ana.cookies, other, ana.export)
    assert answer_of(foreign.ask("/room/{room_id}/events")) == NOT_FOUND
    ana.served.services.sessions.end(other.id, EndReason.CLIENT)


def test_the_cookie_of_a_demo_person_lasts_as_long_as_their_sign_in(served: Served) -> None:
    with served.browser() as browser:
        given = browser.post("/sign-in", data={"email": ANA}).headers["set-cookie"]
    assert f"Max-Age={29.5 * 24 * 3600:.0f};" in given


@pytest.mark.parametrize("way", ["/sign-out", "/auth/logout"])
def test_signing_out_ends_the_sign_in_wherever_its_cookie_was_saved(ana: SignedIn, way: str) -> None:
    elsewhere, saved = sign_in_at_provider(ana.served, "ana")
    headers = {"cookie": ana.cookie_header, "origin": ana.served.origin}
    strange = headers | {"origin": "http://evil.example", "sec-fetch-site": "cross-site"}
    method = "POST" if way == "/sign-out" else "GET"
    assert httpx.request(method, ana.served.origin + way, headers=strange).status_code == 403
    assert answer_of(ana.ask("/room/{room_id}")) == "open"
    assert httpx.request(method, ana.served.origin + way, headers=headers).status_code in (302, 303)
    second = SignedIn(ana.served, elsewhere, saved, ana.session, ana.export)
    for browser in (ana, second):
        assert {path: answer_of(browser.ask(path)) for path in SHUT} == SHUT
