"""Rooms that talk with a practice agent which is normal and awkward in turn: how long their reports wait."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from coachroom.clock import to_iso, utc_now
from coachroom.simulator import AWKWARD, NORMAL, Mood
from tests.bench.community import prepare
from tests.open_server import OpenServer, open_server

ROOMS = 8
ROUNDS = 2
SECONDS = 12.0
WARM_UP_SECONDS = 3.0
MOODS = ((NORMAL, "normal"), (AWKWARD, "awkward"))
# A client types that often.
PAUSE_S = 0.5
INITIATION = {
    "type": "conversation_initiation_client_data",
    "conversation_config_override": {"conversation": {"text_only": True}},
}


@dataclass(frozen=True)
class MoodCost:
    """What calls of one mood cost, all rounds together; times in ms."""

    mood: str
    reports: int
    p50: float
    p99: float


@dataclass
class _Room:
    """A client who types and reports each message at once, over one connection."""

    http: httpx.Client
    path: str
    envelope: dict[str, str]
    until: float
    waits: list[float] = field(default_factory=list)

    def report(self, sender: str, text: str) -> None:
        n = len(self.waits) + 1
        event = {"n": n, "kind": "turn", "sender": sender, "text": text, "at": to_iso(utc_now())}
        since = time.perf_counter()
        answer = self.http.post(self.path, json={**self.envelope, "events": [event]})
        self.waits.append((time.perf_counter() - since) * 1000)
        assert answer.json()["ack"] == n

    def converse(self, line: ClientConnection) -> None:
        """Talks until the line breaks or the time is over."""
        line.send(json.dumps(INITIATION))
        types_at = time.perf_counter() + PAUSE_S
        while time.perf_counter() < self.until:
            try:
                message = json.loads(line.recv(timeout=max(0.0, types_at - time.perf_counter())))
            except TimeoutError:
                text, types_at = f"Sentence {len(self.waits) + 1}.", time.perf_counter() + PAUSE_S
                line.send(json.dumps({"type": "user_message", "text": text}))
                self.report("client", text)
                continue
            if message["type"] == "queue_status":
                waits = message["queue_status_event"]["status"] == "waiting"
                types_at = self.until if waits else time.perf_counter() + PAUSE_S
            elif message["type"] == "agent_response":
                self.report("agent", message["agent_response_event"]["agent_response"])


def measure_moods() -> list[MoodCost]:
    """Each round measures both moods, each of them first in every other round, so that all else meets both alike."""
    waits: dict[str, list[float]] = {"normal": [], "awkward": []}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, ROOMS)
        with open_server(folder) as server, ThreadPoolExecutor(ROOMS) as rooms:
            # The first talks of a process load what later ones find ready.
            _round(server, rooms, NORMAL, WARM_UP_SECONDS)
            for number in range(ROUNDS):
                for mood, named in MOODS if number % 2 else MOODS[::-1]:
                    waits[named] += _round(server, rooms, mood, SECONDS)
    return [_cost(mood, sorted(found)) for mood, found in waits.items()]


def _round(server: OpenServer, rooms: ThreadPoolExecutor, mood: Mood, seconds: float) -> list[float]:
    server.set_mood(mood)
    entered = [server.enter(f"client-{number}") for number in range(ROOMS)]
    each = list(rooms.map(lambda one: _talk(server.url, *one, seconds), entered))
    server.end_open_sessions()
    return [wait for waits in each for wait in waits]


def _talk(url: str, room: str, session: str, token: str, seconds: float) -> list[float]:
    """One room's reports, one call after the other; how long each took, in ms."""
    address = f"{url.replace('http', 'ws', 1)}/practice/v1/convai/conversation?agent_id=agent"
    until = time.perf_counter() + seconds
    with httpx.Client(base_url=url, headers={"origin": url}, timeout=60, trust_env=False) as http:
        mine = _Room(http, f"/room/{room}/events", {"token": token, "epoch": session}, until)
        while time.perf_counter() < until:
            origin: Any = url
            try:
                with connect(address, origin=origin, proxy=None) as line:
                    mine.converse(line)
            except ConnectionClosed:
                # An awkward line breaks now and then.
                continue
    return mine.waits


def _cost(mood: str, waits: Sequence[float]) -> MoodCost:
    return MoodCost(mood, len(waits), median(waits), waits[int(len(waits) * 0.99)])


if __name__ == "__main__":
    for each in measure_moods():
        print(each)
