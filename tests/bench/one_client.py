"""One client against the others: endless turns, late events and wrong ids, and what other rooms notice of it.

Bounded in bytes and in time, and sent to this machine alone.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import httpx
from websockets.sync.client import connect

from coachroom.clock import to_iso, utc_now
from tests.bench.community import prepare
from tests.bench.talking import at_share, talking
from tests.open_server import OpenServer, open_server

ROOMS = 4
QUIET_SECONDS = 20
ATTACK_SECONDS = 20
SETTLE_SECONDS = 20
HUGE_CHARS, LARGE_CHARS = 7_000_000, 900_000
HUGE_TURNS, LARGE_TURNS, SMALL_TURNS = 10, 60, 6_000
TURNS_A_DELIVERY = 400
CONNECTIONS = 12
BAD_IDS = 60
TRANSCRIPT_WITHIN = 300

Seat = tuple[str, str, str]


@dataclass(frozen=True)
class Stall:
    """Other rooms' acknowledgements in ms, the server's memory in MB, and the attacker's answers."""

    attack: str
    quiet_p50: float
    quiet_p99: float
    attack_p50: float
    attack_p99: float
    memory_before: float
    memory_most: float
    memory_after: float
    answers: dict[int, int]


def measure_stalls() -> list[Stall]:
    """Each attack on a server of its own."""
    return [_with_server(name) for name in ATTACKS]


def _with_server(name: str) -> Stall:
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder), ROOMS + 2)
        with open_server(Path(folder)) as server:
            return asyncio.run(_measure(server, name))


async def _measure(server: OpenServer, name: str) -> Stall:
    rooms = [server.enter(f"client-{number}") for number in range(ROOMS)]
    harmless, attacker = (server.enter(f"client-{ROOMS + number}") for number in range(2))
    with ProcessPoolExecutor(1, get_context("spawn")) as sender:
        loop = asyncio.get_running_loop()
        # Once with little: the process has started and the server is warm.
        await loop.run_in_executor(sender, _send, server.url, "warm", harmless, 2.0)
        async with talking(server, rooms):
            await asyncio.sleep(5)
        async with talking(server, rooms) as quiet:
            await asyncio.sleep(QUIET_SECONDS)
        before = most = _memory(server)
        async with talking(server, rooms) as busy:
            attack = loop.run_in_executor(sender, _send, server.url, name, attacker, float(ATTACK_SECONDS))
            ends_at = time.monotonic() + ATTACK_SECONDS / 2
            while not attack.done():
                if name == "late events" and time.monotonic() > ends_at:
                    server.end_session(attacker[1])
                    ends_at = float("inf")
                most = max(most, _memory(server))
                await asyncio.sleep(0.2)
    await asyncio.sleep(SETTLE_SECONDS)
    return Stall(
        attack=name,
        quiet_p50=at_share(quiet, 0.5),
        quiet_p99=at_share(quiet, 0.99),
        attack_p50=at_share(busy, 0.5),
        attack_p99=at_share(busy, 0.99),
        memory_before=before,
        memory_most=most,
        memory_after=_memory(server),
        answers=dict(await attack),
    )


def _memory(server: OpenServer) -> float:
    """What the server holds of this machine's memory, in MB."""
    lines = Path(f"/proc/{server.process.pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def _send(url: str, name: str, seat: Seat, seconds: float) -> Counter[int]:
    return asyncio.run(_send_all(url, name, seat, seconds))


async def _send_all(url: str, name: str, seat: Seat, seconds: float) -> Counter[int]:
    answers: Counter[int] = Counter()
    headers = {"origin": url, "coachroom-token": seat[2]}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60, trust_env=False) as client:
        await ATTACKS.get(name, _late_events)(client, seat, time.monotonic() + seconds, answers)
    return answers


