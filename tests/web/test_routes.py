"""The app's own addresses, asked over a real port: who may do what, and what is refused how."""

from __future__ import annotations

import json
from collections.abc import Iterator
from math import inf
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from coachroom.clock import utc_now
from coachroom.errors import CoachroomError, NotBegunError, StatementError
from coachroom.rooms.states import EndReason, Sender, Session
from coachroom.traces.durations import BUCKETS
from coachroom.traces.work import Work
from coachroom.web.rooms_routes import MAX_DELIVERY_BYTES
from tests.services import enter, report_token, said, status, store_of
from tests.web.serving import Served

ANA, BEN, CHIARA = "ana.silva@example.com", "ben.okafor@example.com", "chiara.rossi@example.com"
STAFF = ["carla.mendes@example.com", "anton.weber@example.com", "amira.haddad@example.com"]
ELSEWHERE = [
    {"origin": "http://evil.example"},
    {"origin": "null"},
    {"origin": "http://localhost"},
    {"origin": "https://localhost.evil.example"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
]


def rooms_on_record(served: Served) -> int:
    return int(store_of(served.services).execute("SELECT count(*) FROM rooms")[0][0])


@pytest.fixture
def session(served: Served) -> Iterator[Session]:
    """An open session of Ben's for this test alone: without turns, in a new room."""
    own = enter(served.services, "demo-ben", "tab of ben")
    yield own
    served.services.sessions.end(own.id, EndReason.CLIENT)


def report(
    served: Served,
    session: Session,
    *events: dict[str, Any],
    room: str | None = None,
    token: str | None = None,
    **more: Any,
) -> httpx.Response:
    document = {
        "token": report_token(served.services, session) if token is None else token,
        "epoch": "page-1",
        "events": events,
    }
    address = f"{served.origin}/room/{room or session.room_id}/events"
    return httpx.post(
        address, content=json.dumps(document), headers={"origin": served.origin} | more.pop("headers", {})
    )


# -- rooms -------------------------------------------------------------------------------------------


def test_a_client_creates_a_room_by_post_and_is_led_to_it(served: Served) -> None:
    with served.browser(ANA) as browser:
        first = browser.post("/room/create")
        again = browser.post("/room/create")
        assert first.status_code == 303
        assert again.headers["location"] == first.headers["location"]
        room_id = first.headers["location"].removeprefix("/room/")
        opened = browser.get(first.headers["location"])
        assert (opened.status_code, opened.headers["location"]) == (303, f"/Room?room={room_id}")
        assert browser.get(opened.headers["location"]).status_code == 200
    assert served.services.rooms.find(room_id, "demo-ana").id == room_id


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_at_the_address_creates_nothing(served: Served, method: str) -> None:
    before = rooms_on_record(served)
    with served.browser(CHIARA) as browser:
        answer = browser.request(method, "/room/create")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert rooms_on_record(served) == before


@pytest.mark.parametrize("headers", ELSEWHERE, ids=str)
def test_another_site_creates_no_room(served: Served, headers: dict[str, str]) -> None:
    before = rooms_on_record(served)
    with served.browser(CHIARA) as browser:
        assert browser.post("/room/create", headers=headers).status_code == 403
    assert rooms_on_record(served) == before


@pytest.mark.parametrize("failing", [StatementError("no space"), NotBegunError("no line")])
def test_what_a_database_refuses_is_a_page_with_a_way_on(
    served: Served, monkeypatch: pytest.MonkeyPatch, failing: CoachroomError
) -> None:
    def refuse(*_: object) -> None:
        raise failing

    monkeypatch.setattr(type(served.services.rooms), "create", refuse)
    with served.browser(CHIARA) as browser:
        page = browser.post("/room/create", headers={"accept": "text/html,*/*;q=0.8"})
        program = browser.post("/room/create", headers={"accept": "*/*"})
    assert page.status_code == program.status_code == 503
    assert page.headers["retry-after"] == "5"
    assert "Wait a minute, then try again." in page.text
    assert "href='/'>Go to your home page<" in page.text
    assert "Wait a minute, then try again." in program.text
    assert "database" not in page.text + program.text


def test_who_is_not_signed_in_is_sent_to_do_so_and_back(served: Served) -> None:
    before = rooms_on_record(served)
    with served.browser() as browser:
        assert browser.post("/room/create").headers["location"] == "/login?next=%2F"
        assert browser.get("/room/a-b_c").headers["location"] == "/login?next=%2Froom%2Fa-b_c"
    assert rooms_on_record(served) == before


@pytest.mark.parametrize("email", STAFF)
def test_who_is_no_client_gets_no_room(served: Served, email: str) -> None:
    before = rooms_on_record(served)
    with served.browser(email) as browser:
        assert browser.post("/room/create").headers["location"] == "/"
    assert rooms_on_record(served) == before


def test_a_removed_member_gets_no_room_though_their_cookie_is_good(served: Served) -> None:
    change = "UPDATE members SET status = $1 WHERE email = $2"
    with served.browser(CHIARA) as browser:
        store_of(served.services).execute(change, ["removed", CHIARA])
        try:
            assert browser.post("/room/create").headers["location"].startswith("/login")
        finally:
            store_of(served.services).execute(change, ["active", CHIARA])


@pytest.mark.parametrize(
    "cookie", ["x", "ImFuYS5zaWx2YUBleGFtcGxlLmNvbSI.aaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbb", "\u00e9"]
)
def test_a_forged_cookie_is_nobody(served: Served, cookie: str) -> None:
    headers = {"cookie": f"coachroom_demo={cookie}".encode("latin-1"), "origin": served.origin}
    assert httpx.post(served.origin + "/room/create", headers=headers).headers["location"].startswith("/login")


def test_every_room_address_answers_a_signed_in_person_alike(served: Served) -> None:
    own = served.services.rooms.create("demo-ana").id
    with served.browser(BEN) as browser:
        answers = {browser.get(f"/room/{room_id}").status_code for room_id in (own, "never", "x" * 500)}
    assert answers == {303}


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/room/a%26embed=true", "/Room?room=a%26embed%3Dtrue"),
        ("/room/a%3Fb%23c", "/Room?room=a%3Fb%23c"),
        ("/room/%0d%0aset-cookie:a=b", "/Room?room=%0D%0Aset-cookie%3Aa%3Db"),
        ("/room/%E2%80%AE", "/Room?room=%E2%80%AE"),
    ],
)
def test_whatever_stands_in_a_rooms_address_stays_one_name(served: Served, path: str, location: str) -> None:
    with served.browser(ANA) as browser:
        answer = browser.get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, location)
    assert "set-cookie" not in answer.headers


