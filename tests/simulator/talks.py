"""Whole talks with the practice agent in virtual time: what its client sends, and what a room's page then reports.

The client acts at fixed moments from when there is a free line, whatever it has heard by then, so a talk is the same
in every mood.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.websockets import WebSocket

from coachroom.clock import to_iso
from coachroom.simulator import Mood, PracticeAgent
from coachroom.simulator.call.protocol import Message
from coachroom.simulator.call.tts import Voice
from coachroom.simulator.server.archive import PracticeTurn, ToldContext
from tests.simulator.serving import AGENT, API_KEY, HZ, WEBHOOK_SECRET, silence, sine
from tests.virtual_time import run_virtually

CHUNK_S = 0.1
CHUNK_BYTES = 3_200
BYTES_A_CHARACTER = 2_000
# Longer than any record is late or partial.
UNTIL_WHOLE_S = 10.0


@dataclass(frozen=True)
class Act:
    """After `wait` seconds the client types `text`, or somebody speaks for `speaks` seconds at the pitch `hz`, or the
    page tells the agent `context` with the id `context_id`."""

    wait: float
    text: str | None = None
    speaks: float = 0.0
    hz: float = HZ
    context: str | None = None
    context_id: str | None = None


@dataclass
class PlayedTalk:
    """What became of one talk: the page's events, the provider's documents in their order, and what was said."""

    call: str
    events: list[dict[str, Any]]
    documents: list[Message]
    said: list[PracticeTurn]
    told: list[ToldContext]
    seconds: float


class _QuickVoice(Voice):
    """A voice whose sentences are silence of a fitting length, made without a thread."""

    async def speak(self, sentence: str, language: str = "en") -> bytes:
        return bytes(BYTES_A_CHARACTER * len(sentence))


@dataclass
class _Page:
    """One client on a socket without a network, and the events that a room's page makes of what it hears."""

    began: datetime
    client: str
    session_id: str
    to_agent: asyncio.Queue[Message] = field(default_factory=asyncio.Queue)
    call: str = ""
    queued: bool = False
    closed: bool = False
    events: list[dict[str, Any]] = field(default_factory=list)
    # Since when the client waits for an answer.
    asked_at: datetime | None = None

    def now(self) -> datetime:
        return self.began + timedelta(seconds=asyncio.get_running_loop().time())

    def report(self, kind: str, **fields: Any) -> None:
        event = {"n": len(self.events) + 1, "kind": kind, "at": to_iso(self.now()), "conversation_id": self.call}
        self.events.append(event | fields)

    def send(self, message: Message) -> None:
        self.to_agent.put_nowait({"type": "websocket.receive", "text": json.dumps(message)})

    async def take(self, event: Message) -> None:
        """One event from the server's socket."""
        if event["type"] == "websocket.close" and not self.closed:
            self.hung_up("error")
        elif event["type"] == "websocket.send" and not self.closed:
            self.hear(json.loads(event["text"]))

    def hung_up(self, reason: str) -> None:
        self.closed = True
        if self.call:
            self.report("status", status="disconnected", reason=reason)

    def hear(self, message: Message) -> None:
        body = next(value for key, value in message.items() if key != "type")
        match message["type"]:
            case "conversation_initiation_metadata":
                self.call = body["conversation_id"]
                self.report("status", status="connected")
            case "queue_status":
                self.queued = body["status"] == "waiting"
                self.report("status", status="queued" if self.queued else "connected")
            case "user_transcript":
                self.asked_at = self.now()
                self.report("turn", sender="client", text=body["user_transcript"], event_id=body["event_id"])
            case "agent_response":
                self.report(
                    "turn", sender="agent", text=body["agent_response"], event_id=body["event_id"], **self._latency()
                )
            case "interruption":
                self.report("interruption", event_id=body["event_id"])
            case "agent_response_correction":
                text = body["corrected_agent_response"]
                self.report("correction", event_id=body["event_id"], text=text)

    def _latency(self) -> dict[str, int]:
        asked_at, self.asked_at = self.asked_at, None
        return {} if asked_at is None else {"latency_ms": round((self.now() - asked_at).total_seconds() * 1000)}

    async def act(self, act: Act) -> None:
        await asyncio.sleep(act.wait)
        if self.closed:
            return
        if act.text is not None:
            self.asked_at = self.now()
            self.report("turn", sender="client", text=act.text, typed=True)
            self.send({"type": "user_message", "text": act.text})
        elif act.context is not None:
            told = {"type": "contextual_update", "text": act.context}
            self.send(told | ({"context_id": act.context_id} if act.context_id else {}))
        elif act.speaks:
            pcm = sine(act.speaks, hz=act.hz) + silence(1.5)
            for begin in range(0, len(pcm), CHUNK_BYTES):
                chunk = base64.b64encode(pcm[begin : begin + CHUNK_BYTES]).decode()
                self.send({"user_audio_chunk": chunk})
                await asyncio.sleep(CHUNK_S)


