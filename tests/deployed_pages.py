"""Clients of a deployment, each with a room's page but no browser: it stays open by its socket, and reports turns.

Events are kept and sent again as coachroom/ui/assets/outbox.js does, sockets opened again as Streamlit's page does.
"""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value, generate_xsrf_token_string

from coachroom.clock import to_iso, utc_now
from coachroom.people.identities import identity_in, sign_in_id
from coachroom.postgres_address import PostgresAddress
from tests.bench.community import add_members, email
from tests.deployed import SECRET, Deployment
from tests.services import CALL, ISSUER, OIDC, opened

FIRST_RETRY_S, LONGEST_RETRY_S = 0.5, 5.0
ANSWER_S = 20.0
FIRST_RECONNECT_S, LONGEST_RECONNECT_S = 0.5, 30.0
REPLICA_COOKIE = "coachroom_replica"


@dataclass(frozen=True)
class Client:
    """One who has signed in and is in their room."""

    number: int
    room: str
    session: str
    token: str
    cookies: str
    xsrf: str


def add_clients(deployment: Deployment, folder: Path, numbers: range) -> list[Client]:
    """Members who have signed in at the provider, agreed to the notice and entered their rooms."""
    given: dict[str, Any] = {
        "database": PostgresAddress.read(deployment.address()),
        "replica": "prepares",
        "agent_provider": "elevenlabs",
        "elevenlabs_api_key": "a-key",
        "elevenlabs_url": "http://127.0.0.1:9",
        "public_url": deployment.origin,
        "cookie_secret": SECRET,
        **OIDC,
    }
    with opened(folder, **given) as services:
        # It does no background work, so it must not lead.
        assert services.link is not None
        services.link.close()
        add_members(services, numbers)
        clients = []
        for number in numbers:
            address = email(number)
            claims = {"iss": ISSUER, "sub": address, "nonce": str(number), "email": address, "email_verified": True}
            id, identity = sign_in_id(claims), identity_in(claims)
            assert id is not None
            assert identity is not None
            services.sign_ins.begin(id, identity)
            room = services.rooms.create(f"client-{number}")
            session, _ = services.sessions.enter(room.id, f"client-{number}", "no-tab")
            value = {**claims, "origin": deployment.origin, "is_logged_in": True, "provider": "default"}
            cookie = create_signed_value(SECRET, "_streamlit_user", json.dumps(value)).decode()
            xsrf = generate_xsrf_token_string()
            cookies = f"__Host-_streamlit_user={cookie}; _streamlit_xsrf={xsrf}"
            token = services.tokens.issue_report(session.id, id)
            clients.append(Client(number, room.id, session.id, token, cookies, xsrf))
        return clients


