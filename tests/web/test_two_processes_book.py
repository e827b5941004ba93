"""Two processes at once: of one file the second is refused, and through one app's door nothing is booked twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

from coachroom.appointments.calendars import DAY_MINUTES, Hours
from tests.appointments.houses import CARLA, set_hours
from tests.server import ROOT
from tests.services import enter, report_token, store_of
from tests.web.serving import Served, serving

CLIENTS, ROUNDS = 24, 3
OPEN_AND_BOOK = """
import sys
from pathlib import Path
from coachroom.errors import CoachroomError
from tests.appointments.houses import book
from tests.services import HandClock, opened
try:
    with opened(Path(sys.argv[1]), HandClock(), appointments=True, live_coach=True) as services:
        book(services)
except CoachroomError as error:
    print(error)
"""
# Offered a time, each takes the first of it at once, so that all want the same.
BOOK_THROUGH_THE_DOOR = """
import json, re, sys
from concurrent.futures import ThreadPoolExecutor
import httpx
given = json.load(sys.stdin)
print("ready", flush=True)
def one(who):
    said = []
    with httpx.Client(base_url=given["origin"], headers={"origin": given["origin"]}, timeout=60) as browser:
        browser.post("/sign-in", data={"email": who["email"]})
        def ask(number, **parameters):
            body = {"token": who["token"], "call_id": f"c{number}", "name": "book_next", "parameters": parameters}
            return browser.post(f"/room/{who['room']}/tools", content=json.dumps(body)).json()
        for number in range(given["rounds"]):
            offered = ask(f"offer {number}", with_whom="both")["result"]
            times = re.findall(r"\\(time (\\S+)\\)", offered)
            if times:
                said.append(ask(f"book {number}", time=times[0])["is_error"])
    return said
with ThreadPoolExecutor(8) as pool:
    print(json.dumps([refused for each in pool.map(one, given["clients"]) for refused in each]))
"""


def test_a_second_process_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with serving(tmp_path, appointments=True, live_coach=True):
        asked = subprocess.run(
            [sys.executable, "-c", OPEN_AND_BOOK, str(tmp_path)], capture_output=True, text=True, cwd=ROOT, check=True
        )
    (sentence,) = asked.stdout.splitlines()
    assert sentence.startswith(f"Another program (process {os.getpid()}) has ")


def test_two_processes_that_book_through_one_apps_door_book_nothing_twice(tmp_path: Path) -> None:
    with serving(tmp_path, appointments=True, live_coach=True) as served:
        clients = _clients_of_carla(served)
        half = len(clients) // 2
        processes = [
            subprocess.Popen(
                [sys.executable, "-c", BOOK_THROUGH_THE_DOOR],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(2)
        ]
        given = [
            json.dumps({"origin": served.origin, "rounds": ROUNDS, "clients": each})
            for each in (clients[:half], clients[half:])
        ]
        for process, text in zip(processes, given, strict=True):
            assert process.stdin is not None
            process.stdin.write(text)
            process.stdin.close()
        refused: list[bool] = []
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            refused += json.loads(process.stdout.read())
            process.stdout.close()
            assert process.wait() == 0
        spans = store_of(served.services).execute(
            "SELECT begins_at, ends_at FROM appointments WHERE status = 'booked' ORDER BY begins_at"
        )
    assert len(spans) == refused.count(False) > 0
    assert refused.count(True) > 0
    gap = timedelta(minutes=10)
    assert all(one[1] + gap <= other[0] for one, other in pairwise(spans))


def _clients_of_carla(served: Served) -> list[dict[str, str]]:
    services = served.services
    store_of(services).execute(
        """INSERT INTO members
          (email, display_name, role, status, client_id, coach_email, source, created_at, updated_at)
        SELECT 'c' || i || '@example.com', 'C', 'client', 'active', 'c' || i, $1, 'demo', now(), now()
        FROM generate_series(0, $2 - 1) AS r (i)""",
        [CARLA, CLIENTS],
    )
    week = dict.fromkeys(range(7), (Hours(0, DAY_MINUTES),))
    set_hours(services, week=week, notice=timedelta(), most_a_day=20)
    sessions = [enter(services, f"c{number}", f"tab {number}") for number in range(CLIENTS)]
    return [
        {"email": f"{each.client_id}@example.com", "room": each.room_id, "token": report_token(services, each)}
        for each in sessions
    ]
