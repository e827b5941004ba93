"""The client's side of the sound: what is to be said goes out in real time, with silence around it."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable
from time import monotonic

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from coachroom.call_check.script import SAMPLE_RATE

CHUNK_SECONDS = 0.04
CHUNK_BYTES = round(2 * SAMPLE_RATE * CHUNK_SECONDS)


class Microphone:
    """Sends sound from a thread of its own until it is closed, as a browser does."""

    def __init__(self, connection: ClientConnection, now: Callable[[], float] = monotonic) -> None:
        self._connection = connection
        self._now = now
        self._lock = threading.Lock()
        self._rest = b""
        # When the first and the last sound of what was said last went out.
        self.began = self.ended = now()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="microphone", daemon=True)
        self._thread.start()

    @property
    def speaking(self) -> bool:
        with self._lock:
            return bool(self._rest)

    def say(self, pcm: bytes) -> None:
        """Says it from now on, after what is still being said."""
        with self._lock:
            if not self._rest:
                self.began = self._now()
            self._rest += pcm

    def close(self) -> None:
        self._closed.set()
        self._thread.join(5)

    def _run(self) -> None:
        due = self._now()
        try:
            while not self._closed.wait(max(0.0, due - self._now())):
                self._send(self._next())
                due += CHUNK_SECONDS
        except ConnectionClosed:
            return

    def _next(self) -> bytes:
        with self._lock:
            chunk, self._rest = self._rest[:CHUNK_BYTES], self._rest[CHUNK_BYTES:]
            if chunk:
                self.ended = self._now()
        return chunk.ljust(CHUNK_BYTES, b"\0")

    def _send(self, chunk: bytes) -> None:
        self._connection.send(json.dumps({"user_audio_chunk": base64.b64encode(chunk).decode()}))
