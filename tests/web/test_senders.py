"""The address a request comes from: what our proxies saw, and nothing that the sender says of themselves."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachroom.web.senders import sender_of

PROXIES = (ip_network("127.0.0.1"), ip_network("::1"), ip_network("10.0.0.0/24"))


def sender(peer: str | None, *forwarded: str) -> str:
    headers = [(b"x-forwarded-for", line.encode("latin-1")) for line in forwarded]
    scope = {"type": "http", "client": None if peer is None else (peer, 1234), "headers": headers}
    return sender_of(scope, PROXIES)


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("203.0.113.9", [], "203.0.113.9"),
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        ("127.0.0.1", [], "127.0.0.1"),
        ("127.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["1.1.1.1, 198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["1.1.1.1", "198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["1.1.1.1, 198.51.100.1, 10.0.0.7"], "198.51.100.1"),
        ("127.0.0.1", ["10.0.0.8,10.0.0.7"], "10.0.0.8"),
        ("127.0.0.1", ["198.51.100.1:4711"], "198.51.100.1"),
        ("::1", ["[2001:db8::7]:4711"], "2001:db8::/64"),
        ("::1", ["2001:db8:0:0:ffff::7"], "2001:db8::/64"),
        ("::ffff:127.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["198.51.100.1, unknown"], "127.0.0.1"),
        ("127.0.0.1", [""], "127.0.0.1"),
        ("testclient", ["198.51.100.1"], "unknown"),
        (None, ["198.51.100.1"], "unknown"),
    ],
)
def test_the_right_most_address_that_is_no_proxy_of_ours_asks(
    peer: str | None, forwarded: list[str], expected: str
) -> None:
    assert sender(peer, *forwarded) == expected


@given(st.text(st.characters(max_codepoint=255, exclude_characters="\r\n")))
def test_whatever_a_stranger_says_of_themselves_changes_nothing(claim: str) -> None:
    assert sender("203.0.113.9", claim) == "203.0.113.9"
    assert sender("127.0.0.1", f"{claim}, 198.51.100.1") == "198.51.100.1"
