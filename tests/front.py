"""What a proxy does in front of several replicas: new connections go to the first one whose health is good."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import httpx

LOOK_SECONDS = 0.2


@dataclass
class Front:
    """A running proxy."""

    port: int
    backends: Sequence[int]

    def first_good(self) -> int | None:
        """The port of the replica that new connections go to."""
        return next((port for port in self.backends if _is_good(port)), None)


@contextmanager
def front_of(port: int, backends: Sequence[int]) -> Iterator[Front]:
    """Listens on `port` of loopback until the block ends; `backends`: the replicas' ports, the best one first."""
    front, stop = Front(port, backends), threading.Event()
    with socket.create_server(("127.0.0.1", port)) as listener:
        listener.settimeout(LOOK_SECONDS)
        thread = threading.Thread(target=_accept, args=(listener, front, stop), daemon=True)
        thread.start()
        try:
            yield front
        finally:
            stop.set()
            thread.join()


def _is_good(port: int) -> bool:
    with suppress(httpx.HTTPError):
        return httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=2).status_code == 200
    return False


def _accept(listener: socket.socket, front: Front, stop: threading.Event) -> None:
    chosen, chosen_at = None, 0.0
    while not stop.is_set():
        try:
            client, _ = listener.accept()
        except TimeoutError:
            continue
        if time.monotonic() - chosen_at > LOOK_SECONDS:
            chosen, chosen_at = front.first_good(), time.monotonic()
        try:
            if chosen is None:
                raise ConnectionRefusedError
            server = socket.create_connection(("127.0.0.1", chosen))
        except OSError:
            client.close()
            continue
        for here, there in ((client, server), (server, client)):
            threading.Thread(target=_pass_on, args=(here, there), daemon=True).start()


def _pass_on(here: socket.socket, there: socket.socket) -> None:
    with suppress(OSError):
        while received := here.recv(65536):
            there.sendall(received)
    # The other direction ends with this one.
    for each in (here, there):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()
