"""A human coach's visit over the two sockets: who is heard by whom, and who is never heard."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.routing import WebSocketRoute
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from coachroom.clock import utc_now
from coachroom.live.messages import Side
from coachroom.live.states import ASK_LASTS, Act, JoinEnd, JoinStatus
from coachroom.people.audit import AuditFilter
from coachroom.people.people import Person
from coachroom.rooms.states import EndReason, Session
from coachroom.web import live_routes
from coachroom.web.app import routes_of
from tests.services import enter, report_token, store_of, writer_of
from tests.web.live_pages import (
    BEN,
    CARLA,
    LivePage,
    admitted,
    asked,
    asleep,
    client_page,
    coach_page,
    live_page,
    talk,
    talking,
)
from tests.web.serving import Served, serving
from tests.web.tabs import sign_in_cookie, tab_of

ANA, CHIARA = "ana.silva@example.com", "chiara.rossi@example.com"
ANTON, AMIRA = "anton.weber@example.com", "amira.haddad@example.com"
OFFER = {"type": "offer", "sdp": "v=0\r\n"}
ANSWER = {"type": "answer", "sdp": "v=0\r\n"}
CANDIDATE = {"candidate": "candidate:1 1 udp 1 192.0.2.1 9 typ host", "sdpMid": "0", "sdpMLineIndex": 0}
LINKED = {"linked": True, "call": "in_call", "held": False, "muted": False, "mixer": True}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("live"), live_coach=True) as running:
        yield running


@pytest.fixture
def session(served: Served) -> Iterator[Session]:
    own = talking(served)
    yield own
    served.services.sessions.end(own.id, EndReason.CLIENT)


def test_a_visit_from_the_question_to_the_goodbye(served: Served, session: Session) -> None:
    join = asked(served, session)
    with coach_page(served, join.id) as coach:
        hello = coach.next("hello")
        assert (hello["status"], hello["peer"], hello["mode"]) == ("asked", False, "listening")
        with client_page(served, session) as client:
            hello = client.next("hello")
            assert (hello["coach"], hello["reason"], hello["status"], hello["peer"]) == (
                "Carla Mendes",
                "You asked me to listen in.",
                "asked",
                True,
            )
            assert hello["until"] > hello["server_time"]
            assert coach.next("peer") == {"type": "peer", "here": True}
            client.send("answer", admit=True)
            assert client.next("status")["status"] == coach.next("status")["status"] == "admitted"
            client.send("desc", desc=OFFER, names={"me": "stream-1", "agent": "stream-2"})
            assert coach.next("desc") == {
                "type": "desc",
                "desc": OFFER,
                "names": {"me": "stream-1", "agent": "stream-2"},
            }
            coach.send("desc", desc=ANSWER)
            assert client.next("desc") == {"type": "desc", "desc": ANSWER}
            client.send("ice", candidate=CANDIDATE)
            assert coach.next("ice")["candidate"] == CANDIDATE
            client.send("state", **LINKED)
            assert coach.next("state") == {"type": "state", **LINKED}
            coach.send("order", id="a1", act="hint", text="Ask about the move.")
            order = client.next("order")
            assert order == {"type": "order", "id": "a1", "n": 1, "act": "hint", "text": "Ask about the move."}
            client.send("done", id="a1", done=True)
            assert coach.next("done") == {"type": "done", "id": "a1", "done": True, "why": None}
            coach.send("state", linked=True, echo=True)
            coach.send("order", id="a2", act="both")
            assert client.next("mode")["mode"] == coach.next("mode")["mode"] == "both"
            coach.send("leave")
            assert client.closed() == coach.closed() == (4002, "coach")
    kept = served.services.joins.find(join.id)
    assert kept is not None
    assert (kept.status, kept.end_reason) == (JoinStatus.ENDED, JoinEnd.COACH)
    assert kept.first_linked_at is not None
    assert [each.act for each in served.services.joins.acts(join.id)] == ["hint", "both"]


@pytest.fixture(scope="module")
def dora(served: Served) -> str:
    """A coach who is nobody's."""
    services = served.services
    services.members.add("dora@example.com", name="Dora", role="coach", coach=None, by=administrator(served))
    return "dora@example.com"


