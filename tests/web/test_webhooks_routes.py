"""The address that the agent's provider reports finished calls to: who is believed, and what each answer is."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import socket
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachroom.app.simulator_wiring import PROVIDER_WEBHOOK_PATH as PATH
from coachroom.clock import utc_now
from coachroom.elevenlabs.webhook import Signature, SignatureCheck, SignatureError, read_signature
from coachroom.rooms.states import EndReason, Session
from coachroom.web import webhook_bodies
from coachroom.web.refusals import TooManyAtOnceError
from coachroom.web.throttle import Throttle
from coachroom.web.under_way import UnderWay
from coachroom.web.webhook_bodies import MAX_KEPT_BYTES, WebhookBodies, WebhookBody
from coachroom.web.webhooks_routes import WebhookLog
from tests.recording.documents import AGENT_ID, TALK, WEBHOOK_SECRET, record_document, signed, webhook_body
from tests.services import NOON, enter, report_token, said, status, store_of
from tests.simulator.serving import TEXT_ONLY, until
from tests.simulator.serving import call as practice_call
from tests.web.serving import Served, serving

BEN = "demo-ben"
CALLS = iter(range(10_000))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("told")
    with serving(folder, webhook_secret=WEBHOOK_SECRET, agent_id=AGENT_ID) as running:
        yield running


@pytest.fixture
def session(served: Served) -> Iterator[Session]:
    found = enter(served.services, BEN, "tab of ben")
    yield found
    served.services.sessions.end(found.id, EndReason.CLIENT)


def a_call() -> str:
    return f"conv_web{next(CALLS)}"


def tell(served: Served, body: bytes, headers: dict[str, str] | None = None) -> httpx.Response:
    return httpx.post(
        f"{served.origin}/webhooks/elevenlabs",
        content=body,
        headers=signed(body, utc_now()) if headers is None else headers,
    )


def body_about(call: str, user: str = BEN, **more: object) -> bytes:
    began = utc_now() - timedelta(minutes=1)
    return webhook_body(record_document(TALK, call=call, user=user, began=began, **more))  # type: ignore[arg-type]


def kept(served: Served, call: str) -> list[tuple]:
    return store_of(served.services).execute(
        "SELECT session_id, client_id, filed FROM provider_records WHERE conversation_id = $1", [call]
    )


def words(served: Served, session: Session) -> list[str]:
    return [turn.message for turn in served.services.intake.turns(session.id)]


def test_a_record_that_names_its_session_is_on_disk_when_it_is_acknowledged_and_used_soon(
    served: Served, session: Session
) -> None:
    call = a_call()
    answer = tell(served, body_about(call, session_id=session.id))
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert kept(served, call)[0][:2] == (session.id, BEN)
    until(lambda: len(words(served, session)) == len(TALK))


def test_the_same_again_changes_nothing(served: Served, session: Session) -> None:
    call = a_call()
    body = body_about(call, session_id=session.id)
    headers = signed(body, utc_now())
    assert tell(served, body, headers).status_code == 200
    until(lambda: kept(served, call)[0][2])
    before = store_of(served.services).execute("SELECT * FROM provider_records ORDER BY conversation_id")
    for _ in range(3):
        assert tell(served, body, headers).status_code == 200
    assert store_of(served.services).execute("SELECT * FROM provider_records ORDER BY conversation_id") == before


@pytest.mark.parametrize("spoiled", ["nothing", "no signature", "another secret", "another body", "no number"])
def test_what_is_not_signed_is_refused_and_not_kept(served: Served, spoiled: str) -> None:
    call = a_call()
    body = body_about(call)
    headers = {
        "nothing": {},
        "no signature": {"ElevenLabs-Signature": f"t={int(utc_now().timestamp())}"},
        "another secret": signed(body, utc_now(), "another secret"),
        "another body": signed(body + b" ", utc_now()),
        "no number": {"ElevenLabs-Signature": "t=now,v0=" + "0" * 64},
    }[spoiled]
    assert tell(served, body, headers).status_code == 401
    assert kept(served, call) == []


def test_what_is_stale_is_refused_though_it_is_signed(served: Served) -> None:
    call = a_call()
    body = body_about(call)
    assert tell(served, body, signed(body, utc_now() - timedelta(minutes=31))).status_code == 401
    assert kept(served, call) == []


def in_parts(body: bytes, size: int = 65_536) -> Iterator[bytes]:
    """The body without a stated length."""
    for begin in range(0, len(body), size):
        yield body[begin : begin + size]


def test_what_is_too_large_is_refused_whether_it_says_so_or_not(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_bodies, "MAX_WEBHOOK_BYTES", MAX_KEPT_BYTES + 100_000)
    body = b"x" * (MAX_KEPT_BYTES + 300_000)
    for content in (body, in_parts(body)):
        answer = httpx.post(f"{served.origin}{PATH}", content=content, headers=signed(body, utc_now()))
        assert answer.status_code == 413


AUDIO = b"QUJD" * 5_000_000


@pytest.fixture
def at_full_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bodies are read as fast as they come."""

    async def at_once(*_: object) -> None:
        pass

    monkeypatch.setattr(Throttle, "take", at_once)


