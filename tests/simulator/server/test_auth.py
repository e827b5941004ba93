from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachroom.simulator.server.auth import SIGNED_URL_SECONDS, UrlSigner, key_matches, same_host

NOW = 1_700_000_000


def test_a_signature_opens_its_agent_for_fifteen_minutes() -> None:
    signatures = UrlSigner("secret")
    signature = signatures.make("a", NOW)
    assert signatures.admit(signature, "a", NOW) == ""
    assert signatures.admit(signature, "a", NOW + SIGNED_URL_SECONDS - 1) == ""
    assert signatures.admit(signature, "a", NOW + SIGNED_URL_SECONDS) is None
    assert signatures.admit(signature, "b", NOW) is None
    assert UrlSigner("other").admit(signature, "a", NOW) is None


def test_a_signature_for_one_conversation_works_once() -> None:
    signatures = UrlSigner("secret")
    signature = signatures.make("a", NOW, "conv_1")
    assert signatures.admit(signature, "a", NOW) == "conv_1"
    assert signatures.admit(signature, "a", NOW) is None


@given(st.text(), st.text())
def test_nothing_else_opens(signature: str, agent_id: str) -> None:
    assert UrlSigner("secret").admit(signature, agent_id, NOW) is None


@pytest.mark.parametrize(
    ("expected", "given_key", "opens"), [("k", "k", True), ("k", "x", False), ("k", None, False), (None, "k", False)]
)
def test_keys(expected: str | None, given_key: str | None, opens: bool) -> None:
    assert key_matches(expected, given_key) is opens


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [(None, True), ("https://room.example", True), ("https://evil.example", False), ("null", False), ("", False)],
)
def test_origins(origin: str | None, allowed: bool) -> None:
    assert same_host(origin, "Room.example") is allowed
