"""Every address of the app that takes a body, each with one good request from which bad ones are made."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st
from starlette.routing import BaseRoute, Mount, Route
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.runtime import Runtime
from streamlit.web.server.starlette.starlette_app import create_streamlit_routes

from coachroom.clock import to_iso, utc_now
from coachroom.rooms.states import Session
from coachroom.web.app import routes_of
from tests.notifications.push_house import PUSH_SUBSCRIPTION
from tests.recording.documents import TALK, record_document, signed, webhook_body
from tests.services import report_token, said, status
from tests.web.serving import Served

WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
# The practice coach's own, which ElevenLabs' SDK calls with a key; none in production.
PRACTICE = "/practice/"
HOOK_SECRET = "a-secret-between-us-and-zapier-of-many-characters"
MEMBER_EVENT = {
    "event": "member.paid",
    "firstName": "Fay",
    "lastName": "Fuzz",
    "email": "fay@example.com",
    "transactionId": "txn_1",
    "subscriptionDate": "2026-04-27",
    "answers": [{"question": "Why?", "answer": "To sleep"}],
}
JSON_BODIES: dict[str, Any] = {
    "/practice/v1/convai/agents/{agent_id}": {"name": "Coach", "conversation_config": {"agent": {"language": "en"}}},
    "/practice/v1/convai/tools": {"tool_config": {"type": "client", "name": "note", "description": "Notes it."}},
    "/practice/v1/convai/agent-testing/create": {"name": "a test", "chat_history": [{"role": "user"}]},
}


@dataclass(frozen=True)
class Door:
    """One address that takes a body: a good request to it, as parts that can be changed."""

    method: str
    template: str
    path: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    signed: bool = False

    def headers_for(self, body: bytes) -> dict[str, str]:
        """A webhook's signature is right, whatever its body: what is not signed is refused before it is read."""
        return self.headers | (signed(body, utc_now()) if self.signed else {})


def writing_addresses(served: Served) -> set[tuple[str, str]]:
    """Each method and address that may take a body, of ours and of Streamlit's, from the application itself."""
    streamlits = create_streamlit_routes(Runtime.instance())
    return set(_walk([*routes_of(served.services), *streamlits]))


def _walk(routes: Iterable[BaseRoute], prefix: str = "") -> Iterator[tuple[str, str]]:
    for route in routes:
        if isinstance(route, Mount):
            yield from _walk(route.routes, prefix + route.path)
        elif isinstance(route, Route):
            yield from ((method, prefix + route.path) for method in (route.methods or WRITING) & WRITING)


def doors(served: Served, session: Session) -> list[Door]:
    """A good request for each. Raises KeyError for an address that nobody has written one for."""
    return [_door(served, session, *address) for address in sorted(writing_addresses(served))]


def _door(served: Served, session: Session, method: str, template: str) -> Door:
    token = report_token(served.services, session)
    room = {"token": token}
    now = utc_now()
    delivery = {
        **room,
        "epoch": "page-1",
        "sent_at": to_iso(now),
        "conversation_id": "conv_fuzz",
        "events": [
            status(1, "connected", now, "conv_fuzz"),
            said(2, "I sleep badly", at=now),
            {"n": 3, "kind": "correction", "event_id": 1, "text": "I", "original": "I see"},
            {"n": 4, "kind": "timing", "turn": 2, "latency_ms": 300},
            {
                "n": 5,
                "kind": "delay",
                "turn": 2,
                "felt_ms": 900,
                "transcript_ms": 500,
                "answer_ms": 400,
                "cut_in": False,
            },
            {"n": 6, "kind": "silence", "at": to_iso(now), "seconds": 11.5, "broken_by": "client"},
        ],
    }
    record = record_document(TALK, call="conv_fuzz_web", user="demo-ben", began=now, session_id=session.id)
    tool = {**room, "call_id": "call_1", "name": "note_goal", "parameters": {"title": "Sleep better"}}
    bodies: dict[str, bytes] = {
        "/room/create": b"",
        "/room/{room_id}/events": json.dumps(delivery).encode(),
        "/room/{room_id}/access": json.dumps(room).encode(),
        "/room/{room_id}/briefing": json.dumps(room).encode(),
        "/room/{room_id}/more-time": json.dumps(room).encode(),
        "/room/{room_id}/off-record": json.dumps(room).encode(),
        "/room/{room_id}/tools": json.dumps(tool).encode(),
        "/room/{room_id}/undo": json.dumps({**room, "note": "note_1"}).encode(),
        "/sign-in": b"email=ben.okafor%40example.com&next=%2FRoom",
        "/sign-out": b"",
        "/webhooks/elevenlabs": webhook_body(record),
        "/push/subscribe": json.dumps(PUSH_SUBSCRIPTION).encode(),
        "/push/unsubscribe": json.dumps({"endpoint": PUSH_SUBSCRIPTION["endpoint"]}).encode(),
        "/answer": b"step=a-step&answer=partly",
        "/unsubscribe": b"List-Unsubscribe=One-Click",
        "/hooks/members": json.dumps(MEMBER_EVENT).encode(),
        # Streamlit's: for administrators alone, or shut.
        "/_stcore/upload_file/{session_id}/{file_id}": b"--x\r\n\r\n--x--",
        "/_stcore/agent/interact": b"{}",
        "/_stcore/agent/mcp": b"{}",
        "/_stcore/agent/openapi.json": b"",
    }
    practice = template.startswith(PRACTICE)
    body = json.dumps(JSON_BODIES.get(template, {"feedback": "like"})).encode() if practice else bodies[template]
    return Door(
        method,
        template,
        path=_filled(served, template, session),
        body=body,
        headers={"origin": served.origin}
        | ({"xi-api-key": _key(served)} if practice else {})
        | ({"authorization": f"Bearer {HOOK_SECRET}"} if template == "/hooks/members" else {})
        # Whoever signs out here would be out at every other door.
        | ({"cookie": "coachroom_demo=nobody"} if template == "/sign-out" else {}),
        signed=template == "/webhooks/elevenlabs",
    )


