"""The log and the spans of a real process: ids, and nothing of anybody."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from pathlib import Path

import httpx
import streamlit.logger

from coachroom.traces.spans import durations
from coachroom.traces.work import Work
from tests.open_server import open_server, until
from tests.traces.collector import Collector, collecting
from tests.web.serving import Served
from tests.web.tabs import tab

# What may stand in no line and no span.
CLIENT, WORDS, TOKEN = "zelda-quux", "my sister Wilhelmine left Rotterdam", "tok-aubergine-tok"
MARKS = (CLIENT, "quux", "Wilhelmine", "Rotterdam", "aubergine", "example.com")
CALL = "conv_7777"


def _event(n: int, kind: str, **more: object) -> dict[str, object]:
    return {"n": n, "at": datetime.now(UTC).isoformat(), "kind": kind, "conversation_id": CALL} | more


def _visit(folder: Path, collector: Collector, **settings: str) -> tuple[str, str, str]:
    """A visit in which calls fail and doors are tried; its session, the token and the log."""
    settings |= {"COACHROOM_OTLP_ENDPOINT": collector.address, "COACHROOM_WEBHOOK_SECRET": "wsec_of_nobody"}
    with open_server(folder, settings) as server:
        room, session, token = server.enter(CLIENT)
        with httpx.Client(base_url=server.url, headers={"origin": server.url}, timeout=30) as client:
            events = [
                _event(1, "status", status="connected"),
                _event(2, "turn", sender="client", text=WORDS),
                _event(3, "status", status="disconnected", reason="error", close_code=1008, close_reason="No quota"),
            ]
            answer = client.post(f"/room/{room}/events", json={"token": token, "epoch": "page", "events": events})
            assert answer.json()["ack"] == 3
            client.post(f"/room/{room}/events", json={"token": TOKEN, "epoch": WORDS, "events": events})
            client.post("/webhooks/elevenlabs", json={"type": WORDS}, headers={"elevenlabs-signature": TOKEN})
            client.get(f"/unsubscribe/{TOKEN}")
            client.get(f"/Room?room={TOKEN}&name={CLIENT}")
        server.end_session(session)
        until(lambda: "commit" in {span["name"] for span in collector.spans()})
    return session, token, server.log.read_text()


def test_every_line_is_one_object_and_says_nothing_of_anybody(tmp_path: Path) -> None:
    with collecting() as collector:
        session, token, log = _visit(tmp_path, collector, COACHROOM_LOG_JSON="true")
        spans = collector.spans()
    lines = [json.loads(line) for line in log.splitlines()]
    assert any("is open at" in line["message"] for line in lines)
    (failed,) = [line for line in lines if line["message"].startswith("a call failed")]
    assert (failed["session"], failed["call"]) == (session, CALL)
    assert failed["request"] and failed["replica"] and failed["trace"] in {span["trace"] for span in spans}
    assert [mark for mark in (*MARKS, token) if mark in log] == []

    by_name = {span["name"]: span for span in spans}
    assert {"intake", "commit"} <= set(by_name)
    taken = next(span for span in spans if span["name"] == "intake")
    assert (taken["coachroom.session"], taken["coachroom.request"]) == (session, failed["request"])
    assert [mark for mark in (*MARKS, token) for body in collector.bodies if mark.encode() in body] == []


def test_plain_lines_say_nothing_of_anybody_either(tmp_path: Path) -> None:
    with collecting() as collector:
        session, token, log = _visit(tmp_path, collector)
    assert "coachroom is open at" in log
    assert f"session={session} call={CALL}" in log
    assert [mark for mark in (*MARKS, token) if mark in log] == []


def test_streamlit_makes_the_handlers_of_its_loggers_where_we_give_them_our_lines() -> None:
    logger = streamlit.logger.get_logger("streamlit.a_logger_of_this_test")
    handler = logger.streamlit_console_handler
    assert isinstance(handler, logging.StreamHandler)
    assert logger.handlers == [handler]
    streamlit.logger.update_formatter()
    assert logger.handlers == [logger.streamlit_console_handler]


def test_a_run_of_a_page_is_measured(served: Served) -> None:
    before = durations.histograms()[Work.PAGE].up_to[-1]
    with tab(served) as opened:
        opened.run()
    assert durations.histograms()[Work.PAGE].up_to[-1] == before + 1
