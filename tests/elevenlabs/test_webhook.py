"""A webhook is believed where it is signed with our secret and fresh; what it says is read strictly."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from elevenlabs import ElevenLabs

from coachroom.clock import utc_now
from coachroom.elevenlabs.call_record import CallRecordError, CriterionResult, from_json, read_record
from coachroom.elevenlabs.webhook import (
    TOLERANCE,
    SignatureCheck,
    SignatureError,
    WebhookError,
    read_signature,
    read_webhook,
)
from coachroom.rooms.states import Sender
from coachroom.simulator.call.protocol import Start
from coachroom.simulator.server import webhook as practice
from coachroom.simulator.server.archive import PracticeCall, PracticeTurn
from tests.recording.documents import (
    TALK,
    WEBHOOK_SECRET,
    after,
    analysis_document,
    record_document,
    signature,
    unix,
    webhook_body,
)
from tests.services import ANA, CALL, NOON

BODY = webhook_body(record_document())


def check(header: str | None, body: bytes = BODY, now: datetime = NOON) -> None:
    check = SignatureCheck(read_signature(header, now), WEBHOOK_SECRET)
    check.update(body)
    check.finish()


def test_what_is_signed_with_our_secret_is_believed() -> None:
    check(signature(BODY, NOON))
    check(signature(BODY, NOON), now=NOON + TOLERANCE)
    check(signature(BODY, NOON), now=NOON - TOLERANCE)


def test_what_the_practice_agent_signs_the_official_sdk_and_we_believe() -> None:
    record = PracticeCall(
        "conv_a", "agent", NOON, Start(user_id=ANA), status="done", turns=[PracticeTurn("user", "Hi", 1.0, 1)]
    )
    now = utc_now()
    body, headers = practice.sign_post_call(record, secret=WEBHOOK_SECRET, now=unix(now))
    header = headers["ElevenLabs-Signature"]
    check(header, body, now)
    theirs = ElevenLabs(api_key="none").webhooks.construct_event(body.decode(), header, WEBHOOK_SECRET)
    told = read_webhook(body).record
    assert told is not None
    assert theirs["data"]["conversation_id"] == told.conversation_id == "conv_a"
    assert [turn.message for turn in told.turns] == ["Hi"]


def test_one_good_signature_of_several_is_enough() -> None:
    time, good = signature(BODY, NOON).split(",")
    check(f"{time},v0={'0' * 64},{good},v0=x")
    check(f"{time}, {good}, v1=whatever")


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "t=,v0=",
        "v0=" + "0" * 64,
        f"t={unix(NOON)}",
        f"t={unix(NOON)},v0=",
        f"t={unix(NOON)},v0={'0' * 64}",
        f"t={unix(NOON)},v0=\u00e4",
        "t=yesterday,v0=" + "0" * 64,
        "t=\u0661\u0662,v0=" + "0" * 64,
        "t=" + "9" * 400 + ",v0=" + "0" * 64,
        "t=-1,v0=0",
        signature(BODY, NOON, "another secret"),
        signature(BODY + b" ", NOON),
        signature(BODY, NOON).upper(),
        signature(BODY, NOON) + f",t={unix(NOON)}",
        signature(BODY, NOON).replace(str(unix(NOON)), str(unix(NOON) + 1)),
    ],
)
def test_any_other_signature_is_refused(header: str | None) -> None:
    with pytest.raises(SignatureError):
        check(header)


def test_what_is_stale_or_of_the_future_is_refused_though_it_is_signed() -> None:
    with pytest.raises(SignatureError, match="too old"):
        check(signature(BODY, NOON), now=after(TOLERANCE.total_seconds() + 1))
    with pytest.raises(SignatureError):
        check(signature(BODY, NOON), now=after(-TOLERANCE.total_seconds() - 1))


def test_other_types_say_nothing_but_their_type() -> None:
    for kind in ("post_call_audio", "call_initiation_failure", "something new"):
        told = read_webhook(webhook_body({"full_audio": "AAAA", "conversation_id": CALL}, kind))
        assert (told.type, told.record) == (kind, None)


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff", BODY[:-1], b"[]", b"null", b'"x"', b"{}", b'{"type": 1}', b"[" * 100_000],
    ids=lambda body: repr(body[:12]),
)
def test_what_cannot_be_read_is_refused_in_a_sentence(body: bytes) -> None:
    with pytest.raises(WebhookError):
        read_webhook(body)


@pytest.mark.parametrize(
    "change",
    [
        {"conversation_id": None},
        {"conversation_id": ""},
        {"conversation_id": "x" * 1000},
        {"transcript": None},
        {"transcript": [1]},
        {"transcript": [{"role": "user", "message": 5, "time_in_call_secs": 1}]},
        {"transcript": [{"role": "user", "message": "Hi"}]},
        {"transcript": [{"role": "user", "message": "Hi", "time_in_call_secs": "soon"}]},
        {"metadata": None},
        {"metadata": {"start_time_unix_secs": 10**30}},
        {"metadata": {"start_time_unix_secs": "now"}},
        {"status": []},
    ],
    ids=str,
)
def test_a_record_that_is_none_is_refused(change: dict) -> None:
    with pytest.raises(CallRecordError):
        read_webhook(webhook_body(record_document() | change))
    with pytest.raises(CallRecordError):
        read_webhook(webhook_body("no record"))


def test_a_record_is_read_whole() -> None:
    document = record_document(
        analysis=analysis_document("She sleeps.", "success", "failure", client_facts="a\nb", confidence_after=7),
        session_id="the session",
    )
    record = read_record(document)
    assert (record.conversation_id, record.user_id, record.session_id, record.settled) == (
        CALL,
        ANA,
        "the session",
        True,
    )
    assert [turn.sender for turn in record.turns] == [Sender.AGENT, Sender.CLIENT, Sender.AGENT, Sender.CLIENT]
    assert record.ended_at == after(TALK[-1][2])
    assert record.analysis is not None
    assert record.analysis.collected == {"client_facts": "a\nb", "confidence_after": 7}
    assert record.analysis.criteria == {"next_step": CriterionResult("failure", "because")}
    assert from_json(record.to_json(), record.analysis_json(), struck=False) == record


def test_an_analysis_of_strange_things_breaks_nothing() -> None:
    strange = {
        "transcript_summary": ["?"],
        "call_successful": 12,
        "data_collection_results": {
            "": {},
            "a": 1,
            "b": {"value": {"c": 1}},
            "c": {"value": True},
            "d": {"value": 1e300},
        },
        "evaluation_criteria_results": "none",
    }
    record = read_record(record_document(analysis=strange))
    assert record.analysis is not None
    assert (record.analysis.summary, record.analysis.successful, record.analysis.collected) == ("", "unknown", {})
    assert read_record(record_document(analysis=[])).analysis is None  # type: ignore[arg-type]


def test_words_that_no_database_takes_are_read_as_signs_that_something_was_there() -> None:
    body = webhook_body(record_document([("user", "cut \ud83d here\x00", 1)]))
    told = read_webhook(body).record
    assert told is not None
    assert told.turns[0].message == "cut \ufffd here\ufffd"
    assert from_json(told.to_json(), told.analysis_json(), struck=False) == told


def test_a_record_that_lacks_what_it_counts_is_not_settled() -> None:
    half = record_document(TALK[:2], user_message_count=2, agent_message_count=2)
    assert not read_record(half).settled
    assert read_record(record_document(TALK, user_message_count=2, agent_message_count=2)).settled
    assert read_record(record_document(TALK, user_message_count=None)).settled
    assert not read_record(record_document(TALK, status="processing")).settled


def test_two_records_of_a_call_know_together_what_each_knows_whichever_comes_first() -> None:
    early = read_record(record_document(TALK[:3], status="in-progress", user=None))
    half = read_record(record_document(TALK[:1], analysis=analysis_document("Good.", client_facts="a")))
    late = read_record(record_document(TALK, status="processing", session_id="v"))
    joined = early.joined(half).joined(late)
    for order in ((late, half, early), (half, early, late), (half, late, early)):
        first, second, third = order
        assert first.joined(second).joined(third) == joined
        assert first.joined(second.joined(third)) == joined
    assert joined.joined(joined) == joined
    assert joined.joined(early) == joined
    assert (len(joined.turns), joined.settled, joined.user_id, joined.session_id) == (4, True, ANA, "v")
    assert joined.analysis == half.analysis


def test_the_kept_text_of_a_record_is_canonical() -> None:
    document = record_document(analysis=analysis_document("x", b="1", a="2"))
    turned = json.loads(json.dumps(document, sort_keys=True))
    assert read_record(document).to_json() == read_record(turned).to_json()