@pytest.mark.usefixtures("at_full_speed")
@pytest.mark.parametrize("stated", [True, False])
@pytest.mark.parametrize(
    "body",
    [
        b'{"type": "post_call_audio", "data": {"full_audio": "' + AUDIO + b'"}}',
        b'{"data": {"full_audio": "' + AUDIO + b'"}, "type": "post_call_audio"}',
        b'{ "type":"of_next_year", "data": "' + AUDIO[:3_000_000] + b'"}',
    ],
    ids=["type first", "type last", "unknown"],
)
def test_a_large_body_that_is_rightly_signed_is_taken_and_a_wrongly_signed_one_is_not(
    served: Served, body: bytes, stated: bool
) -> None:
    for headers, status_code in ((signed(body, utc_now()), 200), (signed(body + b" ", utc_now()), 401)):
        content = body if stated else in_parts(body)
        assert (
            httpx.post(f"{served.origin}{PATH}", content=content, headers=headers, timeout=60).status_code
            == status_code
        )


def read_parts(
    parts: Iterator[bytes], check: SignatureCheck, bodies: WebhookBodies | None = None, sender: str = "one"
) -> WebhookBody:
    async def stream() -> AsyncIterator[bytes]:
        for part in parts:
            yield part

    bodies = bodies or WebhookBodies()
    with bodies.all.one(sender) as reception:
        return asyncio.run(bodies.read_parts(stream(), check, reception, sender))


def test_nothing_of_a_large_body_is_kept() -> None:
    check = SignatureCheck(Signature(0, ()), WEBHOOK_SECRET)

    def audio() -> Iterator[bytes]:
        yield b'{"type":"post_call_audio","data":{"full_audio":"'
        for _ in range(400):
            yield bytes(65_536)

    tracemalloc.start()
    try:
        assert read_parts(audio(), check).kept is None
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


@given(
    kind=st.sampled_from(["post_call_transcription", "post_call_audio", "of_next_year", '"', "é"]),
    type_first=st.booleans(),
    filler=st.integers(0, 3_000),
    size=st.integers(1, 2_000),
    spoiled=st.booleans(),
)
def test_however_a_body_comes_its_signature_is_checked_and_a_transcript_is_kept(
    kind: str, type_first: bool, filler: int, size: int, spoiled: bool
) -> None:
    rest = {"data": {"type": "post_call_audio", "x": "y" * filler}}
    document = {"type": kind, **rest} if type_first else {**rest, "type": kind}
    body = json.dumps(document).encode()
    signature = read_signature(signed(body + b" " * spoiled, NOON)["ElevenLabs-Signature"], NOON)
    check = SignatureCheck(signature, WEBHOOK_SECRET)
    read = read_parts(in_parts(body, size), check)
    if spoiled:
        with pytest.raises(SignatureError):
            check.finish()
        return
    check.finish()
    assert read.kept is None or bytes(read.kept) == body
    if kind == "post_call_transcription":
        assert read.kept is not None


