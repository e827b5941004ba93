"""Where the app believes it listens, by the command line of the server that imports it."""

from __future__ import annotations

import pytest
from streamlit import config

from coachroom.errors import SettingsError
from coachroom.web.listening import STREAMLIT_RUN, command_line_address


@pytest.mark.parametrize("program", ["/usr/bin/uvicorn", "/lib/uvicorn/__main__.py", "uvicorn.exe"])
def test_uvicorns_command_line_says_where_it_listens(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    monkeypatch.setattr("sys.argv", [program, "coachroom.asgi:app"])
    assert command_line_address() == {"address": "127.0.0.1", "port": 8000}
    monkeypatch.setattr("sys.argv", [program, "coachroom.asgi:app", "--port", "9000", "--host=::1"])
    assert command_line_address() == {"address": "::1", "port": 9000}
    monkeypatch.setenv("UVICORN_PORT", "9001")
    monkeypatch.setattr("sys.argv", [program, "coachroom.asgi:app"])
    assert command_line_address()["port"] == 9001


def test_uvicorn_with_several_workers_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["uvicorn", "coachroom.asgi:app", "--workers", "2"])
    with pytest.raises(SettingsError, match="one worker"):
        command_line_address()
    monkeypatch.setattr("sys.argv", ["uvicorn", "coachroom.asgi:app"])
    monkeypatch.setenv("WEB_CONCURRENCY", "3")
    with pytest.raises(SettingsError, match="one worker"):
        command_line_address()


def test_streamlits_options_say_where_it_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    options = {"server.address": None, "server.port": 9000}
    monkeypatch.setattr(config, "_server_mode", STREAMLIT_RUN)
    monkeypatch.setattr(config, "get_option", options.get)
    assert command_line_address() == {"address": "0.0.0.0", "port": 9000}


def test_another_server_listens_where_the_settings_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["/usr/bin/hypercorn", "coachroom.asgi:app", "--bind", "localhost:9000"])
    assert command_line_address() == {}
