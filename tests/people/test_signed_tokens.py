"""Signed slips: none can be forged, none stands for another, none leads away from us."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import TimestampSigner

from coachroom.people.signed_tokens import SignedTokens, safe_path
from tests.services import SECRET

DAY = 24 * 3600


@pytest.fixture
def passes() -> SignedTokens:
    return SignedTokens(SECRET)


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    moment = int(time.time() + seconds)
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _: moment)


def test_a_slip_says_what_was_written_on_it(passes: SignedTokens) -> None:
    assert passes.signed_in(passes.sign_in("ana@example.com")) == "ana@example.com"
    assert passes.next_path(passes.go_on_to("/room/abc?x=1")) == "/room/abc?x=1"
    assert passes.reported(passes.report("session")) == "session"


def test_no_slip_stands_for_another_kind(passes: SignedTokens) -> None:
    sign_in, go_on, report = passes.sign_in("ana@example.com"), passes.go_on_to("/a"), passes.report("session")
    assert passes.signed_in(go_on) is passes.signed_in(report) is None
    assert passes.reported(go_on) is passes.reported(sign_in) is None
    assert passes.next_path(sign_in) == passes.next_path(report) == "/"


@pytest.mark.parametrize(
    "forged", ["", "x", "a.b.c", "..", "\x00", "\ud800", "\u202e", "é.é.é", "ImFuYSI.aaaaaa.bbbbbb", "a" * 100_000]
)
def test_a_forged_slip_is_worth_nothing(passes: SignedTokens, forged: str) -> None:
    assert passes.signed_in(forged) is None
    assert passes.reported(forged) is None
    assert passes.next_path(forged) == "/"


def test_no_slip_is_worth_nothing(passes: SignedTokens) -> None:
    assert passes.signed_in(None) is None
    assert passes.next_path(None) == "/"


def test_a_changed_slip_and_one_from_another_house_are_worth_nothing(passes: SignedTokens) -> None:
    slip = passes.sign_in("ana@example.com")
    for place in range(0, len(slip), 7):
        other = "A" if slip[place] != "A" else "B"
        assert passes.signed_in(slip[:place] + other + slip[place + 1 :]) is None
    assert SignedTokens("another secret of more than 32 characters").signed_in(slip) is None


def test_slips_grow_old(passes: SignedTokens, monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in, go_on, report = passes.sign_in("ana@example.com"), passes.go_on_to("/a"), passes.report("session")
    later(monkeypatch, 16 * 60)
    assert passes.next_path(go_on) == "/"
    assert passes.reported(report) == "session"
    later(monkeypatch, 2 * DAY + 60)
    assert passes.reported(report) is None
    assert passes.signed_in(sign_in) == "ana@example.com"
    later(monkeypatch, 30 * DAY + 60)
    assert passes.signed_in(sign_in) is None


@pytest.mark.parametrize(
    "path", ["/", "/room/abc", "/Room?room=a-b_c&x=1", "/a//b", "/%2f%2fevil", "/ä", "/a#b", "/a:b"]
)
def test_a_path_of_ours_is_kept(passes: SignedTokens, path: str) -> None:
    assert safe_path(path) == path
    assert passes.next_path(passes.go_on_to(path)) == path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "room",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/a\\b",
        "https://evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        " /room",
        "/\t/evil.example",
        "/\n/evil.example",
        "/room\r\nSet-Cookie: a=b",
        "/a b",
        "/\x00",
    ],
)
def test_a_path_that_leads_elsewhere_leads_home(passes: SignedTokens, path: str) -> None:
    assert safe_path(path) == "/"
    assert passes.next_path(passes.go_on_to(path)) == "/"


@given(st.text(st.sampled_from("/\\:@.?#%\t\n\r\x00 aeh"), max_size=8))
def test_no_path_leads_to_another_site(path: str) -> None:
    kept = safe_path(path)
    # As browsers read it: tabs and line breaks go, a backslash is a slash.
    read = kept.replace("\t", "").replace("\n", "").replace("\r", "").replace("\\", "/")
    assert read.startswith("/")
    assert not read.startswith("//")