def administrator(served: Served) -> Person:
    found = served.services.people.find(AMIRA)
    assert found is not None
    return found


def refusals(served: Served, email: str) -> int:
    looked_for = AuditFilter(person=email, actions=("live_refused",))
    return served.services.audit.page(looked_for, skip=0, most=50)[1]


@pytest.mark.parametrize("email", [None, ANA, BEN, CHIARA, ANTON, AMIRA, "dora@example.com"])
def test_the_coachs_socket_says_nothing_to_anybody_else(
    served: Served, session: Session, dora: str, email: str | None
) -> None:
    join = admitted(served, session)
    with client_page(served, session) as client:
        client.next("hello")
        with live_page(served, f"/live/{join.id}", email) as page:
            with suppress(ConnectionClosed):
                page.send("enter")
                page.send("order", id="a", act="take_over")
                page.send("leave")
            assert page.rest() == ([], 1008, "")
        assert_still_open(client)
    assert served.services.joins.acts(join.id) == []
    assert served.services.joins.open_in(session.id) == join
    if email is not None:
        # It is written beside the answer.
        writer_of(served.services).submit(lambda _: None).result()
        assert refusals(served, email) == 1


@pytest.mark.parametrize("email", [None, ANA, CHIARA, CARLA, ANTON, AMIRA, "dora@example.com"])
def test_the_clients_socket_says_nothing_to_anybody_else_who_has_its_token(
    served: Served, session: Session, dora: str, email: str | None
) -> None:
    join = asked(served, session)
    with live_page(served, f"/room/{session.room_id}/live", email) as page:
        with suppress(ConnectionClosed):
            page.send("enter", token=report_token(served.services, session))
            page.send("answer", admit=True)
        assert page.rest() == ([], 1008, "")
    assert served.services.joins.find(join.id) == join


@pytest.mark.parametrize("token", ["", "made up", "x" * 5_000, None, 7])
def test_the_clients_socket_needs_the_pages_token(served: Served, session: Session, token: object) -> None:
    asked(served, session)
    with live_page(served, f"/room/{session.room_id}/live", BEN) as page:
        page.send("enter", **({} if token is None else {"token": token}))
        assert page.rest() == ([], 1008, "")


def test_a_token_of_a_session_that_is_over_opens_nothing(served: Served) -> None:
    first = talking(served)
    asked(served, first)
    token = report_token(served.services, first)
    served.services.sessions.end(first.id, EndReason.CLIENT)
    second = talking(served)
    asked(served, second)
    for room in (first.room_id, second.room_id):
        with live_page(served, f"/room/{room}/live", BEN) as page:
            page.send("enter", token=token)
            assert page.rest() == ([], 1008, "")
    served.services.sessions.end(second.id, EndReason.CLIENT)


def test_a_room_into_which_nobody_wants_opens_nothing(served: Served, session: Session) -> None:
    with client_page(served, session) as page:
        assert page.rest() == ([], 1008, "")


def test_there_is_no_visit_at_other_addresses(served: Served) -> None:
    for path in ("/live/", "/live/no-such-join", "/live/%00", "/room/no-such-room/live", "/live/a/b"):
        with suppress(InvalidStatus), live_page(served, path, CARLA) as page:
            with suppress(ConnectionClosed):
                page.send("enter", token="x")
            assert page.rest() == ([], 1008, "")


@pytest.mark.parametrize("origin", ["http://evil.example", "http://localhost:1", "null", "https://localhost"])
def test_pages_of_others_get_no_socket(served: Served, session: Session, origin: str) -> None:
    join = admitted(served, session)
    cookies = {"Cookie": sign_in_cookie(served.services, CARLA)}
    with pytest.raises(InvalidStatus) as refused:
        connect(f"ws://localhost:{served.port}/live/{join.id}", origin=Origin(origin), additional_headers=cookies)
    assert refused.value.response.status_code == 403


