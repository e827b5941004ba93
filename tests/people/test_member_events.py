"""What a hook says of a member: the spellings that come, and what is no event."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachroom.errors import CoachroomError
from coachroom.people.member_events import FORM, MemberEvent, MemberEventError, MemberEventKind, read_member_event

# As a public handler of Skool's trigger receives it.
SEEN = {
    "firstName": "Ana",
    "lastName": "Silva",
    "email": "Ana.Silva@Example.com",
    "transactionId": "txn_42",
    "subscriptionDate": "2026-04-27",
}


def read(fields: Any, *, form: bool = False, kind: str | None = None) -> MemberEvent:
    if form:
        return read_member_event(urlencode(fields).encode(), f"{FORM}; charset=utf-8", kind=kind)
    return read_member_event(json.dumps(fields).encode(), "application/json", kind=kind)


@pytest.mark.parametrize("form", [False, True])
def test_what_skool_sends_is_a_new_paid_member(form: bool) -> None:
    event = read(SEEN, form=form)
    assert event.kind is MemberEventKind.PAID
    assert (event.row.email, event.row.display_name) == ("ana.silva@example.com", "Ana Silva")
    assert event.row.joined_at == datetime(2026, 4, 27)
    # A payment's id is neither the member's on Skool nor the event's.
    assert (event.row.member_id, event.id) == (None, None)


@pytest.mark.parametrize(
    "names",
    [
        ("First Name", "LAST_NAME", "E-Mail"),
        ("first_name", "last name", "Email Address"),
        ("Vorname", "Nachname", "mail"),
    ],
)
def test_fields_are_found_however_they_are_spelled(names: tuple[str, str, str]) -> None:
    event = read(dict(zip(names, ("Ana", "Silva", "ana@example.com"), strict=True)))
    assert (event.row.email, event.row.display_name) == ("ana@example.com", "Ana Silva")


@pytest.mark.parametrize(
    "answers",
    [
        {"Question1": "Why?", "Answer1": "To sleep"},
        {"question_1": "Why?", "answer 1": "To sleep"},
        {"answers": [{"question": "Why?", "answer": "To sleep"}]},
        {"Why?": "To sleep"},
    ],
)
def test_answers_are_read_as_the_import_reads_them(answers: dict[str, Any]) -> None:
    event = read({"email": "ana@example.com", **answers})
    assert event.kind is MemberEventKind.ANSWERED
    assert json.loads(event.row.answers or "") == {"Why?": "To sleep"}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("member.cancelled", MemberEventKind.CANCELLED),
        ("Canceled", MemberEventKind.CANCELLED),
        ("New paid member", MemberEventKind.PAID),
        ("Answered questions", MemberEventKind.ANSWERED),
    ],
)
def test_the_event_is_named_in_the_body_or_in_the_address(name: str, kind: MemberEventKind) -> None:
    assert read({"email": "a@example.com", "Event": name}).kind is kind
    assert read({"email": "a@example.com"}, kind=name).kind is kind


def test_the_event_has_the_id_that_it_names() -> None:
    assert read({"email": "a@example.com", "event_id": "ev_1"}).id == "ev_1"
    assert (
        read({"email": "a@example.com"}, kind="paid").content == read({"email": "a@example.com"}, kind="paid").content
    )


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "no e-mail address, or several"),
        ({"email": ""}, "the e-mail is missing"),
        ({"email": "ana"}, "'ana' is not an e-mail address"),
        ({"email": ["a@example.com"]}, "no e-mail address, or several"),
        ({"email": "a@example.com", "E-Mail": "b@example.com"}, "no e-mail address, or several"),
        ({"email": "a@example.com", "event": "deleted"}, "There is no event 'deleted': send member.paid"),
        ([SEEN], "neither a form nor one JSON object"),
        ({f"f{n}": "x" for n in range(201)}, "more than 200 fields"),
    ],
)
def test_what_is_no_event_is_said_in_one_sentence(fields: Any, sentence: str) -> None:
    with pytest.raises(CoachroomError, match=sentence):
        read(fields)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)
NAMES = (
    st.sampled_from(["email", "event", "answers", "Answer1", "name", "member id", "eventid", "joined"]) | st.text()
)


@given(st.dictionaries(NAMES, VALUES, max_size=8), st.none() | st.text(max_size=20))
def test_any_object_is_an_event_of_one_storable_member_or_a_sentence(
    fields: dict[str, Any], kind: str | None
) -> None:
    try:
        event = read(fields, kind=kind)
    except CoachroomError as error:
        assert str(error).endswith(".")
        return
    assert event.row.email == event.row.email.strip().lower()
    kept = f"{event.row}{event.id}"
    assert "\x00" not in kept
    kept.encode()


@given(st.binary(max_size=300), st.sampled_from([FORM, "application/json", ""]))
def test_any_bytes_are_an_event_or_a_sentence(body: bytes, content_type: str) -> None:
    try:
        read_member_event(body, content_type, kind=None)
    except CoachroomError as error:
        assert len(str(error)) < 400


@pytest.mark.parametrize(
    "body", [b"[" * 60_000, b"9" * 60_000, b'{"email":' + b"[" * 30_000, b"&".join([b"a=b"] * 20_000)]
)
def test_a_body_that_is_made_to_hurt_is_refused(body: bytes) -> None:
    for content_type in (FORM, "application/json"):
        with pytest.raises(MemberEventError):
            read_member_event(body, content_type, kind=None)
