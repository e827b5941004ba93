"""A notification is sealed as RFC 8291 says, signed as RFC 8292 says, and posted to browsers' push services alone."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from datetime import UTC

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from coachroom.notifications.web_push import (
    MAX_MESSAGE_BYTES,
    PushKeyError,
    PushSubscription,
    VapidKey,
    base64url,
    from_base64url,
    is_push_address,
    read_subscription,
    seal,
)
from tests.notifications.push_house import RFC_AUTH, RFC_PUBLIC, PushBrowser
from tests.services import NOON

ENDPOINT = "https://fcm.googleapis.com/fcm/send/abc:def"


def test_the_example_of_the_rfc_comes_out_to_the_byte() -> None:
    ours = int.from_bytes(from_base64url("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"))
    sealed = seal(
        b"When I grow up, I want to be a watermelon",
        read_subscription(ENDPOINT, RFC_PUBLIC, RFC_AUTH),
        salt=from_base64url("DGv6ra1nlYgDCS1FRnbzlw"),
        ours=ec.derive_private_key(ours, ec.SECP256R1()),
    )
    assert base64url(sealed) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7"
        "A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def test_each_message_is_sealed_anew_and_only_its_browser_opens_it() -> None:
    browser, other = PushBrowser.new(), PushBrowser.new()
    first, second = (seal(b'{"title": "Hello"}', browser.subscription(ENDPOINT)) for _ in range(2))
    assert first != second
    assert browser.open(first) == browser.open(second) == {"title": "Hello"}
    with pytest.raises(Exception):  # noqa: B017 - whatever its library calls it
        other.open(first)


def test_a_message_that_no_service_would_take_is_refused() -> None:
    with pytest.raises(ValueError, match="at most"):
        seal(b"x" * (MAX_MESSAGE_BYTES + 1), PushBrowser.new().subscription(ENDPOINT))


def test_the_service_can_check_who_posts_and_for_how_long() -> None:
    key = VapidKey.new()
    header = key.authorization(ENDPOINT, "https://coach.example.com", NOON)
    token, public = header.removeprefix("vapid t=").split(", k=")
    signed, _, signature = token.rpartition(".")
    head, claims = (json.loads(urlsafe_b64decode(part + "==")) for part in signed.split("."))
    assert head == {"typ": "JWT", "alg": "ES256"}
    assert claims["aud"] == "https://fcm.googleapis.com"
    assert claims["sub"] == "https://coach.example.com"
    assert 0 < claims["exp"] - NOON.replace(tzinfo=UTC).timestamp() <= 24 * 3600
    raw = from_base64url(signature)
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), from_base64url(public))
    point.verify(
        encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:])), signed.encode(), ec.ECDSA(SHA256())
    )


def test_a_key_is_the_same_when_it_is_read_again() -> None:
    key = VapidKey.new()
    assert len(key.text) == 43
    assert len(key.public_text) == 87
    assert VapidKey.read(key.text).public_text == key.public_text


@pytest.mark.parametrize("text", ["", "A" * 43, "_" * 43, "no key", "ü" * 43])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(PushKeyError, match="push-key"):
        VapidKey.read(text)


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [("", RFC_AUTH), ("A" * 87, RFC_AUTH), (RFC_PUBLIC, ""), (RFC_PUBLIC, "AAAA"), (RFC_PUBLIC, "ß"), ("B", "B")],
)
def test_what_are_no_keys_of_a_browser_is_refused(p256dh: str, auth: str) -> None:
    with pytest.raises(PushKeyError, match="cannot be used"):
        read_subscription(ENDPOINT, p256dh, auth)


@pytest.mark.parametrize(
    "endpoint",
    [
        ENDPOINT,
        "https://updates.push.services.mozilla.com/wpush/v2/gAAA",
        "https://web.push.apple.com/QGuQ",
        "https://wns2-par02p.notify.windows.com/w/?token=BQYA",
        "https://FCM.googleapis.com:443/fcm/send/a",
    ],
)
def test_the_browsers_push_services_are_known(endpoint: str) -> None:
    assert is_push_address(endpoint)


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/fcm/send/a",
        "https://fcm.googleapis.com.evil.example/a",
        "https://evil.example/fcm.googleapis.com",
        "https://fcm.googleapis.com@evil.example/a",
        "https://me:pw@fcm.googleapis.com/a",
        "https://fcm.googleapis.com:8443/a",
        "https://fcm.googleapis.com:port/a",
        "https://127.0.0.1/a",
        "https://[::1]/a",
        "https://notify.windows.com/a",
        "https://a.b.notify.windows.com/a",
        "https://fcm.googleapis.com/a b",
        "https://fcm.googleapis.com/\n",
        "https://fcm.googleapis.com/" + "a" * 1000,
        "https://xn--fcm.googleapis.com/é",
        "file:///etc/passwd",
        "https://[",
        "",
    ],
)
def test_no_other_address_is(endpoint: str) -> None:
    assert not is_push_address(endpoint)


def test_keys_do_not_show_where_a_subscription_is_printed() -> None:
    assert "secret" not in repr(PushSubscription(ENDPOINT, b"secret", b"secret"))
    assert "private" not in repr(VapidKey.new())
