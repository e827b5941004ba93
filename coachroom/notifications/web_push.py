"""What Web Push asks of a message: sealed for one browser (RFC 8291), signed for its push service (RFC 8292)."""

from __future__ import annotations

import base64
import binascii
import json
import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from coachroom.errors import CoachroomError

# What a push service signs and checks; FCM, Mozilla's and Apple's take a day at most.
TOKEN_LASTS = timedelta(hours=12)
# One record, as every browser takes: RFC 8291, section 4.
RECORD_BYTES = 4096
MAX_MESSAGE_BYTES = 3000
MAX_ENDPOINT_CHARS = 1000
AUTH_BYTES, POINT_BYTES, SALT_BYTES = 16, 65, 16
# The browsers' own push services. A browser says where to post; anywhere else our server posts nothing.
PUSH_HOSTS = re.compile(
    r"fcm\.googleapis\.com|(updates|push)\.push\.services\.mozilla\.com|updates-autopush\.(stage|dev)\.mozaws\.net"
    r"|web\.push\.apple\.com|[a-z0-9-]+\.notify\.windows\.com"
)


class PushKeyError(CoachroomError):
    """The key is none of ours, or a browser's key is none."""


@dataclass(frozen=True)
class PushSubscription:
    """Where one browser takes notifications, and the keys that only it can read with, as bytes."""

    endpoint: str
    p256dh: bytes = field(repr=False)
    auth: bytes = field(repr=False)


@dataclass(frozen=True)
class VapidKey:
    """The key by which push services know us."""

    private: ec.EllipticCurvePrivateKey = field(repr=False)

    @classmethod
    def read(cls, text: str) -> VapidKey:
        """From what `push-keys` printed. Raises PushKeyError."""
        try:
            number = int.from_bytes(from_base64url(text))
            return cls(ec.derive_private_key(number, ec.SECP256R1()))
        except ValueError:
            raise PushKeyError(
                "COACHROOM_PUSH_KEY is no such key: `python -m coachroom push-key` prints one."
            ) from None

    @classmethod
    def new(cls) -> VapidKey:
        return cls(ec.generate_private_key(ec.SECP256R1()))

    @property
    def text(self) -> str:
        """As it stands in the settings."""
        return base64url(self.private.private_numbers().private_value.to_bytes(32))

    @property
    def public_text(self) -> str:
        """What a browser needs to subscribe."""
        return base64url(_point(self.private.public_key()))

    def authorization(self, endpoint: str, contact: str, now: datetime) -> str:
        """The header that says who posts to this endpoint. `contact`: an address where the service finds us."""
        url = urlsplit(endpoint)
        expires = int((now + TOKEN_LASTS).replace(tzinfo=UTC).timestamp())
        claims = {"aud": f"{url.scheme}://{url.netloc}", "exp": expires, "sub": contact}
        signed = f"{_json({'typ': 'JWT', 'alg': 'ES256'})}.{_json(claims)}"
        r, s = decode_dss_signature(self.private.sign(signed.encode(), ec.ECDSA(SHA256())))
        token = f"{signed}.{base64url(r.to_bytes(32) + s.to_bytes(32))}"
        return f"vapid t={token}, k={self.public_text}"


def read_subscription(endpoint: str, p256dh: str, auth: str) -> PushSubscription:
    """From what a browser says of itself. Raises PushKeyError: one sentence, for the person."""
    try:
        point, secret = from_base64url(p256dh), from_base64url(auth)
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        point, secret = b"", b""
    if len(point) != POINT_BYTES or len(secret) != AUTH_BYTES:
        raise PushKeyError("This browser's keys for notifications cannot be used.")
    return PushSubscription(endpoint, point, secret)


def is_push_address(endpoint: str) -> bool:
    """Whether this is an address of a browser's push service."""
    try:
        url = urlsplit(endpoint)
        plain = url.port in (None, 443) and not url.username and not url.password
    except ValueError:
        return False
    fits = (
        len(endpoint) <= MAX_ENDPOINT_CHARS and endpoint.isascii() and endpoint.isprintable() and " " not in endpoint
    )
    return fits and plain and url.scheme == "https" and PUSH_HOSTS.fullmatch(url.hostname or "") is not None


def seal(
    words: bytes,
    subscription: PushSubscription,
    *,
    salt: bytes | None = None,
    ours: ec.EllipticCurvePrivateKey | None = None,
) -> bytes:
    """The body that only this browser can open, by the coding aes128gcm.

    `salt` and `ours` are new for every message; only tests give them. Raises ValueError for one that is too long.
    """
    if len(words) > MAX_MESSAGE_BYTES:
        raise ValueError(f"A push message has {MAX_MESSAGE_BYTES} bytes at most.")
    salt = salt or secrets.token_bytes(SALT_BYTES)
    ours = ours or ec.generate_private_key(ec.SECP256R1())
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), subscription.p256dh)
    our_point = _point(ours.public_key())
    info = b"WebPush: info\x00" + subscription.p256dh + our_point
    shared = _derived(ours.exchange(ec.ECDH(), theirs), subscription.auth, info, 32)
    key = _derived(shared, salt, b"Content-Encoding: aes128gcm\x00", 16)
    nonce = _derived(shared, salt, b"Content-Encoding: nonce\x00", 12)
    header = salt + RECORD_BYTES.to_bytes(4) + len(our_point).to_bytes(1) + our_point
    # The 2 says that this record is the last one.
    return header + AESGCM(key).encrypt(nonce, words + b"\x02", None)


def base64url(data: bytes) -> str:
    """Without the signs at its end that fill it up."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """Raises ValueError where it is none."""
    if not re.fullmatch(r"[A-Za-z0-9_-]*=*", text):
        raise ValueError("This is no base64url.")
    try:
        return base64.urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))
    except binascii.Error as error:
        raise ValueError("This is no base64url.") from error


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(secret)


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _json(value: object) -> str:
    return base64url(json.dumps(value, separators=(",", ":")).encode())
