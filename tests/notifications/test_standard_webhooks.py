"""Signatures by Standard Webhooks: an example of the convention's own, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from coachroom.notifications.standard_webhooks import (
    TOLERANCE,
    HookSignatureError,
    check_signature,
    signed_headers,
)

# From the convention's documentation.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
AT = datetime.fromtimestamp(1614265330, UTC).replace(tzinfo=None)
BODY = b'{"test": 2432232314}'
HEADERS = {
    "webhook-id": ID,
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}


def test_the_conventions_own_example_is_signed_and_accepted() -> None:
    assert signed_headers(SECRET, ID, AT, BODY) == HEADERS
    check_signature(SECRET, HEADERS, BODY, AT)


def test_one_right_signature_among_several_is_enough() -> None:
    several = f"v1a,xyz v1,AAAA {HEADERS['webhook-signature']}"
    check_signature(SECRET, HEADERS | {"webhook-signature": several}, BODY, AT)


@pytest.mark.parametrize("late", [TOLERANCE + timedelta(seconds=1), -TOLERANCE - timedelta(seconds=1)])
def test_an_old_or_an_early_signature_is_refused(late: timedelta) -> None:
    with pytest.raises(HookSignatureError, match="too long ago"):
        check_signature(SECRET, HEADERS, BODY, AT + late)


@pytest.mark.parametrize(
    "changes",
    [
        {"webhook-id": "msg_other"},
        {"webhook-id": ""},
        {"webhook-id": "a\nb"},
        {"webhook-timestamp": "1614265331"},
        {"webhook-timestamp": "soon"},
        {"webhook-timestamp": "٣"},
        {"webhook-signature": ""},
        {"webhook-signature": "v2" + HEADERS["webhook-signature"][2:]},
        {"webhook-signature": "v1,é"},
    ],
)
def test_anything_else_is_refused(changes: dict[str, str]) -> None:
    with pytest.raises(HookSignatureError):
        check_signature(SECRET, HEADERS | changes, BODY, AT)
    with pytest.raises(HookSignatureError):
        check_signature(SECRET + "x", HEADERS, BODY, AT)
    with pytest.raises(HookSignatureError):
        check_signature(SECRET, HEADERS, BODY + b" ", AT)
