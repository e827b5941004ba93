"""A browser's push service on a free loopback port, and the browser behind it that opens what came."""

from __future__ import annotations

import json
import ssl
from collections import deque
from contextlib import AbstractContextManager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from coachroom.notifications.web_push import PushSubscription, base64url
from tests.notifications.houses import open_house

# RFC 8291, section 5: a browser's keys, what it was sent, and what stands in it.
RFC_PRIVATE = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
RFC_PUBLIC = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
RFC_AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
PUSH_SUBSCRIPTION = {
    "endpoint": "https://fcm.googleapis.com/fcm/send/a-browser",
    "p256dh": RFC_PUBLIC,
    "auth": RFC_AUTH,
}


@dataclass
class PushBrowser:
    """One browser: the two halves of its key, and its secret."""

    private: ec.EllipticCurvePrivateKey
    auth: bytes

    @classmethod
    def new(cls) -> PushBrowser:
        return cls(ec.generate_private_key(ec.SECP256R1()), b"sixteen bytes ok")

    @property
    def point(self) -> bytes:
        return self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def subscription(self, endpoint: str) -> PushSubscription:
        return PushSubscription(endpoint, self.point, self.auth)

    def asks(self, endpoint: str) -> dict[str, str]:
        """What its page sends to our server."""
        return {"endpoint": endpoint, "p256dh": base64url(self.point), "auth": base64url(self.auth)}

    def open(self, body: bytes) -> Any:
        """What was sealed for it."""
        salt, sender = body[:16], body[21 : 21 + body[20]]
        shared = self.private.exchange(
            ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        )
        secret = _derive(shared, self.auth, b"WebPush: info\x00" + self.point + sender, 32)
        key = _derive(secret, salt, b"Content-Encoding: aes128gcm\x00", 16)
        nonce = _derive(secret, salt, b"Content-Encoding: nonce\x00", 12)
        words = AESGCM(key).decrypt(nonce, body[21 + body[20] :], None)
        assert words.endswith(b"\x02")
        return json.loads(words[:-1])


def _derive(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(secret)


@dataclass(frozen=True)
class Pushed:
    """One message as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


class PushHouse(ThreadingHTTPServer):
    """`statuses`: what the next messages are answered; 201 where there is none left."""

    daemon_threads = True

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Post)
        self.scheme = "https" if tls else "http"
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        self.statuses: deque[int] = deque()
        self.received: list[Pushed] = []

    def endpoint(self, browser: str = "browser-1") -> str:
        return f"{self.scheme}://127.0.0.1:{self.server_address[1]}/push/{browser}"


class _Post(BaseHTTPRequestHandler):
    server: PushHouse

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.received.append(Pushed(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        self.send_response(self.server.statuses.popleft() if self.server.statuses else 201)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


def push_house(tls: ssl.SSLContext | None = None) -> AbstractContextManager[PushHouse]:
    """Takes messages until the block ends."""
    return open_house(PushHouse(tls))