# -- what a room's page reports ------------------------------------------------------------------------


def test_what_is_reported_is_on_disk_when_it_is_acknowledged(served: Served, session: Session) -> None:
    now = utc_now()
    answer = report(served, session, status(1, "connected", now, "conv_a"), said(2, "hello", at=now))
    assert answer.status_code == 200
    assert (answer.json()["ack"], answer.json()["session"]) == (2, "active")
    assert served.services.intake.turns(session.id)[-1].message == "hello"
    served.services.sessions.end(session.id, EndReason.CLIENT)
    late = report(served, session, said(3, "and one more", at=now))
    assert (late.json()["ack"], late.json()["session"]) == (3, "completed")


def test_the_answer_asks_for_a_reminder_where_the_agent_says_too_much(served: Served, session: Session) -> None:
    turns = [said(n, "word " * (9 if n % 2 else 1), "agent" if n % 2 else "client") for n in range(2, 12)]
    assert "remind" not in report(served, session, status(1, "connected"), *turns[:9]).json()
    assert report(served, session, turns[9]).json()["remind"].startswith("For a while you have said more")


def test_the_answer_to_words_of_danger_says_so_whatever_became_of_the_session(
    served: Served, session: Session
) -> None:
    danger = "Some nights I want to kill myself."
    assert "help" not in report(served, session, status(1, "connected"), said(2, "I want to sleep.")).json()
    assert "help" not in report(served, session, said(3, danger, "agent")).json(), "the client said nothing"
    assert report(served, session, said(4, danger)).json()["help"] is True
    assert "help" not in report(served, session, said(5, "And then I called my sister.")).json()
    served.services.sessions.end(session.id, EndReason.CLIENT)
    assert report(served, session, said(6, "Ich will nicht mehr leben.")).json()["help"] is True


def test_a_full_session_tells_its_client_and_answers_what_comes_after(served: Served, session: Session) -> None:
    most = served.services.intake.limits.session_turns
    proven = {"Coachroom-Token": report_token(served.services, session)}
    for begin in range(1, most + 1, 1_000):
        turns = (said(n, "a", conversation_id=None) for n in range(begin, begin + 1_000))
        answer = report(served, session, *turns, headers=proven)
        assert (answer.json()["ack"], "full" in answer.json()) == (begin + 999, False)
    answer = report(served, session, said(most + 1, "one more"), status(most + 2, "disconnected"))
    assert answer.json()["ack"] == most + 2
    assert answer.json()["full"].startswith("This conversation is longer than we can keep")


