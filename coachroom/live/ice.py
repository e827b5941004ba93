"""How the two browsers find each other: STUN and TURN servers, with passwords that are good for one visit."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from coachroom.settings import Settings

# "candidate:<foundation> <part> <protocol> <priority> <address> <port> typ <kind> …", before it perhaps "a=".
_RELAY = re.compile(r"^(?:a=)?candidate:\S+ \d+ \S+ \d+ \S+ \d+ typ relay(?= |$)", re.IGNORECASE)
_RELATED = re.compile(r" raddr \S+ rport \d+", re.IGNORECASE)
_NOWHERE = " raddr 0.0.0.0 rport 0"


@dataclass(frozen=True)
class TurnServers:
    """Servers that take time-limited passwords, as coturn's `use-auth-secret`: one secret shared with us."""

    urls: tuple[str, ...]
    secret: str
    lasts: timedelta

    def credentials(self, name: str, now: datetime) -> tuple[str, str]:
        """User and password, good from `now` (naive UTC) on for as long as `lasts`."""
        until = int((now.replace(tzinfo=UTC) + self.lasts).timestamp())
        user = f"{until}:{name}"
        # The servers ask for SHA-1.
        digest = hmac.new(self.secret.encode(), user.encode(), hashlib.sha1).digest()
        return user, base64.b64encode(digest).decode()


@dataclass(frozen=True)
class IcePlan:
    """The servers that both pages are told; `relay_only`: through TURN alone, so that no address is told."""

    servers: tuple[Mapping[str, Any], ...]
    turn: TurnServers | None
    relay_only: bool

    def rtc(self, name: str, now: datetime) -> dict[str, Any]:
        """What a page gives to its RTCPeerConnection; `name` says for whom the password is."""
        servers = [dict(server) for server in self.servers]
        if self.turn is not None:
            user, password = self.turn.credentials(name, now)
            servers.append({"urls": list(self.turn.urls), "username": user, "credential": password})
        policy = {"iceTransportPolicy": "relay"} if self.relay_only else {}
        return {"iceServers": servers, **policy}


def turn_servers_of(settings: Settings) -> TurnServers | None:
    """The TURN servers of the settings; None where there are none."""
    if not settings.turn_urls or settings.turn_secret is None:
        return None
    lasts = timedelta(hours=settings.turn_hours)
    return TurnServers(tuple(settings.turn_urls), settings.turn_secret.get_secret_value(), lasts)


def ice_plan_of(settings: Settings) -> IcePlan:
    """What the settings say of the servers."""
    return IcePlan(tuple(settings.ice_servers), turn_servers_of(settings), settings.live_relay_only)


def relayed_candidate(candidate: str) -> str | None:
    """The candidate without the address of whoever sent it; None where it is no relay's."""
    # An empty one says that there are no more.
    if not candidate:
        return candidate
    if "\n" in candidate or "\r" in candidate or not _RELAY.match(candidate):
        return None
    return _RELATED.sub(_NOWHERE, candidate)


def relayed_sdp(sdp: str) -> str:
    """The description without any address of whoever sent it."""
    return "".join(f"{line}\r\n" for line in map(_without_address, sdp.splitlines()) if line is not None)


def _without_address(line: str) -> str | None:
    kind = line[:2].lower()
    if kind == "c=":
        return "c=IN IP4 0.0.0.0"
    if kind == "o=":
        # o=<name> <session> <version> IN IP4 <address>
        return " ".join([*line.split(" ")[:3], "IN IP4 127.0.0.1"])
    lowered = line.lower()
    if lowered.startswith("a=rtcp:"):
        return "a=rtcp:9 IN IP4 0.0.0.0"
    if lowered.startswith("a=remote-candidates:"):
        return None
    if "candidate:" in lowered:
        return relayed_candidate(line)
    return line
