"""Posts reports to another system of the community's, signed by Standard Webhooks, to public addresses alone."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import threading
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from coachroom.clock import to_iso
from coachroom.notifications.message import NotSentError, OutgoingMessage
from coachroom.notifications.standard_webhooks import signed_headers
from coachroom.settings import LOOPBACK, Settings

# For each step, and for all of them: an answer may come byte by byte.
STEP_SECONDS = 10.0
MAX_SECONDS = 20.0
# Who listens there wants no more of it.
GONE = 410
# Networks whose addresses stand for others, which may be private, and the private one of before fc00::/7.
_NOT_PUBLIC = tuple(
    map(IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "::/96", "::ffff:0:0:0/96", "fec0::/10"))
)


@dataclass(frozen=True)
class HookReceiver:
    """Where reports go, and the secret that signs them. `loopback`: whether it is on this computer."""

    url: str
    secret: str = field(repr=False)
    loopback: bool = False


def hook_receiver_of(settings: Settings) -> HookReceiver | None:
    """The receiver that is set up; None where nothing is reported."""
    if settings.hook_url is None or settings.hook_secret is None:
        return None
    on_loopback = urlsplit(settings.hook_url).hostname in LOOPBACK and not settings.production
    return HookReceiver(settings.hook_url, settings.hook_secret.get_secret_value(), on_loopback)


class HookSender:
    """Sends one report a connection, follows no redirect, and asks no proxy."""

    def __init__(
        self, receiver: HookReceiver, *, tls: ssl.SSLContext | None = None, max_seconds: float = MAX_SECONDS
    ) -> None:
        """`tls`: which certificates are trusted; those of the system's authorities unless it is given."""
        self._receiver = receiver
        self._tls = tls or ssl.create_default_context()
        self._max_seconds = max_seconds

    def send(self, message: OutgoingMessage, written_at: datetime, now: datetime) -> None:
        """Posts it, at most once. Raises NotSentError."""
        report = {"type": message.kind, "timestamp": to_iso(written_at), "data": message.payload}
        body = json.dumps(report, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", "User-Agent": "coachroom", "Connection": "close"}
        headers |= signed_headers(self._receiver.secret, f"msg_{message.id}", now, body)
        try:
            status = self._post(body, headers)
        except (OSError, http.client.HTTPException):
            raise NotSentError(
                "The address of COACHROOM_HOOK_URL cannot be reached, or does not answer.", no_answer=True
            ) from None
        if 300 <= status < 400:
            raise NotSentError(f"The receiver answers with a redirect ({status}): set COACHROOM_HOOK_URL to its end.")
        if not 200 <= status < 300:
            raise NotSentError(f"The receiver answers {status}.", final=status == GONE)

    def _post(self, body: bytes, headers: dict[str, str]) -> int:
        """The status of the answer."""
        url = urlsplit(self._receiver.url)
        host, secure = str(url.hostname), url.scheme == "https"
        line = self._connect(host, url.port or (443 if secure else 80))
        if secure:
            line = self._tls.wrap_socket(line, server_hostname=host, do_handshake_on_connect=False)
        # Whoever answers ever so slowly does not keep everybody else's messages waiting.
        deadline = threading.Timer(self._max_seconds, _cut, [line])
        deadline.start()
        connection = http.client.HTTPConnection(url.netloc)
        connection.sock = line
        try:
            if isinstance(line, ssl.SSLSocket):
                line.do_handshake()
            path = (url.path or "/") + (f"?{url.query}" if url.query else "")
            connection.request("POST", path, body, headers)
            return connection.getresponse().status
        finally:
            deadline.cancel()
            connection.close()

    def _connect(self, host: str, port: int) -> socket.socket:
        """A line to the very address that was looked at: a name may mean another one a moment later."""
        found = {str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
        refused = [address for address in found if not self._may_connect(ip_address(address.partition("%")[0]))]
        if refused:
            raise NotSentError(
                "COACHROOM_HOOK_URL leads into a private network, where nothing is sent.", no_answer=True
            )
        error: OSError = OSError("no address")
        for address in sorted(found, key=lambda each: ":" in each):
            try:
                return socket.create_connection((address, port), STEP_SECONDS)
            except OSError as failed:
                error = failed
        raise error

    def _may_connect(self, address: IPv4Address | IPv6Address) -> bool:
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            return self._may_connect(address.ipv4_mapped)
        if self._receiver.loopback:
            return address.is_loopback
        if isinstance(address, IPv6Address) and (
            address.teredo is not None or any(address in network for network in _NOT_PUBLIC)
        ):
            return False
        return address.is_global and not address.is_multicast


def _cut(line: socket.socket) -> None:
    try:
        line.shutdown(socket.SHUT_RDWR)
    except OSError:
        # It is over already.
        return