def test_a_beacon_is_a_report_like_any_other(served: Served, session: Session) -> None:
    headers = {"content-type": "text/plain", "sec-fetch-site": "same-origin"}
    assert report(served, session, said(90, "bye"), headers=headers).json()["ack"] == 90


@pytest.mark.parametrize("headers", ELSEWHERE, ids=str)
@pytest.mark.parametrize("door", ["events", "access"])
def test_another_site_reports_and_asks_for_nothing(served: Served, door: str, headers: dict[str, str]) -> None:
    address = f"{served.origin}/room/any/{door}"
    assert httpx.post(address, headers={"origin": served.origin} | headers, content=b"{}").status_code == 403


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "\ud800", "\x00", "ä"])
@pytest.mark.parametrize("door", ["events", "access"])
def test_a_forged_token_opens_nothing(served: Served, session: Session, door: str, token: str) -> None:
    content = json.dumps({"token": token, "epoch": "e", "events": []})
    answer = httpx.post(
        f"{served.origin}/room/{session.room_id}/{door}", content=content, headers={"origin": served.origin}
    )
    assert answer.status_code == 404
    assert "can't find this room" in answer.json()["error"]


def test_a_token_is_good_for_its_own_room_and_session_only(served: Served, session: Session) -> None:
    other = enter(served.services, "demo-chiara", "tab of chiara")
    foreign = report(served, session, said(1, "x"), room=other.room_id)
    unknown = report(served, session, said(1, "x"), room="never")
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.content == unknown.content
    for token in (served.services.tokens.issue_sign_in(BEN), served.services.tokens.issue_next("/x")):
        assert report(served, session, said(1, "x"), token=token).status_code == 404


def test_what_is_no_report_is_refused_in_a_sentence(served: Served, session: Session) -> None:
    address = f"{served.origin}/room/{session.room_id}/events"
    for content in (b"", b"not json", b"[]", b"\xff", b'{"token": 1}'):
        answer = httpx.post(address, content=content)
        assert answer.status_code == 400
        assert "reload the page" in answer.json()["error"]


