"""Whether the TURN servers relay for us: each is asked for an allocation, which is given back at once."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from aioice.stun import TransactionError, TransactionFailed
from aioice.turn import create_turn_endpoint

from coachroom.live.ice import TurnServers

PATIENCE_SECONDS = 4.0
UNAUTHORISED = 401
_URL = re.compile(r"(turns?):(\[[^\]]+\]|[^:?]+)(?::(\d+))?(?:\?transport=(\w+))?", re.IGNORECASE)
_PORTS = {"turn": 3478, "turns": 5349}


class TurnAnswer(Enum):
    """What a server says to our password."""

    RELAYS = "relays"
    WRONG_SECRET = "wrong secret"  # noqa: S105 - a name, no secret
    REFUSES = "refuses"
    SILENT = "silent"


@dataclass(frozen=True)
class TurnFinding:
    """What one server answered; `detail` says more where it did not relay."""

    url: str
    answer: TurnAnswer
    detail: str = ""


def ask_turn_servers(servers: TurnServers, now: datetime) -> list[TurnFinding]:
    """Asks all of them at once, for PATIENCE_SECONDS at most; `now` is naive UTC. Raises nothing."""

    async def ask_all() -> list[TurnFinding]:
        return list(await asyncio.gather(*(_ask(servers, url, now) for url in servers.urls)))

    return asyncio.run(ask_all())


async def _ask(servers: TurnServers, url: str, now: datetime) -> TurnFinding:
    user, password = servers.credentials("doctor", now)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await _allocate(url, user, password)
    except TransactionFailed as failed:
        code, reason = failed.response.attributes.get("ERROR-CODE", (0, "no reason"))
        answer = TurnAnswer.WRONG_SECRET if code == UNAUTHORISED else TurnAnswer.REFUSES
        return TurnFinding(url, answer, f"{code} {reason}".strip())
    except (TransactionError, TimeoutError):
        return TurnFinding(url, TurnAnswer.SILENT, "no answer")
    except OSError as error:
        return TurnFinding(url, TurnAnswer.SILENT, error.strerror or str(error))
    return TurnFinding(url, TurnAnswer.RELAYS)


async def _allocate(url: str, user: str, password: str) -> None:
    found = _URL.fullmatch(url)
    if found is None:
        raise OSError("no address of a TURN server")
    scheme, host, port, transport = found.groups()
    secure = scheme.lower() == "turns"
    gone = asyncio.get_running_loop().create_future()
    relay, _ = await create_turn_endpoint(
        lambda: _Receiver(gone),
        (host.strip("[]"), int(port or _PORTS[scheme.lower()])),
        user,
        password,
        ssl=True if secure else None,
        transport="tcp" if secure else (transport or "udp").lower(),
    )
    relay.close()
    await gone


class _Receiver(asyncio.DatagramProtocol):
    """Hears nothing; says when the allocation was given back."""

    def __init__(self, gone: asyncio.Future[None]) -> None:
        self._gone = gone

    def connection_lost(self, _: Exception | None) -> None:
        if not self._gone.done():
            self._gone.set_result(None)
