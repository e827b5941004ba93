"""A wire between browser and server that can be cut, or carry nothing: a plain TCP relay on loopback."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Wire:
    """Relays every connection to `port` until it is cut or stalls."""

    def __init__(self, port: int) -> None:
        self._target = ("127.0.0.1", port)
        self._lock = threading.Lock()
        self._ends: set[socket.socket] = set()
        self._whole = True
        self._flows = threading.Event()
        self._flows.set()
        self._listener = self._listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Ends every connection; new ones are closed at once."""
        with self._lock:
            self._whole = False
            ends, self._ends = self._ends, set()
        self._flows.set()
        for end in ends:
            _close(end)

    def stall(self) -> None:
        """Carries nothing from now on, and says so to nobody: connections stay open, new ones open."""
        self._flows.clear()

    def mend(self) -> None:
        """Carries everything again, first what came meanwhile."""
        self._whole = True
        self._flows.set()

    def close(self) -> None:
        self.cut()
        _close(self._listener)

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def _listen(self) -> socket.socket:
        return socket.create_server(("127.0.0.1", 0))

    def _connect(self) -> socket.socket:
        return socket.create_connection(self._target)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                with self._lock:
                    if not self._whole:
                        _close(near)
                        continue
                    far = self._connect()
                    self._ends |= {near, far}
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=self._relay, args=(source, sink), daemon=True).start()

    def _relay(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self._flows.wait()
                sink.sendall(data)
        for end in (source, sink):
            _close(end)
            with self._lock:
                self._ends.discard(end)


class WireOfFiles(Wire):
    """The same between two sockets that are files: `here` is made, `there` is who listens."""

    def __init__(self, here: Path, there: Path) -> None:
        self._here, self._there = str(here), str(there)
        super().__init__(0)

    def _listen(self) -> socket.socket:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(self._here)
        listener.listen()
        return listener

    def _connect(self) -> socket.socket:
        made = socket.socket(socket.AF_UNIX)
        made.connect(self._there)
        return made


@contextmanager
def wire_to(port: int) -> Iterator[Wire]:
    wire = Wire(port)
    try:
        yield wire
    finally:
        wire.close()


def _close(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