def test_a_long_message_is_cut_with_a_mark_and_a_flood_is_not_taken(served: Served, session: Session) -> None:
    proven = {"Coachroom-Token": report_token(served.services, session)}
    assert report(served, session, said(50, "x" * 1_000_000), headers=proven).json()["ack"] == 50
    assert served.services.intake.turns(session.id)[-1].message == "x" * 19_997 + "[…]"
    address = f"{served.origin}/room/{session.room_id}/events"
    assert httpx.post(address, content=b"x" * (MAX_DELIVERY_BYTES + 1), headers=proven).status_code == 413

    def without_a_length():
        for _ in range(MAX_DELIVERY_BYTES // 65_536 + 2):
            yield b"x" * 65_536

    assert httpx.post(address, content=without_a_length(), headers=proven).status_code == 413
    assert httpx.post(f"{served.origin}/room/x/access", content=b"x" * 20_000).status_code == 413
    assert httpx.post(f"{served.origin}/sign-in", content=b"x" * 20_000).status_code == 413


def test_looking_at_an_address_signs_nobody_in_or_out(served: Served) -> None:
    with served.browser() as browser:
        assert "set-cookie" not in browser.get("/sign-in", params={"email": ANA}).headers
    with served.browser(ANA) as browser:
        assert "set-cookie" not in browser.get("/sign-out").headers


def test_the_address_of_the_coach_is_for_an_open_session(served: Served, session: Session) -> None:
    content = json.dumps({"token": report_token(served.services, session)})
    address = f"{served.origin}/room/{session.room_id}/access"
    with served.browser(BEN) as browser:
        signed = browser.post(address, content=content).json()["signed_url"]
        assert signed.startswith(f"ws://127.0.0.1:{served.port}/practice/")
        assert "conversation_signature=" in signed
        practice = served.services.practice
        assert practice is not None
        practice.faults.status["signed_url"] = 429
        try:
            busy = browser.post(address, content=content)
        finally:
            practice.faults.status.clear()
        assert busy.status_code == 503
        assert busy.json()["retry_after"] == 5
        assert "Many people" in busy.json()["error"]
        served.services.sessions.end(session.id, EndReason.CLIENT)
        assert browser.post(address, content=content).status_code == 404


@pytest.mark.parametrize("who", [None, ANA, STAFF[0]])
def test_the_address_of_the_coach_is_for_the_client_of_the_session(
    served: Served, session: Session, who: str | None
) -> None:
    content = json.dumps({"token": report_token(served.services, session)})
    with served.browser(who) as browser:
        answer = browser.post(f"{served.origin}/room/{session.room_id}/access", content=content)
    assert answer.status_code == 404


@pytest.mark.parametrize("sender", ["system", "", "AGENT"])
def test_a_page_cannot_report_what_the_room_said(served: Served, session: Session, sender: str) -> None:
    answer = report(served, session, {**said(1, "The session is over"), "sender": sender})
    assert answer.status_code == 400
    assert served.services.intake.turns(session.id) == ()


def test_what_a_page_reports_of_a_human_coach_who_is_not_there_is_its_clients(
    served: Served, session: Session
) -> None:
    report(served, session, said(1, "I am your human coach", "coach"))
    [turn] = served.services.intake.turns(session.id)
    assert turn.sender is Sender.CLIENT


def test_the_whole_of_a_message_completes_what_a_beacon_cut(served: Served, session: Session) -> None:
    report(served, session, said(1, "I want"))
    report(served, session, said(1, "I want to sleep better"))
    report(served, session, said(1, "I want"))
    report(served, session, said(1, "Something else altogether, and longer"))
    assert [turn.message for turn in served.services.intake.turns(session.id)] == ["I want to sleep better"]


# -- sign-in -------------------------------------------------------------------------------------------


def test_somebody_who_wanted_to_go_somewhere_gets_there_after_the_sign_in(served: Served) -> None:
    with served.browser() as browser:
        login = browser.get("/login", params={"next": "/room/abc"})
        assert (login.status_code, login.headers["location"]) == (303, "/")
        assert "httponly" in login.headers["set-cookie"].lower()
        answer = browser.post("/sign-in", data={"email": ANA, "next": "/"})
        assert answer.headers["location"] == "/room/abc"
        assert browser.get("/room/abc").headers["location"] == "/Room?room=abc"
        again = browser.post("/sign-in", data={"email": BEN, "next": "/Room?room=x"})
        assert again.headers["location"] == "/Room?room=x"


@pytest.mark.parametrize("path", ["//evil.example", "/\\evil.example", "https://evil.example", "/\tx", "evil"])
def test_nobody_is_led_to_another_site(served: Served, path: str) -> None:
    with served.browser() as browser:
        browser.get("/login", params={"next": path})
        assert browser.post("/sign-in", data={"email": ANA, "next": path}).headers["location"] == "/"


@pytest.mark.parametrize("form", [{}, {"email": "nobody@example.com"}, {"email": ""}, {"email": ANA + "\x00"}])
def test_only_demo_people_can_be_signed_in_as(served: Served, form: dict[str, str]) -> None:
    with served.browser() as browser:
        answer = browser.post("/sign-in", data=form)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("headers", ELSEWHERE, ids=str)
def test_another_site_signs_nobody_in_or_out(served: Served, headers: dict[str, str]) -> None:
    with served.browser() as browser:
        assert browser.post("/sign-in", data={"email": ANA}, headers=headers).status_code == 403
        assert browser.post("/sign-out", headers=headers).status_code == 403


@pytest.mark.parametrize("headers", ELSEWHERE, ids=str)
@pytest.mark.parametrize("path", ["/auth/logout", "/auth/logout/", "/auth/%6cogout"])
def test_a_link_on_another_site_signs_nobody_out(served: Served, path: str, headers: dict[str, str]) -> None:
    answer = httpx.get(served.origin + path, headers=headers)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("headers", [{"sec-fetch-site": "same-origin"}, {"sec-fetch-site": "none"}], ids=str)
def test_a_page_of_ours_signs_out_at_streamlits_address(served: Served, headers: dict[str, str]) -> None:
    answer = httpx.get(served.origin + "/auth/logout", headers=headers)
    assert answer.status_code == 302
    assert "_streamlit_user=" in answer.headers["set-cookie"]


def test_who_signs_out_is_nobody(served: Served) -> None:
    with served.browser(ANA) as browser:
        assert browser.post("/room/create").headers["location"].startswith("/room/")
        assert browser.post("/sign-out").headers["location"] == "/"
        assert browser.post("/room/create").headers["location"].startswith("/login")


def test_the_sign_in_cookie_is_out_of_reach_of_scripts_and_other_sites(served: Served) -> None:
    with served.browser() as browser:
        cookies = browser.post("/sign-in", data={"email": ANA}).headers.get_list("set-cookie")
    (cookie,) = (cookie.lower() for cookie in cookies if cookie.startswith("coachroom_demo="))
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


@pytest.mark.parametrize("headers", [{}, *ELSEWHERE], ids=str)
@pytest.mark.parametrize("path", ["/_stcore/stream", "/practice/v1/convai/conversation?agent_id=a"])
def test_a_websocket_opens_for_our_own_pages_only(served: Served, path: str, headers: dict[str, str]) -> None:
    upgrade = {"connection": "upgrade", "upgrade": "websocket", "sec-websocket-version": "13"}
    key = {"sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ=="}
    given = {"origin": served.origin} | headers | upgrade | key
    with httpx.stream("GET", served.origin + path, headers=given) as answer:
        assert answer.status_code == (403 if headers else 101)


# -- status --------------------------------------------------------------------------------------------


def test_healthz_says_that_rooms_can_be_entered(served: Served) -> None:
    answer = httpx.get(served.origin + "/healthz")
    assert answer.status_code == 200
    assert answer.json()["status"] == "ok"
    assert answer.json()["agent"] == "practice"


def test_metrics_are_for_this_machine_only(served: Served, session: Session) -> None:
    answer = httpx.get(served.origin + "/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    for line in answer.text.splitlines():
        name, _, value = line.rpartition(" ")
        assert line.startswith("# ") or (name.startswith(("coachroom_", "process_")) and float(value) >= 0)
    assert 'coachroom_sessions{status="waiting"}' in answer.text
    for header in ("x-forwarded-for", "forwarded", "x-real-ip"):
        assert httpx.get(served.origin + "/metrics", headers={header: "203.0.113.9"}).status_code == 404
    assert session.id not in answer.text


def test_every_metric_has_a_name_that_fits_its_type(served: Served, session: Session) -> None:
    families = list(text_string_to_metric_families(httpx.get(served.origin + "/metrics").text))
    ours = {family.name: family.type for family in families if family.name.startswith("coachroom_")}
    assert ours == {
        "coachroom_rooms_occupied": "gauge",
        "coachroom_writes_waiting": "gauge",
        "coachroom_writes_failed": "counter",
        "coachroom_turns": "gauge",
        "coachroom_mirror_age_seconds": "gauge",
        "coachroom_sessions": "gauge",
        "coachroom_calls": "gauge",
        "coachroom_messages": "gauge",
        "coachroom_budget_used": "gauge",
        "coachroom_budget_limit": "gauge",
        "coachroom_budget_refusals": "counter",
        "coachroom_work_seconds": "histogram",
    }
    assert {family.name for family in families if not family.documentation.endswith(".")} == set()
    assert len({family.name for family in families}) == len(families)
    counters = [sample.name for family in families if family.type == "counter" for sample in family.samples]
    assert [name for name in counters if not name.endswith("_total")] == []
    samples = [sample.name for family in families if family.type == "gauge" for sample in family.samples]
    assert [name for name in samples if name.endswith(("_total", "_created"))] == []


def test_the_times_of_work_are_a_histogram_in_seconds(served: Served, session: Session) -> None:
    families = text_string_to_metric_families(httpx.get(served.origin + "/metrics").text)
    (times,) = (family for family in families if family.name == "coachroom_work_seconds")
    for work in Work:
        of_work = [sample for sample in times.samples if sample.labels["work"] == work]
        buckets = {
            float(each.labels["le"]): each.value for each in of_work if each.name == "coachroom_work_seconds_bucket"
        }
        assert tuple(buckets) == BUCKETS
        assert list(buckets.values()) == sorted(buckets.values())
        (count,) = (each.value for each in of_work if each.name == "coachroom_work_seconds_count")
        assert count == buckets[inf]
    (commits,) = (
        each.value
        for each in times.samples
        if each.name == "coachroom_work_seconds_count" and each.labels["work"] == Work.COMMIT
    )
    assert commits > 0


@pytest.mark.parametrize(
    "path",
    [
        "/_stcore/metrics",
        "/_stcore/metrics/",
        "/_stcore/%6detrics",
        "/_stcore/agent/interact",
        "/_stcore/agent/mcp",
        "/_stcore/agent/openapi.json",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize("who", [None, ANA, *STAFF])
def test_streamlits_own_doors_that_we_do_not_offer_are_shut_for_everybody(
    served: Served, who: str | None, method: str, path: str
) -> None:
    with served.browser(who) as browser:
        answer = browser.request(method, path)
    assert (answer.status_code, answer.text) == (404, "Not found")


def test_without_a_secret_nobody_reports_members(served: Served) -> None:
    with served.browser() as browser:
        headers = {"authorization": "Bearer None"}
        assert browser.post("/hooks/members", json={"email": "a@example.com"}, headers=headers).status_code == 404
