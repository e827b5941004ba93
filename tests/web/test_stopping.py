"""A server that is asked to stop."""

from __future__ import annotations

import fcntl
import re
import socket
import struct
import termios
from collections import deque
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from tests.open_server import until
from tests.server import start_server

# More than the kernel takes off the server's hands.
ANSWERS = 40
LOOKS = 25


def test_a_client_who_reads_nothing_any_more_does_not_keep_it(tmp_path: Path) -> None:
    server = start_server(tmp_path)
    script = re.search(r'src="\./(static/js/index\.[^"]+)"', httpx.get(server.url).text)
    assert script
    where = urlsplit(server.url)
    with socket.create_connection((where.hostname, where.port)) as line:
        line.sendall(f"GET /{script[1]} HTTP/1.1\r\nHost: {where.netloc}\r\n\r\n".encode() * ANSWERS)
        arrived: deque[int] = deque(maxlen=LOOKS)
        until(lambda: arrived.append(_unread(line)) or (arrived.count(arrived[-1]) == LOOKS and arrived[-1]))
        server.stop()
    assert "timeout graceful shutdown exceeded" in server.log.read_text()


def _unread(line: socket.socket) -> int:
    """How many bytes have come that nobody has read."""
    return int(struct.unpack("i", fcntl.ioctl(line, termios.FIONREAD, bytes(4)))[0])