def _filled(served: Served, template: str, session: Session) -> str:
    path = template.replace("{room_id}", session.room_id)
    if path == "/answer":
        return served.services.tokens.issue_answer("demo-ben", utc_now().date(), utc_now())
    if path == "/unsubscribe":
        return served.services.tokens.issue_unsubscribe("fay@example.com", "monday")
    for name in ("agent_id", "conversation_id", "tool_id", "test_id", "invocation_id", "session_id", "file_id"):
        path = path.replace(f"{{{name}}}", f"{name}_1")
    return path


def _key(served: Served) -> str:
    assert served.services.practice is not None
    key = served.services.practice._api._context.api_key
    assert key is not None
    return key


# -- bad bodies ----------------------------------------------------------------------------------------

ODD = st.sampled_from(
    [None, True, 0, -1, 1 << 63, 1e308, float("nan"), "", "\x00", "\ud800", "x" * 5000, [], {}, [[]], {"": {}}]
)
ANYTHING = st.recursive(
    ODD | st.text(max_size=20) | st.integers() | st.floats(), lambda inner: st.lists(inner, max_size=3), max_leaves=5
)


@st.composite
def bad_bodies(draw: st.DrawFn, body: bytes) -> bytes:
    """The body with something in it changed, or none of it left."""
    way = draw(st.sampled_from(["random", "bytes", "value", "value", "value", "deep"]))
    if way == "random":
        return draw(st.binary(max_size=400))
    if way == "deep":
        return b"[" * draw(st.integers(1, 20_000))
    try:
        document = json.loads(body) if way == "value" else None
    except ValueError:
        document = None
    if document is None:
        begin, end = sorted((draw(st.integers(0, len(body))), draw(st.integers(0, len(body)))))
        return body[:begin] + draw(st.binary(max_size=20)) + body[end:]
    for _ in range(draw(st.integers(1, 3))):
        document = _changed(draw, document)
    return json.dumps(document).encode()


def _changed(draw: st.DrawFn, document: Any) -> Any:
    """The document with one value in it changed, left out or put in under another name."""
    if not isinstance(document, (dict, list)) or not document or draw(st.integers(0, 5)) == 0:
        return draw(ANYTHING)
    keys = list(document) if isinstance(document, dict) else list(range(len(document)))
    key = draw(st.sampled_from(keys))
    changed = dict(document) if isinstance(document, dict) else list(document)
    if draw(st.integers(0, 5)) == 0:
        del changed[key]
    else:
        changed[key] = _changed(draw, changed[key])
    return changed


@st.composite
def bad_frames(draw: st.DrawFn) -> bytes | str:
    """What a page's socket may be sent: text, noise, and a wish for a page with anything in its fields."""
    way = draw(st.sampled_from(["text", "random", "page", "page", "bytes"]))
    if way == "text":
        return draw(st.text(max_size=50))
    if way == "random":
        return draw(st.binary(max_size=200))
    message = BackMsg()
    rerun = message.rerun_script
    text = st.text(max_size=30)
    rerun.page_name = draw(st.sampled_from(["", "Room", "Admin", "Home", "../x"]) | text)
    rerun.query_string = draw(st.sampled_from(["", "room=x", "room=%00", "room=&room="]) | text)
    rerun.page_script_hash = draw(st.just("") | text)
    rerun.fragment_id = draw(st.just("") | text)
    if draw(st.booleans()):
        state = rerun.widget_states.widgets.add()
        state.id = draw(text)
        kind = draw(st.sampled_from(["string_value", "json_value"]))
        setattr(state, kind, draw(text))
    frame = bytes(message.SerializeToString())
    cut = draw(st.integers(0, len(frame)))
    return frame if way == "page" else frame[:cut] + draw(st.binary(max_size=5)) + frame[cut:]
