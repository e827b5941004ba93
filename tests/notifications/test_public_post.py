"""One request to an address on the internet, which a stranger may have chosen."""

from __future__ import annotations

import socket

import pytest

from coachroom.notifications.public_get import PublicGet
from coachroom.notifications.public_post import NoAnswerError


def test_a_name_of_many_addresses_at_which_nobody_answers_keeps_nobody_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waited: list[float] = []

    def never(_address: tuple[str, int], seconds: float) -> socket.socket:
        waited.append(seconds)
        raise TimeoutError

    addresses = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"8.8.8.{number}", 443)) for number in range(1, 200)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: addresses)
    monkeypatch.setattr(socket, "create_connection", never)
    with pytest.raises(NoAnswerError):
        PublicGet(max_seconds=25, now=lambda: sum(waited)).get("https://many.example.com/a.ics", 10)
    assert waited == [10, 10, 5]