async def _late_events(client: httpx.AsyncClient, seat: Seat, until: float, answers: Counter[int]) -> None:
    """Turns as long as a request may be, then small events, most of them after the session's end."""
    for n in range(1, HUGE_TURNS + 1):
        answers[await _report(client, seat, _said(n, "word " * (HUGE_CHARS // 5)))] += 1
    for n in range(HUGE_TURNS + 1, LARGE_TURNS):
        answers[await _report(client, seat, _said(n, "word " * (LARGE_CHARS // 5)))] += 1
    n = LARGE_TURNS
    while time.monotonic() < until:
        answers[await _report(client, seat, _said(n, "late"))] += 1
        n += 1
        await asyncio.sleep(0.1)


async def _many_turns(client: httpx.AsyncClient, seat: Seat, until: float, answers: Counter[int]) -> None:
    """As many turns as a session takes and more, then corrections of them, over several connections."""
    for begin in range(1, SMALL_TURNS, TURNS_A_DELIVERY):
        events = [_said(n, "...", "agent", event_id=n) for n in range(begin, begin + TURNS_A_DELIVERY)]
        answers[await _report(client, seat, *events)] += 1
    numbers = iter(range(SMALL_TURNS, 10_000_000))

    async def correct() -> None:
        while time.monotonic() < until:
            event = {"n": next(numbers), "kind": "correction", "event_id": 1, "text": "…"}
            answers[await _report(client, seat, event)] += 1

    await asyncio.gather(*(correct() for _ in range(CONNECTIONS)))


async def _report(client: httpx.AsyncClient, seat: Seat, *events: dict[str, Any]) -> int:
    room, _, token = seat
    document = json.dumps({"token": token, "epoch": "attack", "events": events})
    try:
        return (await client.post(f"/room/{room}/events", content=document)).status_code
    except httpx.TransportError:
        return 0


def _said(n: int, text: str, sender: str = "client", **more: Any) -> dict[str, Any]:
    return {"n": n, "kind": "turn", "sender": sender, "text": text, "at": to_iso(utc_now()), **more}


ATTACKS: dict[str, Any] = {"late events": _late_events, "many turns": _many_turns}


def measure_transcript() -> tuple[float, float]:
    """Seconds from the end of a session to its whole transcript: alone, and behind another client's wrong ids."""
    return _transcript(0), _transcript(BAD_IDS)


def _transcript(bad_ids: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder), 2)
        with open_server(Path(folder)) as server:
            server.set_faults(lose_webhooks=True)
            attacker, other = server.enter("client-0"), server.enter("client-1")
            call = _held_call(server, other)
            for n in range(1, bad_ids + 1):
                _connected(server, attacker, n, f"conv_{n}\n../../v1/user")
            _connected(server, other, 1, call)
            server.end_session(attacker[1])
            server.end_session(other[1])
            since = time.monotonic()
            while server.rows("SELECT record FROM agent_conversations WHERE id = $1", call) != [("complete",)]:
                assert time.monotonic() - since < TRANSCRIPT_WITHIN
                time.sleep(0.1)
            return time.monotonic() - since


def _connected(server: OpenServer, seat: Seat, n: int, call: str) -> None:
    event = {"n": n, "kind": "status", "status": "connected", "at": to_iso(utc_now()), "conversation_id": call}
    room, _, token = seat
    document = {"token": token, "epoch": "calls", "events": [event]}
    headers = {"origin": server.url, "coachroom-token": token}
    httpx.post(f"{server.url}/room/{room}/events", json=document, headers=headers).raise_for_status()


def _held_call(server: OpenServer, seat: Seat) -> str:
    """The id of a finished call of this session at the practice agent."""
    address = server.url.replace("http://", "ws://") + "/practice/v1/convai/conversation?agent_id=agent"
    start = {
        "type": "conversation_initiation_client_data",
        "user_id": "client-1",
        "dynamic_variables": {"visit": seat[1]},
        "conversation_config_override": {"conversation": {"text_only": True}},
    }
    with connect(address, origin=server.url) as socket:  # type: ignore[arg-type]
        socket.send(json.dumps(start))
        while True:
            frame = json.loads(socket.recv(timeout=10))
            if frame["type"] == "conversation_initiation_metadata":
                call = str(frame["conversation_initiation_metadata_event"]["conversation_id"])
            if frame["type"] == "agent_response":
                return call


def main() -> None:
    print("One client against the others")
    print("attack        quiet p50 ms  p99 ms  attack p50 ms  p99 ms  memory MB before  most  after  answers")
    for stall in measure_stalls():
        print(
            f"{stall.attack:12}  {stall.quiet_p50:12.0f}  {stall.quiet_p99:6.0f}  {stall.attack_p50:13.0f}"
            f"  {stall.attack_p99:6.0f}  {stall.memory_before:16.0f}  {stall.memory_most:4.0f}"
            f"  {stall.memory_after:5.0f}  {stall.answers}",
            flush=True,
        )
    print("aim: p99 at most three times that of quiet, memory back within 10 %")
    alone, behind = measure_transcript()
    print(f"a transcript is there after {alone:.0f} s alone, {behind:.0f} s behind {BAD_IDS} wrong ids")
    print("aim: the same")


if __name__ == "__main__":
    main()
