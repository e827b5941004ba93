"""TURN servers on loopback: coturn, and one that refuses whoever asks."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from aioice import stun

from tools.ensure_coturn import find_coturn


def free_port(kind: socket.SocketKind = socket.SOCK_DGRAM) -> int:
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextmanager
def coturn(folder: Path, secret: str) -> Iterator[int]:
    """A real server with this secret; its port, for UDP and TCP."""
    program = find_coturn()
    assert program, "the tests need coturn: run `make coturn`"
    port = free_port()
    options = [
        "-n",
        "--use-auth-secret",
        f"--static-auth-secret={secret}",
        "--realm=coachroom",
        "--listening-ip=127.0.0.1",
        f"--listening-port={port}",
        "--relay-ip=127.0.0.1",
        "--allow-loopback-peers",
        "--no-tls",
        "--no-dtls",
        "--no-cli",
        f"--pidfile={folder / 'turn.pid'}",
        f"--userdb={folder / 'turn.db'}",
        "--log-file=stdout",
        "--simple-log",
    ]
    with (folder / "turn.log").open("w") as log:
        server = subprocess.Popen([program, *options], stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait_until_open(port, server)
            yield port
        finally:
            server.terminate()
            server.wait(10)


def _wait_until_open(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        assert server.poll() is None
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("coturn does not listen")


@contextmanager
def refusing(code: int, reason: str) -> Iterator[int]:
    """A server that answers each request with this error."""
    stop = Event()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(0.1)
        thread = Thread(target=_refuse, args=(sock, stop, (code, reason)))
        thread.start()
        try:
            yield int(sock.getsockname()[1])
        finally:
            stop.set()
            thread.join(5)


def _refuse(sock: socket.socket, stop: Event, error: tuple[int, str]) -> None:
    while not stop.is_set():
        try:
            data, sender = sock.recvfrom(2048)
        except TimeoutError:
            continue
        asked = stun.parse_message(data)
        answer = stun.Message(asked.message_method, stun.Class.ERROR, asked.transaction_id)
        answer.attributes["ERROR-CODE"] = error
        if error[0] == 401:
            answer.attributes["REALM"] = "coachroom"
            answer.attributes["NONCE"] = b"once"
        sock.sendto(bytes(answer), sender)
