"""Passwords for TURN servers, and descriptions that tell no address."""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachroom.live.ice import TurnServers, ice_plan_of, relayed_candidate, relayed_sdp
from tests.services import settings_for

NOON = datetime(2026, 5, 1, 12)
HOST = "candidate:1 1 udp 2122260223 192.168.1.7 50000 typ host generation 0 ufrag abcd network-id 1"
MDNS = "candidate:1 1 udp 2122260223 0b1b5b8e-7d0c.local 50000 typ host generation 0"
SRFLX = "candidate:2 1 udp 1686052607 203.0.113.9 50000 typ srflx raddr 192.168.1.7 rport 50000"
RELAY = (
    "candidate:3 1 udp 41885439 198.51.100.5 61000 typ relay raddr 203.0.113.9 rport 50000 generation 0 ufrag abcd"
)
SDP = "\r\n".join(
    [
        "v=0",
        "o=- 46117 2 IN IP4 192.168.1.7",
        "s=-",
        "t=0 0",
        "m=audio 50000 UDP/TLS/RTP/SAVPF 111",
        "c=IN IP4 203.0.113.9",
        "a=rtcp:50001 IN IP4 203.0.113.9",
        f"a={HOST}",
        f"a={MDNS}",
        f"a={SRFLX}",
        f"a={RELAY}",
        "a=remote-candidates:1 203.0.113.9 50000",
        "a=ice-ufrag:abcd",
        "a=mid:0",
        "",
    ]
)


def test_a_password_is_good_for_one_visit_and_a_while() -> None:
    servers = TurnServers(("turn:turn.example.com",), "shared", timedelta(hours=12))
    user, password = servers.credentials("join-1:client", NOON)
    until, name = user.split(":", 1)
    assert name == "join-1:client"
    assert datetime(1970, 1, 1) + timedelta(seconds=int(until)) == NOON + timedelta(hours=12)
    assert base64.b64decode(password) == hmac.new(b"shared", user.encode(), hashlib.sha1).digest()


def test_a_page_is_told_all_servers_and_that_it_must_use_the_relay(tmp_path: Path) -> None:
    settings = settings_for(
        tmp_path,
        ice_servers=[{"urls": "stun:stun.example.com"}],
        turn_urls=["turn:turn.example.com"],
        turn_secret="shared",
        live_relay_only=True,
    )
    rtc = ice_plan_of(settings).rtc("join-1:coach", NOON)
    assert rtc["iceTransportPolicy"] == "relay"
    assert rtc["iceServers"][0] == {"urls": "stun:stun.example.com"}
    assert rtc["iceServers"][1]["urls"] == ["turn:turn.example.com"]
    assert rtc["iceServers"][1]["username"].endswith(":join-1:coach")


def test_without_relays_a_page_is_told_the_other_servers_alone(tmp_path: Path) -> None:
    assert ice_plan_of(settings_for(tmp_path)).rtc("join-1:coach", NOON) == {"iceServers": []}


@pytest.mark.parametrize("candidate", [HOST, MDNS, SRFLX, f"a={HOST}", "no candidate", RELAY + "\r\na=" + HOST])
def test_a_candidate_that_is_no_relays_is_not_passed_on(candidate: str) -> None:
    assert relayed_candidate(candidate) is None


def test_a_relays_candidate_loses_the_address_behind_it() -> None:
    told = relayed_candidate(RELAY)
    assert told is not None
    assert "203.0.113.9" not in told
    assert "198.51.100.5 61000 typ relay raddr 0.0.0.0 rport 0 generation 0" in told


def test_that_there_are_no_more_candidates_is_passed_on() -> None:
    assert relayed_candidate("") == ""


def test_a_description_tells_the_relays_address_alone() -> None:
    told = relayed_sdp(SDP)
    assert set(re.findall(r"\d+\.\d+\.\d+\.\d+", told)) == {"198.51.100.5", "0.0.0.0", "127.0.0.1"}
    assert ".local" not in told
    assert "a=ice-ufrag:abcd\r\na=mid:0\r\n" in told


@given(
    address=st.ip_addresses().map(str).filter(lambda text: ipaddress.ip_address(text).is_global),
    kind=st.sampled_from(["host", "srflx", "prflx", "HOST", "relay2", ""]),
    ending=st.sampled_from(["\r\n", "\n", "\r", "\u2028", "\x0b"]),
    before=st.sampled_from(["a=", "A=", " a=", "a= ", "a=x:", ""]),
)
def test_no_address_gets_through_however_its_line_is_written(
    address: str, kind: str, ending: str, before: str
) -> None:
    line = f"{before}candidate:1 1 udp 1 {address} 9 typ {kind}"
    assert address not in relayed_sdp(f"v=0{ending}{line}{ending}c=IN IP6 {address}{ending}o=- 1 1 IN IP6 {address}")
