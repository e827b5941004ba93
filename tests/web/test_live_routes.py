"""A human coach's visit over the two sockets: who is heard by whom, and who is never heard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from coachroom.live.states import JoinEnd, JoinStatus
from coachroom.rooms.states import EndReason, Session
from tests.web.live_pages import asked, client_page, coach_page, talking
from tests.web.serving import Served, serving

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
        assert (hello["client"], hello["status"], hello["peer"], hello["mode"]) == (
            "Ben Okafor",
            "asked",
            False,
            "listening",
        )
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
            coach.send("order", id="a2", act="both")
            assert client.next("mode")["mode"] == coach.next("mode")["mode"] == "both"
            coach.send("leave")
            assert client.closed() == coach.closed() == (4002, "coach")
    kept = served.services.joins.find(join.id)
    assert kept is not None
    assert (kept.status, kept.end_reason) == (JoinStatus.ENDED, JoinEnd.COACH)
    assert kept.first_linked_at is not None
    assert [each.act for each in served.services.joins.acts(join.id)] == ["hint", "both"]
