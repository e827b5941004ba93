"""Reports to another system: signed, to public addresses alone, whatever the receiver answers."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import pytest

from coachroom.notifications import public_post
from coachroom.notifications.hook_sender import HookReceiver, HookSender
from coachroom.notifications.message import Channel, MessageKind, NotSentError, OutgoingMessage
from tests.certificates import make_certificate
from tests.notifications.hook_house import DRIPS, HANGS, SECRET, hook_house
from tests.services import NOON

MESSAGE = OutgoingMessage("k", MessageKind.SESSION_FINISHED, Channel.HOOK, {"session": "s-1"})


def send(url: str, *, loopback: bool = True, max_seconds: float = 5) -> None:
    HookSender(HookReceiver(url, SECRET, loopback), max_seconds=max_seconds).send(MESSAGE, NOON, NOON)


def test_a_report_is_signed_as_the_receiver_computes_it() -> None:
    with hook_house() as house:
        send(house.url)
    (received,) = house.received
    assert received.signed
    assert received.id == f"msg_{MESSAGE.id}"
    assert received.body == {
        "type": "session.finished",
        "timestamp": "2026-05-01T12:00:00.000Z",
        "data": {"session": "s-1"},
    }


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_any_2xx_is_taken(status: int) -> None:
    with hook_house() as house:
        house.statuses.append(status)
        send(house.url)


@pytest.mark.parametrize(
    ("status", "sentence", "final"),
    [
        (500, "answers 500", False),
        (429, "answers 429", False),
        (404, "answers 404", False),
        (410, "answers 410", True),
        (301, "redirect \\(301\\)", False),
        (307, "redirect \\(307\\)", False),
    ],
)
def test_anything_else_is_not_and_no_redirect_is_followed(status: int, sentence: str, final: bool) -> None:
    with hook_house() as house:
        house.statuses.append(status)
        with pytest.raises(NotSentError, match=sentence) as failed:
            send(house.url)
        assert len(house.received) == 1
    assert failed.value.final == final


@pytest.mark.parametrize("status", [HANGS, DRIPS])
@pytest.mark.parametrize("secure", [False, True])
def test_a_receiver_that_does_not_answer_is_left(status: int, secure: bool, tmp_path: Path) -> None:
    tls = make_certificate(tmp_path)
    theirs, ours = tls.serving(), tls.context()
    began = time.monotonic()
    with hook_house(theirs if secure else None) as house:
        house.statuses.append(status)
        sender = HookSender(HookReceiver(house.url, SECRET, True), tls=ours, max_seconds=0.3)
        with pytest.raises(NotSentError, match="does not answer") as failed:
            sender.send(MESSAGE, NOON, NOON)
    assert failed.value.no_answer
    assert time.monotonic() - began < public_post.STEP_SECONDS


def test_the_certificate_must_be_trusted(tmp_path: Path) -> None:
    tls = make_certificate(tmp_path)
    theirs, ours = tls.serving(), tls.context()
    with hook_house(theirs) as house:
        HookSender(HookReceiver(house.url, SECRET, True), tls=ours).send(MESSAGE, NOON, NOON)
        with pytest.raises(NotSentError, match="cannot be reached"):
            send(house.url)
    assert [received.signed for received in house.received] == [True]


def test_this_computer_gets_nothing_unless_it_is_set_up_so() -> None:
    with hook_house() as house, pytest.raises(NotSentError, match="private network"):
        send(house.url, loopback=False)
    assert house.received == []


@pytest.mark.parametrize(
    "address",
    [
        *(
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.4",
            "127.0.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
        ),
        *("::1", "fe80::1", "fd00::1", "::", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "ff02::1"),
        *("255.255.255.255", "::ffff:127.0.0.1", "fe80::1%lo", "fec0::1", "::10.0.0.1", "::ffff:0:10.0.0.1"),
    ],
)
def test_a_name_that_means_a_private_address_leads_nowhere(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """Also beside a public one: what connects is what was looked at."""
    tried: list[object] = []
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 443)) for each in ("93.184.216.34", address)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    monkeypatch.setattr(socket, "create_connection", lambda where, *_: tried.append(where))
    with pytest.raises(NotSentError, match="private network"):
        send("https://crm.example.com/", loopback=False)
    assert tried == []


def test_a_public_address_is_connected_to_as_it_was_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[object] = []

    def connect(where: object, *_: object) -> None:
        tried.append(where)
        raise OSError

    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(NotSentError, match="cannot be reached"):
        send("https://crm.example.com/", loopback=False)
    assert tried == [("93.184.216.34", 443)]
    # Nor is this computer's development a way to others.
    with pytest.raises(NotSentError, match="private network"):
        send("https://crm.example.com/", loopback=True)


def test_the_secret_stands_in_no_text_about_the_receiver() -> None:
    assert SECRET not in repr(HookReceiver("https://crm.example.com", SECRET))