@dataclass(eq=False)
class Page:
    """The page of a client's room.

    `said`: each turn's text by its number, and when it was said; `acknowledged`: when it was acknowledged first.
    Times are those of time.monotonic().
    """

    client: Client
    deployment: Deployment
    epoch: str
    every_s: float
    said: dict[int, tuple[str, float]] = field(default_factory=dict)
    acknowledged: dict[int, float] = field(default_factory=dict)
    states: list[str] = field(default_factory=list)
    sockets: int = 0
    refused: list[str] = field(default_factory=list)
    replica: str = ""
    _pending: list[dict[str, object]] = field(default_factory=list)
    _last: int = 0
    _opened: asyncio.Event = field(default_factory=asyncio.Event)

    async def live(self, stop: asyncio.Event) -> None:
        """Stays open and talks until `stop`, then until everything is acknowledged."""
        sits = asyncio.create_task(self._sit())
        try:
            await self._opened.wait()
            await asyncio.gather(self._talk(stop), self._report(stop))
        finally:
            sits.cancel()
            with suppress(asyncio.CancelledError):
                await sits

    def first_acknowledged_after(self, moment: float) -> float | None:
        """When the first turn that was said after `moment` was acknowledged."""
        found = [at for n, at in self.acknowledged.items() if n in self.said and self.said[n][1] >= moment]
        return min(found, default=None)

    async def _talk(self, stop: asyncio.Event) -> None:
        self._add({"kind": "status", "status": "connected"})
        while not stop.is_set():
            n = self._last + 1
            text = f"client {self.client.number} says {n}"
            self.said[n] = (text, time.monotonic())
            self._add({"kind": "turn", "sender": "client", "text": text})
            await asyncio.sleep(self.every_s)

    def _add(self, event: dict[str, object]) -> None:
        self._last += 1
        self._pending.append(
            {"n": self._last, "at": to_iso(utc_now()), "conversation_id": f"{CALL}_{self.client.number}", **event}
        )

    async def _report(self, stop: asyncio.Event) -> None:
        wait = FIRST_RETRY_S
        async with httpx.AsyncClient(verify=self.deployment.context, timeout=ANSWER_S) as browser:
            while self._pending or not stop.is_set():
                if not self._pending:
                    await asyncio.sleep(0.02)
                    continue
                ack = await self._send(browser)
                if ack:
                    wait = FIRST_RETRY_S
                else:
                    await asyncio.sleep(wait)
                    wait = min(2 * wait, LONGEST_RETRY_S)

    async def _send(self, browser: httpx.AsyncClient) -> int:
        """The highest number that is stored now; 0 where nothing was acknowledged."""
        token = self.client.token
        document = {
            "token": token,
            "epoch": self.epoch,
            "why": "live",
            "sent_at": to_iso(utc_now()),
            "events": self._pending,
        }
        headers = {"coachroom-token": token, "origin": self.deployment.origin, "cookie": self._cookies()}
        browser.cookies.clear()
        try:
            answer = await browser.post(
                f"{self.deployment.origin}/room/{self.client.room}/events", json=document, headers=headers
            )
        except httpx.HTTPError:
            return 0
        self._keep_replica(answer.headers.get_list("set-cookie"))
        if answer.status_code != 200:
            if answer.status_code < 500:
                self.refused.append(f"{answer.status_code} {answer.text[:200]}")
            return 0
        found = answer.json()
        ack, now = int(found["ack"]), time.monotonic()
        self.states.append(found["session"])
        for event in self._pending:
            n = int(str(event["n"]))
            if n <= ack:
                self.acknowledged.setdefault(n, now)
        self._pending = [event for event in self._pending if int(str(event["n"])) > ack]
        return ack

    async def _sit(self) -> None:
        wait = FIRST_RECONNECT_S
        while True:
            try:
                async with self._socket() as socket:
                    self._keep_replica(socket.response.headers.get_all("Set-Cookie") if socket.response else [])
                    message = BackMsg()
                    message.rerun_script.page_name = "Room"
                    message.rerun_script.query_string = f"room={self.client.room}"
                    await socket.send(message.SerializeToString())
                    async for data in socket:
                        if (
                            ForwardMsg.FromString(bytes(data, "utf-8") if isinstance(data, str) else data).WhichOneof(
                                "type"
                            )
                            == "script_finished"
                        ):
                            wait = FIRST_RECONNECT_S
                            if not self._opened.is_set():
                                self._opened.set()
                            self.sockets += 1
            except (OSError, websockets.WebSocketException):
                pass
            await asyncio.sleep(wait)
            wait = min(2 * wait, LONGEST_RECONNECT_S)

    def _socket(self) -> websockets.connect:
        return websockets.connect(
            self.deployment.origin.replace("https:", "wss:") + "/_stcore/stream",
            ssl=self.deployment.context,
            origin=websockets.Origin(self.deployment.origin),
            subprotocols=[websockets.Subprotocol("streamlit"), websockets.Subprotocol(self.client.xsrf)],
            additional_headers={"Cookie": self._cookies()},
            max_size=None,
            open_timeout=ANSWER_S,
            # A browser sends none; the server does.
            ping_interval=None,
        )

    def _cookies(self) -> str:
        return self.client.cookies + (f"; {REPLICA_COOKIE}={self.replica}" if self.replica else "")

    def _keep_replica(self, cookies: list[str]) -> None:
        for each in cookies:
            name, _, value = each.partition(";")[0].partition("=")
            if name == REPLICA_COOKIE:
                self.replica = value


@dataclass(frozen=True)
class Tally:
    """What the database holds of what the pages said. `ended`: sessions that are over though their page is open."""

    said: int
    acknowledged: int
    lost: int
    doubled: int
    ended: int
    sessions: int


def tally(deployment: Deployment, pages: list[Page]) -> Tally:
    """Compared turn by turn, by its text."""
    lost = doubled = ended = 0
    for page in pages:
        sql = "SELECT message FROM conversations WHERE session_id = %s"
        kept = [message for (message,) in deployment.rows(sql, page.client.session)]
        texts = {page.said[n][0] for n in page.acknowledged if n in page.said}
        lost += len(texts - set(kept))
        doubled += len(kept) - len(set(kept))
        ((status,),) = deployment.rows("SELECT status FROM sessions WHERE id = %s", page.client.session)
        ended += status not in {"waiting", "active"}
    clients = [page.client.number for page in pages]
    ((sessions,),) = deployment.rows(
        "SELECT count(*) FROM sessions WHERE client_id = ANY(%s)", [f"client-{number}" for number in clients]
    )
    said = sum(len(page.said) for page in pages)
    acknowledged = sum(n in page.said for page in pages for n in page.acknowledged)
    return Tally(said, acknowledged, lost, doubled, ended, sessions)