def raw(served: Served, *sent: bytes, wait: float = 5) -> bytes:
    """What the server answers to these bytes, sent one after the other."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=wait) as line:
        with contextlib.suppress(OSError):
            for part in sent:
                line.sendall(part)
        answer = b""
        with contextlib.suppress(OSError):
            while part := line.recv(65_536):
                answer += part
        return answer


def head(body: bytes, **more: object) -> bytes:
    lines = {
        "Host": "127.0.0.1",
        **signed(body, utc_now()),
        **{name.replace("_", "-"): str(v) for name, v in more.items()},
    }
    return (
        f"POST {PATH} HTTP/1.1\r\n".encode() + b"".join(f"{k}: {v}\r\n".encode() for k, v in lines.items()) + b"\r\n"
    )


@pytest.mark.parametrize(
    "attack", ["slow", "too long a length", "no length", "too short a length", "cut off", "header"]
)
def test_a_body_that_does_not_come_as_it_says_holds_nobody_up(
    served: Served, monkeypatch: pytest.MonkeyPatch, attack: str
) -> None:
    monkeypatch.setattr(webhook_bodies, "BODY_SECONDS", 0.4)
    body = webhook_body({"x": "y"}, "of_next_year")
    match attack:
        case "slow":
            answer = raw(served, head(body, Transfer_Encoding="chunked"), b"1\r\n{\r\n", wait=8)
            assert b" 408 " in answer
        case "too long a length":
            assert b" 408 " in raw(served, head(body, Content_Length=len(body) + 5), body, wait=8)
        case "no length":
            assert b" 401 " in raw(served, head(body, Connection="close"))
        case "too short a length":
            assert b" 401 " in raw(served, head(body, Content_Length=len(body) - 3, Connection="close"), body[:-3])
        case "cut off":
            assert raw(served, head(body, Content_Length=len(body)), body[:5], wait=0.1) == b""
        case "header":
            assert b" 200 " not in raw(served, head(body, X_Large="x" * 2_000_000), body)
    assert tell(served, body).status_code == 200


def test_what_is_large_or_deep_and_signed_is_answered_at_once(served: Served) -> None:
    long = webhook_body({"conversation_id": "x", "transcript": ["y"] * 200_000})
    deep = b'{"type": "post_call_transcription", "data": ' + b"[" * 100_000
    number = b'{"type": "post_call_transcription", "data": ' + b"9" * 1_000_000 + b"}"
    for body in (long, deep, number):
        assert tell(served, body).status_code == 400


def test_large_bodies_leave_room_for_the_others() -> None:
    bodies = WebhookBodies()
    bodies.large = UnderWay(in_all=2, from_each=1, max_bytes=0)
    large = b'{"type":"post_call_audio","data":"' + AUDIO + b'"}'

    def read(body: bytes, sender: str) -> WebhookBody:
        return read_parts(in_parts(body), SignatureCheck(Signature(0, ()), WEBHOOK_SECRET), bodies, sender)

    with bodies.large.one("one"):
        with pytest.raises(TooManyAtOnceError):
            read(large, "one")
        assert read(large, "another").kept is None
        assert read(large[:1000], "one").type == "post_call_audio"


def test_transcripts_whose_signature_is_not_known_yet_hold_a_bounded_memory() -> None:
    bodies = WebhookBodies()
    transcript = b'{"type":"post_call_transcription","data":"' + b"x" * (MAX_KEPT_BYTES - 1000)
    check = SignatureCheck(Signature(0, ()), WEBHOOK_SECRET)
    with contextlib.ExitStack() as held:
        with pytest.raises(TooManyAtOnceError):
            for number in range(20):
                held.enter_context(bodies.all.one(f"sender {number}")).hold(len(transcript))
        with pytest.raises(TooManyAtOnceError):
            read_parts(in_parts(transcript), check, bodies)
    assert (bodies.all.count, bodies.all.bytes) == (0, 0)
    read_parts(in_parts(transcript), check, bodies)


def test_a_wrong_signature_is_logged_once_an_hour_with_a_hint(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    notes = WebhookLog()
    with caplog.at_level(logging.WARNING, logger="coachroom.web.webhooks_routes"):
        for minutes in (0, 1, 59, 60, 61, 119, 121):
            notes.refused(SignatureError("Not ours."), NOON + timedelta(minutes=minutes))
    assert caplog.text.count("COACHROOM_WEBHOOK_SECRET") == 3


def test_what_is_signed_and_cannot_be_read_is_a_bad_request(served: Served) -> None:
    whole = body_about(a_call())
    for body in (b"", whole[: len(whole) // 2], b"[]", webhook_body({"conversation_id": "x"})):
        answer = tell(served, body)
        assert answer.status_code == 400
        assert answer.text.startswith("This ")


def test_audio_and_types_that_nobody_knows_are_taken_and_dropped(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    before = store_of(served.services).execute("SELECT count(*) FROM provider_records")
    with caplog.at_level(logging.INFO, logger="coachroom.web.webhooks_routes"):
        for kind in ("post_call_audio", "call_initiation_failure", "of_tomorrow", "of_tomorrow"):
            assert tell(served, webhook_body({"full_audio": "AAAA"}, kind)).status_code == 200
    assert store_of(served.services).execute("SELECT count(*) FROM provider_records") == before
    assert caplog.text.count("of_tomorrow") == 1


def test_a_call_that_nobody_knows_is_kept_until_its_page_names_it(served: Served, session: Session) -> None:
    call = a_call()
    assert tell(served, body_about(call)).status_code == 200
    assert kept(served, call) == [(None, BEN, False)]
    now = utc_now()
    content = [status(1, "connected", now, call), said(2, TALK[1][1], at=now, conversation_id=call)]
    document = {"token": report_token(served.services, session), "epoch": "page-1", "events": content}
    answer = httpx.post(
        f"{served.origin}/room/{session.room_id}/events", json=document, headers={"origin": served.origin}
    )
    assert answer.status_code == 200
    assert kept(served, call) == [(session.id, BEN, True)]
    assert len(words(served, session)) == len(TALK)


def test_a_record_that_names_another_clients_session_changes_nothing(served: Served, session: Session) -> None:
    call = a_call()
    assert tell(served, body_about(call, user="demo-ana", session_id=session.id)).status_code == 200
    assert kept(served, call) == [(None, "demo-ana", False)]
    assert words(served, session) == []


def test_calls_of_other_agents_of_the_account_are_not_kept(served: Served) -> None:
    call = a_call()
    assert tell(served, body_about(call, agent_id="agent_of_the_shop")).status_code == 200
    assert kept(served, call) == []


def test_one_address_that_sends_many_at_once_is_asked_to_come_back_and_others_are_not(served: Served) -> None:
    body = body_about(a_call())
    with contextlib.ExitStack() as lines:
        for _ in range(64):
            line = lines.enter_context(socket.create_connection(("127.0.0.1", served.port)))
            line.sendall(head(body, Content_Length=len(body)) + body[:1])
        answer = until(lambda: (told := tell(served, body)).status_code == 503 and told)
        assert answer.headers["retry-after"] == "5"
        other = signed(body, utc_now()) | {"x-forwarded-for": "203.0.113.9"}
        assert tell(served, body, other).status_code == 200
    until(lambda: tell(served, body).status_code == 200)


def test_without_a_secret_the_address_does_not_exist(served: Served) -> None:
    body = body_about(a_call())
    headers = signed(body, utc_now(), "")
    object.__setattr__(served.services, "webhook_secret", None)
    try:
        assert tell(served, body, headers).status_code == 404
    finally:
        object.__setattr__(served.services, "webhook_secret", served.services.settings.webhook_secret)


@pytest.mark.parametrize("duplicate", [False, True])
def test_the_practice_agent_tells_of_its_calls_by_the_same_way(
    served: Served, session: Session, duplicate: bool
) -> None:
    practice = served.services.practice
    assert practice is not None
    practice.faults.duplicate_webhooks = duplicate
    address = f"ws://127.0.0.1:{served.port}/practice/v1/convai/conversation?agent_id={AGENT_ID}"
    initiation = {"user_id": BEN, "dynamic_variables": {"visit": session.id}}
    try:
        with practice_call(None, url=address, **TEXT_ONLY, **initiation) as caller:  # type: ignore[arg-type]
            caller.hear("agent_response")
            caller.type("Remember that my sister lives in Lisbon.")
            caller.hear("agent_response")
        # The session goes on, so nobody asks: what comes is told.
        until(lambda: "Remember that my sister lives in Lisbon." in words(served, session))
    finally:
        practice.faults.duplicate_webhooks = False
    assert "my sister lives in Lisbon" in [memory.text for memory in served.services.coaching.memory.list_for(BEN)]
    state = "SELECT record FROM agent_conversations WHERE session_id = $1"
    until(lambda: store_of(served.services).execute(state, [session.id]) == [("complete",)])
