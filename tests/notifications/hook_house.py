"""Another system on a free loopback port: takes reports, checks signatures by itself, misbehaves on request."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import ssl
import threading
from collections import deque
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.notifications.houses import open_house

SECRET = "whsec_" + base64.b64encode(b"a key of thirty-two bytes or so.").decode()
# In place of a status: never an answer; one byte of an answer now and then.
HANGS, DRIPS = -1, -2


@dataclass(frozen=True)
class Received:
    """One report as it came, and whether its signature is right."""

    id: str
    signed: bool
    body: dict[str, Any]
    raw: bytes


class HookHouse(ThreadingHTTPServer):
    """`statuses`: what the next reports are answered; 200 where there is none left."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Post)
        self.scheme = "https" if tls else "http"
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        self.statuses: deque[int] = deque()
        self.received: list[Received] = []
        self.over = threading.Event()

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.server_address[1]}/hooks?to=crm"


class _Post(BaseHTTPRequestHandler):
    server: HookHouse

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["content-length"]))
        signed = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode() + raw
        key = base64.b64decode(SECRET.removeprefix("whsec_"))
        right = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        self.server.received.append(
            Received(self.headers["webhook-id"], self.headers["webhook-signature"] == right, json.loads(raw), raw)
        )
        status = self.server.statuses.popleft() if self.server.statuses else 200
        if status == HANGS:
            self.server.over.wait(30)
        elif status == DRIPS:
            with suppress(OSError):
                while not self.server.over.wait(0.05):
                    self.wfile.write(b"H")
        else:
            self.send_response(status)
            self.send_header("Location", self.server.url + "&again=1")
            self.send_header("Content-Length", "0")
            self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


def hook_house(tls: ssl.SSLContext | None = None) -> AbstractContextManager[HookHouse]:
    """Takes reports until the block ends."""
    house = HookHouse(tls)
    return open_house(house, before_shutdown=house.over.set)
