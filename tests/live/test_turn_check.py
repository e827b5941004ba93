"""A TURN server is asked whether it relays: a real one, one that refuses, and none at all."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from coachroom.clock import utc_now
from coachroom.live import turn_check
from coachroom.live.ice import TurnServers
from coachroom.live.turn_check import TurnAnswer, ask_turn_servers
from tests.live.turn_house import coturn, free_port, refusing

SECRET = "shared with the servers"


def servers(*urls: str, secret: str = SECRET) -> TurnServers:
    return TurnServers(urls, secret, timedelta(hours=12))


def test_a_real_server_relays_by_udp_and_tcp_for_whoever_has_its_secret(tmp_path: Path) -> None:
    with coturn(tmp_path, SECRET) as port:
        urls = (f"turn:127.0.0.1:{port}", f"turn:127.0.0.1:{port}?transport=tcp")
        found = ask_turn_servers(servers(*urls), utc_now())
        assert [each.answer for each in found] == [TurnAnswer.RELAYS, TurnAnswer.RELAYS], found
        assert [each.url for each in found] == list(urls)


def test_a_real_server_refuses_another_secret_and_a_password_of_yesterday(tmp_path: Path) -> None:
    with coturn(tmp_path, SECRET) as port:
        url = f"turn:127.0.0.1:{port}"
        (wrong,) = ask_turn_servers(servers(url, secret="another one"), utc_now())
        (late,) = ask_turn_servers(servers(url), utc_now() - timedelta(days=1))
        assert (wrong.answer, late.answer) == (TurnAnswer.WRONG_SECRET, TurnAnswer.WRONG_SECRET)


@pytest.mark.parametrize(
    ("code", "reason", "answer"),
    [(401, "Unauthorized", TurnAnswer.WRONG_SECRET), (486, "Quota reached", TurnAnswer.REFUSES)],
)
def test_what_a_server_refuses_with_is_said(code: int, reason: str, answer: TurnAnswer) -> None:
    with refusing(code, reason) as port:
        (found,) = ask_turn_servers(servers(f"turn:127.0.0.1:{port}"), datetime(2026, 5, 1))
    assert (found.answer, found.detail) == (answer, f"{code} {reason}")


def test_a_server_that_is_not_there_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turn_check, "PATIENCE_SECONDS", 0.3)
    port = free_port()
    urls = (f"turn:127.0.0.1:{port}", f"turn:127.0.0.1:{port}?transport=tcp", f"turns:127.0.0.1:{port}")
    found = ask_turn_servers(servers(*urls), utc_now())
    assert {each.answer for each in found} == {TurnAnswer.SILENT}
    assert all(each.detail for each in found)