def play(
    acts: Sequence[Act],
    mood: Mood,
    *,
    seed: int = 0,
    began: datetime,
    client: str,
    session_id: str,
    text_only: bool = False,
) -> PlayedTalk:
    """The talk of this client in this mood; two seconds after the last act the client ends the call."""
    return run_virtually(_played(acts, mood, seed, _Page(began, client, session_id), text_only))


async def _played(acts: Sequence[Act], mood: Mood, seed: int, page: _Page, text_only: bool) -> PlayedTalk:
    documents: list[Message] = []

    async def deliver(body: bytes, _headers: dict[str, str]) -> None:
        documents.append(json.loads(body)["data"])

    agent = PracticeAgent(
        secret="for signing",
        api_key=API_KEY,
        webhook_secret=WEBHOOK_SECRET,
        deliver=deliver,
        voice=_QuickVoice(),
        clock=page.now,
        monotonic=asyncio.get_running_loop().time,
        mood=mood,
        seed=seed,
    )
    agent_side = asyncio.create_task(agent._calls.take(_socket(page)))
    page.send(_initiation(page, text_only=text_only))
    while not page.call or page.queued:
        await asyncio.sleep(0.01)
    for act in acts:
        await page.act(act)
    await asyncio.sleep(2)
    seconds = asyncio.get_running_loop().time()
    if not page.closed:
        page.hung_up("user")
        page.to_agent.put_nowait({"type": "websocket.disconnect", "code": 1000, "reason": ""})
    await agent_side
    await asyncio.sleep(UNTIL_WHOLE_S)
    documents.append(await _asked(agent, page.call))
    record = agent._calls._context.archive.get(page.call)
    assert record is not None
    return PlayedTalk(page.call, page.events, documents, record.turns, list(record.told), seconds)


def _socket(page: _Page) -> WebSocket:
    page.to_agent.put_nowait({"type": "websocket.connect"})
    scope = {
        "type": "websocket",
        "path": "/v1/convai/conversation",
        "query_string": f"agent_id={AGENT}".encode(),
        "headers": [],
        "subprotocols": ["convai"],
    }
    return WebSocket(scope, page.to_agent.get, page.take)


def _initiation(page: _Page, *, text_only: bool) -> Message:
    return {
        "type": "conversation_initiation_client_data",
        "user_id": page.client,
        "dynamic_variables": {"visit": page.session_id},
        "conversation_config_override": {"conversation": {"text_only": text_only}},
    }


async def _asked(agent: PracticeAgent, call: str) -> Message:
    """The provider's document of the call, as asking for it answers."""
    app = Starlette(routes=[Mount("/", routes=agent.routes())])
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://agent") as http:
        answer = await http.get(f"/v1/convai/conversations/{call}", headers={"xi-api-key": API_KEY})
    return dict(answer.json())
