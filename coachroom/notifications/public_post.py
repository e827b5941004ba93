"""One request to an address on the internet: to no private network, after no redirect, and not for ever."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TypeVar
from urllib.parse import urlsplit

from coachroom.errors import CoachroomError

Answer = TypeVar("Answer")

# For each step, and for all of them: an answer may come byte by byte.
STEP_SECONDS = 10.0
MAX_SECONDS = 20.0
# Networks whose addresses stand for others, which may be private, and the private one of before fc00::/7.
_NOT_PUBLIC = tuple(
    map(IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "::/96", "::ffff:0:0:0/96", "fec0::/10"))
)


class PrivateAddressError(CoachroomError):
    """The name leads into a private network."""

    def __init__(self) -> None:
        super().__init__("This address leads into a private network, where nothing is sent.")


class NoAnswerError(CoachroomError):
    """The address cannot be reached, or does not answer."""

    def __init__(self) -> None:
        super().__init__("This address cannot be reached, or does not answer.")


class PublicLine:
    """Sends one request a connection, follows no redirect, and asks no proxy."""

    def __init__(
        self,
        *,
        loopback: bool = False,
        tls: ssl.SSLContext | None = None,
        max_seconds: float = MAX_SECONDS,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`loopback`: to this computer alone. `tls`: whose certificates are trusted; the system's otherwise.

        `max_seconds`: for all addresses of a name together, and then again for the answer. `now`: seconds that never
        fall.
        """
        self._loopback = loopback
        self._tls = tls or ssl.create_default_context()
        self._max_seconds = max_seconds
        self._now = now

    def exchange(
        self,
        method: str,
        address: str,
        body: bytes | None,
        headers: Mapping[str, str],
        read: Callable[[http.client.HTTPResponse], Answer],
    ) -> Answer:
        """What `read` makes of the answer. Raises PrivateAddressError, OSError, HTTPException."""
        url = urlsplit(address)
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
            connection.request(method, path, body, dict(headers))
            return read(connection.getresponse())
        finally:
            deadline.cancel()
            connection.close()

    def _connect(self, host: str, port: int) -> socket.socket:
        """A line to the very address that was looked at: a name may mean another one a moment later."""
        found = {str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
        if not all(self._may_connect(ip_address(address.partition("%")[0])) for address in found):
            raise PrivateAddressError
        error: OSError = OSError("no address")
        # A name may have hundreds of addresses at which nobody answers.
        until = self._now() + self._max_seconds
        for address in sorted(found, key=lambda each: ":" in each):
            if (left := until - self._now()) <= 0:
                break
            try:
                line = socket.create_connection((address, port), min(STEP_SECONDS, left))
            except OSError as failed:
                error = failed
            else:
                line.settimeout(STEP_SECONDS)
                return line
        raise error

    def _may_connect(self, address: IPv4Address | IPv6Address) -> bool:
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            return self._may_connect(address.ipv4_mapped)
        if self._loopback:
            return address.is_loopback
        if isinstance(address, IPv6Address) and (
            address.teredo is not None or any(address in network for network in _NOT_PUBLIC)
        ):
            return False
        return address.is_global and not address.is_multicast


class PublicPost(PublicLine):
    """Posts one body a connection."""

    def post(self, address: str, body: bytes, headers: Mapping[str, str]) -> int:
        """The status of the answer. Raises PrivateAddressError, NoAnswerError."""
        try:
            return self.exchange("POST", address, body, headers, lambda answer: answer.status)
        except (OSError, http.client.HTTPException):
            raise NoAnswerError from None


def _cut(line: socket.socket) -> None:
    try:
        line.shutdown(socket.SHUT_RDWR)
    except OSError:
        # It is over already.
        return
