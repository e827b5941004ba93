"""Signed tokens: none can be forged, none stands for another, none leads away from us."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import TimestampSigner

from coachroom.people.signed_tokens import ReportPass, SignedTokens, safe_path
from tests.services import SECRET

DAY = 24 * 3600


@pytest.fixture
def tokens() -> SignedTokens:
    return SignedTokens(SECRET, longest_sign_in=timedelta(days=20))


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    moment = int(time.time() + seconds)
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _: moment)


def test_a_token_says_what_was_written_on_it(tokens: SignedTokens) -> None:
    assert tokens.verify_sign_in(tokens.issue_sign_in("sign-in")) == "sign-in"
    assert tokens.verify_next(tokens.issue_next("/room/abc?x=1")) == "/room/abc?x=1"
    assert tokens.verify_report(tokens.issue_report("session", "sign-in")) == ReportPass("session", "sign-in")


def test_no_token_is_accepted_as_another_kind(tokens: SignedTokens) -> None:
    sign_in, go_on, report = (
        tokens.issue_sign_in("sign-in"),
        tokens.issue_next("/a"),
        tokens.issue_report("session", "sign-in"),
    )
    assert tokens.verify_sign_in(go_on) is tokens.verify_sign_in(report) is None
    assert tokens.verify_report(go_on) is tokens.verify_report(sign_in) is None
    assert tokens.verify_next(sign_in) == tokens.verify_next(report) == "/"


@pytest.mark.parametrize(
    "forged", ["", "x", "a.b.c", "..", "\x00", "\ud800", "\u202e", "é.é.é", "ImFuYSI.aaaaaa.bbbbbb", "a" * 100_000]
)
def test_a_forged_token_is_worth_nothing(tokens: SignedTokens, forged: str) -> None:
    assert tokens.verify_sign_in(forged) is None
    assert tokens.verify_report(forged) is None
    assert tokens.verify_next(forged) == "/"


def test_no_token_is_worth_nothing(tokens: SignedTokens) -> None:
    assert tokens.verify_sign_in(None) is None
    assert tokens.verify_next(None) == "/"


def test_a_changed_token_and_one_of_another_server_are_refused(tokens: SignedTokens) -> None:
    token = tokens.issue_sign_in("sign-in")
    for place in range(0, len(token), 7):
        other = "A" if token[place] != "A" else "B"
        assert tokens.verify_sign_in(token[:place] + other + token[place + 1 :]) is None
    other_server = SignedTokens("another secret of more than 32 characters", longest_sign_in=timedelta(days=20))
    assert other_server.verify_sign_in(token) is None


def test_tokens_expire(tokens: SignedTokens, monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in, go_on, report = (
        tokens.issue_sign_in("sign-in"),
        tokens.issue_next("/a"),
        tokens.issue_report("session", "sign-in"),
    )
    later(monkeypatch, 16 * 60)
    assert tokens.verify_next(go_on) == "/"
    assert tokens.verify_report(report) == ReportPass("session", "sign-in")
    later(monkeypatch, 2 * DAY + 60)
    assert tokens.verify_report(report) is None
    assert tokens.verify_sign_in(sign_in) == "sign-in"
    later(monkeypatch, 20 * DAY + 60)
    assert tokens.verify_sign_in(sign_in) is None


@pytest.mark.parametrize(
    "path", ["/", "/room/abc", "/Room?room=a-b_c&x=1", "/a//b", "/%2f%2fevil", "/ä", "/a#b", "/a:b"]
)
def test_a_path_of_ours_is_kept(tokens: SignedTokens, path: str) -> None:
    assert safe_path(path) == path
    assert tokens.verify_next(tokens.issue_next(path)) == path


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
def test_a_path_that_leads_elsewhere_leads_home(tokens: SignedTokens, path: str) -> None:
    assert safe_path(path) == "/"
    assert tokens.verify_next(tokens.issue_next(path)) == "/"


@given(st.text(st.sampled_from("/\\:@.?#%\t\n\r\x00 aeh"), max_size=8))
def test_no_path_leads_to_another_site(path: str) -> None:
    kept = safe_path(path)
    # As browsers read it: tabs and line breaks go, a backslash is a slash.
    read = kept.replace("\t", "").replace("\n", "").replace("\r", "").replace("\\", "/")
    assert read.startswith("/")
    assert not read.startswith("//")
