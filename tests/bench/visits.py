"""Clients who come, talk, reload, vanish and are erased, without a browser; and what was acknowledged to each."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
import websockets

from coachroom.clock import to_iso, utc_now
from tests.bench.pages import Tab
from tests.open_server import OpenServer

EXCHANGES = (4, 16)
PAUSE_S = (2.0, 8.0)
ANSWER_S = 10.0
OTHER_PAGES = ("Goals", "Memory", "Profile", "Privacy", "Appointments")
SENTENCES = (
    "I want to sleep better, but I look at my phone until midnight.",
    "Yesterday I walked to work, and it felt good.",
    "My plan for the week is to cook three times.",
    "It was a hard day, and I had no energy for anything.",
    "I could ask my sister whether she comes along.",
    "What helps me is to begin with the smallest step.",
)
# How a visit ends, and how often.
ENDINGS = {"button": 5, "vanishes": 3, "leaves": 2}
# A delivery is sent again while the server is busy or away, as the page's outbox does.
TRIES, TRY_AGAIN_S = 10, 1.0
RESENT, REREAD, RELOADED = 0.15, 0.1, 0.08


class ErasedError(Exception):
    """The client was erased while they were here."""


@dataclass
class Client:
    """One client; `mark` is in everything they say. `erased` from the moment in which they are about to be."""

    number: int
    mark: str
    erased: bool = False
    sessions: set[str] = field(default_factory=set)
    # Of pages and sentences: who comes back in time goes on in the same session.
    numbers: Iterator[int] = field(default_factory=itertools.count)
    # Whoever has it lets them into a room, or erases them.
    coming_or_going: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def id(self) -> str:
        return f"client-{self.number}"


@dataclass
class Ledger:
    """What the server acknowledged, by session and turn: the words; how long that took in ms; what else happened."""

    said: dict[str, dict[str, str]] = field(default_factory=dict)
    whose: dict[str, Client] = field(default_factory=dict)
    # What the coach said in each session, on its own line.
    heard: dict[str, Counter[str]] = field(default_factory=dict)
    waits: list[float] = field(default_factory=list)
    happened: Counter[str] = field(default_factory=Counter)

    @property
    def turns(self) -> int:
        return sum(len(turns) for turns in self.said.values())


class Visit:
    """One visit of a client, from their home page to the end of their session."""

    def __init__(self, server: OpenServer, client: Client, ledger: Ledger, chance: random.Random) -> None:
        self._server, self._client, self._ledger, self._chance = server, client, ledger, chance
        self._http = httpx.AsyncClient(
            base_url=server.url, headers={"origin": server.url}, timeout=60, trust_env=False
        )
        self._numbers = itertools.count(1)

    async def run(self) -> None:
        """Comes, talks and goes. Errors reach the caller, except that the client was erased."""
        async with self._http:
            try:
                await self._be_here()
            except ErasedError:
                self._ledger.happened["erased while here"] += 1

    async def _be_here(self) -> None:
        tab = await Tab.open(self._server, self._client.number, "", page="")
        try:
            await tab.rerun(self._chance.choice(OTHER_PAGES))
        finally:
            await tab.close()
        async with self._client.coming_or_going:
            if self._client.erased:
                return
            self._room, self._session, self._token = await asyncio.to_thread(self._server.enter, self._client.id)
            self._client.sessions.add(self._session)
        self._ledger.whose[self._session] = self._client
        self._ledger.happened["visits"] += 1
        exchanges = self._chance.randint(*EXCHANGES)
        while exchanges > 0:
            exchanges = await self._one_load(exchanges)

    async def _one_load(self, exchanges: int) -> int:
        """Talks on one load of the page; how many exchanges are left after it."""
        self._epoch = f"{self._session}-{next(self._client.numbers)}"
        tab = await Tab.open(self._server, self._client.number, self._room)
        line = await _Line.open(self._server, self._client.id, self._session)
        try:
            await self._report(self._status("connected", line.call))
            while exchanges > 0:
                exchanges -= 1
                await asyncio.sleep(self._chance.uniform(*PAUSE_S))
                await self._exchange(line)
                if self._chance.random() < REREAD:
                    await tab.rerun()
                if exchanges > 0 and self._chance.random() < RELOADED:
                    self._ledger.happened["reloads"] += 1
                    return exchanges
            await self._end(tab, line)
            return 0
        finally:
            self._note_heard(line)
            tab.vanish()
            line.vanish()

    async def _end(self, tab: Tab, line: _Line) -> None:
        (how,) = self._chance.choices(list(ENDINGS), list(ENDINGS.values()))
        self._ledger.happened[how] += 1
        if how == "vanishes":
            return
        await line.close()
        await self._report(self._status("disconnected", line.call))
        if how == "button" and not self._client.erased:
            await asyncio.to_thread(self._server.end_session, self._session)
            await tab.rerun("")

    async def _exchange(self, line: _Line) -> None:
        text = f"{self._chance.choice(SENTENCES)} ({self._client.mark}, {next(self._client.numbers)})"
        await line.say(text)
        answers = await line.answers()
        turns = [self._turn("client", text, line.call), *(self._turn("agent", each, line.call) for each in answers)]
        await self._report(*turns)
        if self._chance.random() < RESENT:
            await self._report(*turns)

    async def _report(self, *events: dict[str, Any]) -> None:
        """Sends until it is acknowledged, and then notes what was."""
        document = {"token": self._token, "epoch": self._epoch, "events": events}
        for _ in range(TRIES):
            since = time.perf_counter()
            try:
                answer = await self._http.post(f"/room/{self._room}/events", json=document)
            except httpx.TransportError:
                # The server closes a connection that was quiet for a while.
                self._ledger.happened["sent again"] += 1
                await asyncio.sleep(TRY_AGAIN_S)
                continue
            if self._client.erased:
                raise ErasedError
            if answer.status_code == httpx.codes.OK:
                break
            self._ledger.happened[f"answered {answer.status_code}"] += 1
            await asyncio.sleep(TRY_AGAIN_S)
        answer.raise_for_status()
        assert answer.json()["ack"] == events[-1]["n"]
        self._ledger.waits.append((time.perf_counter() - since) * 1000)
        said = self._ledger.said.setdefault(self._session, {})
        said.update({f"{self._epoch}.{each['n']}": each["text"] for each in events if each["kind"] == "turn"})

    def _note_heard(self, line: _Line) -> None:
        self._ledger.heard.setdefault(self._session, Counter()).update(line.heard)

    def _turn(self, sender: str, text: str, call: str) -> dict[str, Any]:
        return self._event("turn", sender=sender, text=text, conversation_id=call)

    def _status(self, status: str, call: str) -> dict[str, Any]:
        return self._event("status", status=status, conversation_id=call)

    def _event(self, kind: str, **more: Any) -> dict[str, Any]:
        return {"n": next(self._numbers), "kind": kind, "at": to_iso(utc_now()), **more}


class _Line:
    """The call with the practice coach, in text."""

    def __init__(self, socket: websockets.ClientConnection, call: str) -> None:
        self.call = call
        self.heard: Counter[str] = Counter()
        self._socket = socket
        self._answers: asyncio.Queue[str] = asyncio.Queue()
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def open(cls, server: OpenServer, client: str, session: str) -> _Line:
        origin: Any = server.url
        address = server.url.replace("http", "ws", 1) + "/practice/v1/convai/conversation?agent_id=agent"
        socket = await websockets.connect(address, origin=origin, proxy=None)
        start = {
            "type": "conversation_initiation_client_data",
            "user_id": client,
            "dynamic_variables": {"visit": session},
            "conversation_config_override": {"conversation": {"text_only": True}},
        }
        await socket.send(json.dumps(start))
        metadata = json.loads(await socket.recv())["conversation_initiation_metadata_event"]
        return cls(socket, str(metadata["conversation_id"]))

    async def say(self, text: str) -> None:
        with suppress(websockets.ConnectionClosed):
            await self._socket.send(json.dumps({"type": "user_message", "text": text}))

    async def answers(self) -> list[str]:
        """What the coach has said since it was last asked; waits a while for something."""
        found = []
        with suppress(TimeoutError):
            found.append(await asyncio.wait_for(self._answers.get(), ANSWER_S))
        while not self._answers.empty():
            found.append(self._answers.get_nowait())
        return found

    async def close(self) -> None:
        await self._socket.close()

    def vanish(self) -> None:
        self._reader.cancel()
        self._socket.transport.abort()

    async def _read(self) -> None:
        with suppress(websockets.ConnectionClosed):
            async for frame in self._socket:
                message = json.loads(frame)
                if message["type"] == "agent_response":
                    text = str(message["agent_response_event"]["agent_response"])
                    self.heard[text] += 1
                    self._answers.put_nowait(text)
                elif message["type"] == "client_tool_call":
                    call = message["client_tool_call"]["tool_call_id"]
                    result = {"type": "client_tool_result", "tool_call_id": call, "result": "ok", "is_error": False}
                    await self._socket.send(json.dumps(result))
