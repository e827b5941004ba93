"""Where we touch Streamlit's inside or rely on what it does not promise. A new version shows here first."""

from __future__ import annotations

import base64
import hashlib
import http.client
import re
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
import streamlit
import streamlit as st
from streamlit import config, runtime
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.caching.global_cache_budget import get_global_cache_budget
from streamlit_webrtc.component import generate_frontend_component_key
from websockets.sync.client import connect

from coachroom.coaching.goals import Goals
from coachroom.web.first_document import SCRIPT
from coachroom.web.runtime import PAGE_FAILED, is_alive, request_rerun
from tests.server import running_server
from tests.services import store_of
from tests.web.serving import Served
from tests.web.tabs import began, shown, tab_of

ANA = "ana.silva@example.com"
INLINE = r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>"


def test_a_nudge_runs_the_whole_page_again_and_shows_what_changed(served: Served) -> None:
    with tab_of(served, ANA) as page:
        first = page.run()
        assert "Open my room" in shown(first)
        assert is_alive(page.session_id)
        store_of(served.services).execute("UPDATE members SET status = 'removed' WHERE email = $1", [ANA])
        try:
            request_rerun(page.session_id)
            again = page.next_run()
        finally:
            store_of(served.services).execute("UPDATE members SET status = 'active' WHERE email = $1", [ANA])
    assert len(began(again)) == 1
    assert "find you among the members" in shown(again)


def test_a_page_that_fails_says_so_in_our_words_and_nothing_of_why(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise LookupError("what Ana said")

    with tab_of(served, ANA) as page:
        page.run()
        monkeypatch.setattr(Goals, "list_for", fail)
        failed = page.run("Goals")
    text = shown(failed)
    assert PAGE_FAILED in text
    assert "Streamlit" not in text
    assert "what Ana said" not in text
    assert "LookupError" not in text


def test_a_nudge_runs_the_whole_page_though_a_fragment_ran_last(served: Served) -> None:
    with tab_of(served, ANA) as page:
        page.run()
        info = runtime.get_instance()._session_mgr.get_active_session_info(page.session_id)
        info.session._client_state.fragment_id = "the camera's watch"
        request_rerun(page.session_id)
        again = page.next_run()
    assert again[-1].script_finished == ForwardMsg.FINISHED_SUCCESSFULLY
    assert "Open my room" in shown(again)


def test_a_nudge_keeps_the_page_and_its_query(served: Served) -> None:
    room = served.services.rooms.create("demo-ana")
    with tab_of(served, ANA) as page:
        assert "Before you begin" in shown(page.run("Room", f"room={room.id}"))
        served.services.rooms.give_consent("demo-ana")
        request_rerun(page.session_id)
        assert "Ready when you are" in shown(page.next_run())


def test_the_room_with_the_picture_through_the_server_comes_up_without_asking_for_the_camera_at_once(
    served: Served,
) -> None:
    served.services.rooms.give_consent("demo-chiara")
    session = served.services.rooms.enter(served.services.rooms.create("demo-chiara").id, "demo-chiara")
    with tab_of(served, "chiara.rossi@example.com") as page:
        text = shown(page.run("Room", f"room={session.room_id}"))
    assert "exception" not in text
    assert "webrtc_streamer" in text
    assert "coachroom.agent_box" in text
    (asked,) = re.findall(r'\\"desired_playing_state\\": (\w+)', text)
    assert asked == "false"


def test_a_tab_is_alive_while_its_socket_is_and_a_dead_one_is_not_nudged(served: Served) -> None:
    with tab_of(served, ANA) as page:
        page.run()
        session_id = page.session_id
        assert is_alive(session_id)
    deadline = time.monotonic() + 5
    while is_alive(session_id):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    request_rerun(session_id)
    request_rerun(None)
    request_rerun("no such tab")


def test_what_the_nudge_reaches_for_is_there(served: Served) -> None:
    with tab_of(served, ANA) as page:
        page.run(query="a=b")
        instance = runtime.get_instance()
        info = instance._session_mgr.get_active_session_info(page.session_id)
        assert info is not None
        assert info.session._client_state.query_string == "a=b"
        assert callable(info.session.request_rerun)
        assert instance._get_async_objs().eventloop.is_running()
    assert not runtime.get_instance().is_active_session("no such tab")


def test_somebody_elses_page_opens_no_socket(served: Served) -> None:
    with (
        pytest.raises(Exception, match="403"),
        connect(
            f"ws://localhost:{served.port}/_stcore/stream",
            origin="http://evil.example",  # type: ignore[arg-type]
        ),
    ):
        pass


def test_the_inline_scripts_of_the_page_are_streamlits_one_and_ours_and_the_policy_names_both(served: Served) -> None:
    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    streamlits = re.findall(INLINE, page, re.DOTALL)
    assert len(streamlits) == 1
    answer = httpx.get(served.origin)
    sent = re.findall(INLINE, answer.text, re.DOTALL)
    assert sent == [*streamlits, SCRIPT.read_text(encoding="utf-8")]
    for script in sent:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in answer.headers["content-security-policy"]


def test_the_agent_api_is_off_even_behind_our_door() -> None:
    assert config.get_option("server.enableAgentApi") is False


def test_the_options_that_were_measured_are_in_force() -> None:
    assert config.get_option("runner.postScriptGC") is False
    assert config.get_option("server.maxCacheDataSize") == "256mb"
    assert config.get_option("server.enableXsrfProtection") is True
    assert config.get_option("client.showErrorDetails") == "none"
    assert config.get_option("browser.gatherUsageStats") is False


def test_what_pages_keep_for_each_other_is_bounded_by_its_bytes(served: Served) -> None:
    @st.cache_data
    def kept(number: int) -> bytes:
        return bytes(1000) + bytes([number])

    budget = get_global_cache_budget()
    before = budget._max_bytes
    assert before == 256 * 1024 * 1024
    try:
        budget.reconfigure(10_000)
        for number in range(40):
            kept(number)
        assert budget._total_bytes <= 10_000
    finally:
        budget.reconfigure(before)


def test_the_self_view_reports_under_a_key_that_begins_with_ours() -> None:
    key = generate_frontend_component_key("self_view")
    assert key.startswith("self_view")
    assert key != "self_view"
    assert generate_frontend_component_key("self_view") == key


def test_no_answer_on_a_connection_waits_for_a_delayed_acknowledgement(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        address = urlsplit(server.url)
        connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=20)
        waits = []
        for _ in range(12):
            began = time.perf_counter()
            connection.request("GET", "/healthz")
            connection.getresponse().read()
            waits.append(time.perf_counter() - began)
        connection.close()
    # A delayed acknowledgement takes 40 ms each time; a busy machine is never busy for all of eleven requests.
    assert min(waits[1:]) < max(waits[0], 0.02)