def test_an_unassigned_or_removed_coach_does_not_come_in(served: Served, session: Session) -> None:
    join = admitted(served, session)
    services = served.services
    services.members.assign([BEN], None, by=administrator(served))
    try:
        with coach_page(served, join.id) as page:
            assert page.closed()[0] in {1008, 4002}
    finally:
        services.members.assign([BEN], CARLA, by=administrator(served))


@pytest.mark.parametrize(
    ("how", "why"), [("unassigned", "not_allowed"), ("removed", "not_allowed"), ("signed out", "coach")]
)
def test_a_coach_who_loses_the_right_is_out_within_five_seconds(
    served: Served, session: Session, how: str, why: str
) -> None:
    join, services = admitted(served, session), served.services
    cookies = sign_in_cookie(services, CARLA)
    with (
        live_page(served, f"/live/{join.id}", CARLA, cookies=cookies) as coach,
        client_page(served, session) as client,
    ):
        coach.send("enter")
        coach.next("hello")
        client.next("hello")
        began = time.monotonic()
        try:
            match how:
                case "unassigned":
                    services.members.assign([BEN], None, by=administrator(served))
                case "removed":
                    services.members.change(CARLA, status="removed", by=administrator(served))
                case _:
                    services.sign_ins.end_all_of(CARLA, AMIRA)
            assert coach.closed()[0] in {1008, 4002}
            assert client.closed() == (4002, why)
            assert time.monotonic() - began < 5
        finally:
            services.members.change(CARLA, status="active", by=administrator(served))
            services.members.assign([BEN], CARLA, by=administrator(served))
    kept = services.joins.find(join.id)
    assert kept is not None
    assert kept.end_reason is JoinEnd(why)


def test_a_client_who_signs_out_ends_the_visit(served: Served, session: Session) -> None:
    join = admitted(served, session)
    with coach_page(served, join.id) as coach, client_page(served, session) as client:
        coach.next("hello")
        client.next("hello")
        served.services.sign_ins.end_all_of(BEN, AMIRA)
        assert client.closed()[0] in {1008, 4002}
        assert coach.closed() == (4002, "client")


def test_both_are_told_when_the_session_is_over(served: Served, session: Session) -> None:
    join = admitted(served, session)
    with coach_page(served, join.id) as coach, client_page(served, session) as client:
        coach.next("hello")
        client.next("hello")
        served.services.sessions.end(session.id, EndReason.TIME_LIMIT)
        assert coach.closed() == (4002, "session")
        assert client.closed()[0] in {1008, 4002}


def test_both_are_told_when_the_session_goes_off_the_record(served: Served, session: Session) -> None:
    join = admitted(served, session)
    with coach_page(served, join.id) as coach, client_page(served, session) as client, served.browser(BEN) as browser:
        coach.next("hello")
        client.next("hello")
        content = json.dumps({"token": report_token(served.services, session)})
        assert browser.post(f"/room/{session.room_id}/off-record", content=content).status_code == 200
        assert coach.closed() == client.closed() == (4002, "session")
    assert served.services.joins.of_session(session.id) == []


def test_after_a_no_both_pages_learn_it_whenever_they_come(served: Served, session: Session) -> None:
    join = asked(served, session)
    served.services.joins.answer(join.id, session.client_id, admit=False)
    with coach_page(served, join.id) as coach, client_page(served, session) as client:
        assert coach.rest() == client.rest() == ([], 4002, "declined")


def test_an_unanswered_question_expires_for_both(served: Served, session: Session) -> None:
    join = asked(served, session)
    long_ago = utc_now() - ASK_LASTS
    with coach_page(served, join.id) as coach, client_page(served, session) as client:
        coach.next("hello")
        client.next("hello")
        store_of(served.services).execute("UPDATE live_joins SET asked_at = $1 WHERE id = $2", [long_ago, join.id])
        client.send("answer", admit=True)
        assert coach.closed() == client.closed() == (4002, "expired")


def test_nothing_is_passed_on_before_the_client_said_yes(served: Served, session: Session) -> None:
    join = asked(served, session)
    with coach_page(served, join.id) as coach, client_page(served, session) as client:
        coach.next("hello")
        client.next("hello")
        for page in (coach, client):
            page.send("desc", desc=OFFER)
            page.send("ice", candidate=CANDIDATE)
        client.send("state", **LINKED)
        coach.send("order", id="a", act="hint", text="Ask about the move.")
        assert coach.next("done") == {"type": "done", "id": "a", "done": False, "why": "status"}
        client.send("end")
        for page in (coach, client):
            messages, code, reason = page.rest()
            assert {each["type"] for each in messages} <= {"peer", "status"}
            assert (code, reason) == (4002, "client")


@pytest.mark.parametrize("side", ["client", "coach"])
def test_the_newest_page_of_a_side_takes_over(served: Served, session: Session, side: str) -> None:
    join = admitted(served, session)

    def opened() -> AbstractContextManager[LivePage]:
        return client_page(served, session) if side == "client" else coach_page(served, join.id)

    with opened() as first:
        first.next("hello")
        with opened() as second:
            second.next("hello")
            assert first.closed() == (4001, "")
            other = coach_page(served, join.id) if side == "client" else client_page(served, session)
            with other as peer:
                assert peer.next("hello")["peer"]
                peer.send("ice", candidate=CANDIDATE)
                assert second.next("ice")["candidate"] == CANDIDATE


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("x" * 65_537, 4008),
        ("é" * 33_000, 4008),
        (b"x" * 65_537, 4008),
        (b'{"type": "leave"}', 1008),
        ("", 1008),
        ("null", 1008),
        ("[]", 1008),
        ("{}", 1008),
        ("[" * 60_000, 1008),
        ('{"a":' * 10_000 + "1" + "}" * 10_000, 1008),
        ('{"type": "order", "id": "a", "act": "erase"}', 1008),
        ('{"type": "order", "id": "../a", "act": "hush"}', 1008),
        ('{"type": "answer", "admit": true}', 1008),
        ('{"type": "enter"}', 1008),
        ('{"type": "desc", "desc": {"type": "rollback", "sdp": ""}}', 1008),
        ('{"type": "ice", "candidate": {"candidate": 1}}', 1008),
    ],
    ids=repr,
)
def test_what_no_page_sends_closes_the_socket_and_harms_nobody(
    served: Served, session: Session, sent: str | bytes, code: int
) -> None:
    join = admitted(served, session)
    with client_page(served, session) as client:
        client.next("hello")
        with coach_page(served, join.id) as coach:
            coach.next("hello")
            coach.connection.send(sent)
            assert coach.closed() == (code, "")
        assert client.next("peer")["here"]
        assert not client.next("peer")["here"]
    assert served.services.joins.open_in(session.id) is not None


@given(text=st.text(max_size=200) | st.recursive(st.none() | st.text(), st.lists, max_leaves=5).map(json.dumps))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_first_message_but_the_right_one_closes_the_socket(served: Served, text: str) -> None:
    with live_page(served, "/live/no-such-join", CARLA) as page:
        page.connection.send(text.encode("utf-8", "replace").decode())
        assert page.rest() == ([], 1008, "")


@pytest.mark.parametrize("first", ["order", "state", "leave", "ice"])
def test_who_has_not_entered_does_nothing(served: Served, session: Session, first: str) -> None:
    join = admitted(served, session)
    fields: dict[str, Any] = {"id": "a", "act": "take_over", "linked": True, "echo": True, "candidate": None}
    with live_page(served, f"/live/{join.id}", CARLA) as page:
        page.send(first, **fields)
        assert page.rest() == ([], 1008, "")
    assert served.services.joins.open_in(session.id) == join


def test_who_does_not_enter_is_not_waited_for(
    served: Served, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_routes, "ENTER_SECONDS", 0.2)
    join = admitted(served, session)
    with live_page(served, f"/live/{join.id}", CARLA) as page:
        assert page.rest() == ([], 1008, "")


def test_a_thousand_messages_a_second_are_too_many(served: Served, session: Session) -> None:
    join = admitted(served, session)
    with coach_page(served, join.id) as coach, client_page(served, session) as client:
        client.next("hello")
        coach.next("hello")
        with suppress(ConnectionClosed):
            for _ in range(1_000):
                coach.send("ice", candidate=CANDIDATE)
        assert coach.closed()[0] == 4008
        client.send("end")
        messages, code, _ = client.rest()
        assert code == 4002
        assert 50 <= sum(each["type"] == "ice" for each in messages) < 300


def test_a_page_may_send_at_the_pace_that_is_allowed(served: Served, session: Session) -> None:
    join = admitted(served, session)
    with coach_page(served, join.id) as coach, client_page(served, session) as client:
        coach.next("hello")
        client.next("hello")
        for n in range(99):
            coach.send("ice", candidate={"candidate": str(n)})
        assert [client.next("ice")["candidate"]["candidate"] for _ in range(99)] == [str(n) for n in range(99)]


def test_one_person_opens_only_so_many_sockets(served: Served, session: Session) -> None:
    join = admitted(served, session)
    with ExitStack() as stack:
        pages = [stack.enter_context(live_page(served, f"/live/{join.id}", CARLA)) for _ in range(10)]
        one_more = stack.enter_context(live_page(served, f"/live/{join.id}", CARLA))
        assert one_more.rest() == ([], 4008, "")
        pages[0].send("enter")
        assert pages[0].next("hello")["join"] == join.id


def test_a_page_that_takes_nothing_is_let_go_and_the_other_stays(served: Served, session: Session) -> None:
    join = admitted(served, session)
    large = {"type": "offer", "sdp": "x" * 48_000}
    with client_page(served, session) as client:
        client.next("hello")
        with asleep(served, f"/live/{join.id}", CARLA):
            assert client.next("peer")["here"]
            for _ in range(90):
                client.send("desc", desc=large)
            for _ in range(400):
                time.sleep(0.02)
                client.send("desc", desc=large)
                if not served.services.live.hub.here(join.id, Side.COACH):
                    break
            assert client.next("peer") == {"type": "peer", "here": False}
        assert_still_open(client)


def test_orders_that_are_sent_again_are_kept_once(served: Served, session: Session) -> None:
    join = admitted(served, session)
    with client_page(served, session) as client:
        client.next("hello")
        for _ in range(3):
            # As after each break of the line.
            with coach_page(served, join.id) as coach:
                coach.next("hello")
                coach.send("order", id="a", act="hint", text="Ask about the move.")
                assert client.next("order")["n"] == 1
    assert [each.id for each in served.services.joins.acts(join.id)] == ["a"]


def test_a_coach_who_wrote_much_in_any_script_comes_back(served: Served, session: Session) -> None:
    join = admitted(served, session)
    for n in range(130):
        served.services.joins.act(join.id, f"h{n}", Act.HINT, "\N{GRINNING FACE}" * 500)
    with coach_page(served, join.id) as coach:
        acts = coach.next("hello")["acts"]
        assert (len(acts), acts[-1]["n"], acts[-1]["text"]) == (100, 130, "\N{GRINNING FACE}" * 500)
        # The socket stays open.
        coach.send("order", id="x", act="hush")
        assert coach.next("done")["why"] == "client"


def test_without_the_setting_there_is_no_such_address(served: Served) -> None:
    off = served.services.settings.model_copy(update={"live_coach": False})
    services = dataclasses.replace(served.services, settings=off)
    paths = [route.path for route in routes_of(services) if isinstance(route, WebSocketRoute)]
    assert paths == []
    on = [route.path for route in routes_of(served.services) if isinstance(route, WebSocketRoute)]
    assert on == ["/room/{room_id}/live", "/live/{join_id}"]


def test_the_rooms_page_runs_again_when_a_coach_asks_and_when_the_visit_is_over(served: Served) -> None:
    with tab_of(served, BEN) as page:
        page.run()
        session = enter(served.services, "demo-ben", page.session_id)
        talk(served, session)
        asked(served, session)
        page.next_run(5)
        with client_page(served, session) as client:
            client.next("hello")
            client.send("answer", admit=False)
            page.next_run(5)
    served.services.sessions.end(session.id, EndReason.CLIENT)


def assert_still_open(client: LivePage) -> None:
    """The page's socket is alive: it answers a ping."""
    assert client.connection.ping().wait(5)
