"""Kill -9 in the middle of conversations: everything acknowledged is there, and sessions are closed truthfully."""

from __future__ import annotations

import itertools
import json
import multiprocessing
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

from coachroom.clock import utc_now
from tests.open_server import OpenServer, open_server, until
from tests.services import store_of

ROOMS = 4
KILLS = 17
KILLS_OF_THE_WHOLE_SERVER = 3


@dataclass
class RunningSession:
    """What one client was told: the session, and the last event that was acknowledged."""

    session: str
    acknowledged: int = 0
    seen: datetime = field(default=datetime.min)


def _delivery(token: str, first: int, count: int) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat()
    events = [
        {"n": n, "at": now, "kind": "turn", "sender": "client", "text": f"number {n}"}
        for n in range(first, first + count)
    ]
    return {"token": token, "epoch": "page", "sent_at": now, "events": events}


def _assert_truthful(running: RunningSession, rows: Sequence[tuple], session: tuple, killed: datetime) -> None:
    """`rows`: seq and message; `session`: status, end_reason, start_time, last_seen_at, end_time."""
    assert len(rows) >= running.acknowledged
    assert list(rows) == [(n, f"number {n}") for n in range(1, len(rows) + 1)]
    status, reason, start, seen, end = session
    assert (status, reason) in {("abandoned", "server_stopped"), ("abandoned", "left")}
    assert end == max(start, seen)
    assert running.seen <= seen
    assert end <= killed


TURNS = "SELECT seq, message FROM conversations WHERE session_id = $1 ORDER BY seq"
SESSION = "SELECT status, end_reason, start_time, last_seen_at, end_time FROM sessions WHERE id = $1"
ANA = "demo-ana"


def test_killed_while_it_writes_it_keeps_every_acknowledged_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from coachroom.app.container import open_services
    from coachroom.settings import Settings

    database, errors, chance = tmp_path / "coachroom.duckdb", tmp_path / "errors", random.Random(20261122)
    # A child runs its parent's main module, which is a page where Streamlit's AppTest has run before this test.
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))
    # Processes of their own, born from one that has imported everything once.
    nursery = multiprocessing.get_context("forkserver")
    nursery.set_forkserver_preload(["coachroom.app.container"])
    for _ in range(KILLS):
        ear, mouth = nursery.Pipe(duplex=False)
        process = nursery.Process(target=_talk_for_ever, args=(database, errors, mouth))
        process.start()
        mouth.close()
        with ear, open(ear.fileno(), "rb", closefd=False) as heard:
            told = [heard.readline()]
            while b"\tack\t" not in told[-1]:
                told.append(heard.readline())
                assert told[-1], f"it ended before it acknowledged anything:\n{errors.read_text()}"
            time.sleep(chance.uniform(0.01, 0.4))
            process.kill()
            told += heard.readlines()
        process.join()
        assert process.exitcode == -signal.SIGKILL
        killed = datetime.now(UTC).replace(tzinfo=None)
        running_sessions: dict[str, RunningSession] = {}
        for line in told:
            if line.count(b"\t") == 2:
                session, kind, value = line.decode().strip().split("\t")
                running = running_sessions.setdefault(session, RunningSession(session))
                if kind == "ack":
                    running.acknowledged = int(value)
                else:
                    running.seen = datetime.fromisoformat(value)
        assert sum(running.acknowledged for running in running_sessions.values()) > 0
        # Nobody comes back in time.
        services = open_services(Settings(database=database), lambda: utc_now() + timedelta(minutes=2))
        try:
            for running in running_sessions.values():
                rows = store_of(services).execute(TURNS, [running.session])
                _assert_truthful(running, rows, store_of(services).execute(SESSION, [running.session])[0], killed)
            assert store_of(services).execute("SELECT id FROM sessions WHERE status IN ('waiting', 'active')") == []
        finally:
            services.close()


def test_the_whole_server_is_killed_and_started_again_on_the_same_file(tmp_path: Path) -> None:
    chance = random.Random(20261123)
    before: list[RunningSession] = []
    killed = datetime.min
    for round_number in range(KILLS_OF_THE_WHOLE_SERVER + 1):
        with open_server(tmp_path, {"COACHROOM_GRACE_SECONDS": "1"}) as server:
            # Nobody comes back: the reaper ends what the start kept open.
            until(lambda: not server.rows("SELECT id FROM sessions WHERE status IN ('waiting', 'active')"))
            for running in before:
                _assert_truthful(
                    running, server.rows(TURNS, running.session), server.rows(SESSION, running.session)[0], killed
                )
            if round_number == KILLS_OF_THE_WHOLE_SERVER:
                return
            before = _post_until_killed(server, chance.uniform(0.3, 1.0))
            killed = datetime.now(UTC).replace(tzinfo=None)


def _post_until_killed(server: OpenServer, seconds: float) -> list[RunningSession]:
    """Four pages report as fast as they are answered; the server is killed under their hands."""
    running_sessions: list[RunningSession] = []

    def talk(room: str, running: RunningSession, token: str) -> None:
        with httpx.Client(base_url=server.url) as client:
            for count in itertools.cycle((1, 3, 2)):
                body = _delivery(token, running.acknowledged + 1, count)
                try:
                    answer = client.post(f"/room/{room}/events", json=body)
                except httpx.TransportError:
                    return
                running.acknowledged = answer.raise_for_status().json()["ack"]

    threads = []
    for number in range(ROOMS):
        room, session, token = server.enter(f"{ANA}-{number}")
        running_sessions.append(RunningSession(session))
        threads.append(threading.Thread(target=talk, args=(room, running_sessions[-1], token)))
    for thread in threads:
        thread.start()
    until(lambda: all(running.acknowledged for running in running_sessions))
    time.sleep(seconds)
    server.kill()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
    return running_sessions


def _talk_for_ever(database: Path, errors: Path, mouth: Connection) -> None:
    """The part of the app that writes, with four rooms in it; says what it has acknowledged.

    What it dies of goes to the file `errors`.
    """
    with errors.open("wb") as file:
        os.dup2(file.fileno(), 2)
    from coachroom.app.container import open_services
    from coachroom.recording.events import read_delivery
    from coachroom.settings import Settings

    services = open_services(Settings(database=database))

    def say(session: str, kind: str, value: object) -> None:
        os.write(mouth.fileno(), f"{session}\t{kind}\t{value}\n".encode())

    def talk(session: str) -> None:
        next_event = 1
        for count in itertools.cycle((1, 3, 2)):
            delivery = read_delivery(json.dumps(_delivery("", next_event, count)).encode())
            receipt = services.intake.receive(session, delivery)
            say(session, "ack", receipt.ack)
            next_event = receipt.ack + 1

    def see(sessions: list[str]) -> None:
        while True:
            now = services.clock()
            services.rooms.seen(dict.fromkeys(sessions, now))
            for session in sessions:
                say(session, "seen", now.isoformat())
            time.sleep(0.02)

    sessions = []
    for number in range(ROOMS):
        client = f"{ANA}-{number}"
        services.rooms.give_consent(client)
        sessions.append(services.rooms.enter(services.rooms.create(client).id, client).id)
    threads = [threading.Thread(target=talk, args=[session]) for session in sessions]
    threads.append(threading.Thread(target=see, args=[sessions]))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
