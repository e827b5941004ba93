"""What no page sends closes its socket, with no traceback in the log and nothing done."""

from __future__ import annotations

import logging

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.web.serving import Served


def message(kind: str) -> bytes:
    made = BackMsg()
    setattr(made, kind, True)
    return made.SerializeToString()


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("text", 1003),
        (b"\xff\xff\xff", 1002),
        (b"\x5a\x05ab", 1002),
        (message("clear_cache"), 1008),
        (message("set_run_on_save"), 1008),
        (message("debug_shutdown_runtime"), 1008),
        (message("debug_disconnect_websocket"), 1008),
        (b"\x00" * 5_000_000, 1002),
    ],
)
def test_the_socket_is_closed_and_the_log_stays_as_it_was(
    served: Served, caplog: pytest.LogCaptureFixture, frame: bytes | str, code: int
) -> None:
    with (
        caplog.at_level(logging.INFO),
        connect(f"ws://localhost:{served.port}/_stcore/stream", origin=served.origin) as page,  # type: ignore[arg-type]
        pytest.raises(ConnectionClosed) as closed,
    ):
        page.send(frame)
        while True:
            page.recv(timeout=10)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == code
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []
