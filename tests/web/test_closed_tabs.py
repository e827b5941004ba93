"""Tabs that lost their connection: they may come back for a while, and then nothing of them stays."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import psutil
import pytest
from streamlit import config, runtime
from streamlit.runtime.session_manager import SessionInfo
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from coachroom.web.closed_tabs import BYTES_A_TAB, ClosedTabs, size_of
from tests.open_server import until
from tests.web.serving import Served, serving
from tests.web.tabs import tab_of

ANA = "ana.silva@example.com"
TABS = 12
KEPT_SECONDS = 3


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    before = config.get_option("server.disconnectedSessionTTL")
    config.set_option("server.disconnectedSessionTTL", KEPT_SECONDS)
    with serving(tmp_path_factory.mktemp("served")) as running:
        yield running
    config.set_option("server.disconnectedSessionTTL", before)


def kept() -> ClosedTabs:
    storage = runtime.get_instance()._session_mgr._session_storage
    assert isinstance(storage, ClosedTabs)
    return storage


def open_and_close(served: Served) -> list[SessionInfo]:
    """So many tabs, which are then closed; as they are kept."""
    with ExitStack() as opened:
        tabs = [opened.enter_context(tab_of(served, ANA)) for _ in range(TABS)]
        for each in tabs:
            each.run()
    ids = {each.session_id for each in tabs}
    return until(lambda: [found for found in kept().list() if found.session.id in ids][: len(ids)] or None)


def test_a_tab_that_does_not_come_back_leaves_no_descriptor(served: Served) -> None:
    with tab_of(served, ANA) as one:
        one.run()
    until(lambda: not len(kept()))
    before = psutil.Process().num_fds()
    open_and_close(served)
    assert psutil.Process().num_fds() > before + TABS
    until(lambda: not len(kept()))
    until(lambda: psutil.Process().num_fds() <= before + 2, 5)


def test_a_file_that_was_uploaded_in_it_goes_too(served: Served) -> None:
    uploads = runtime.get_instance().uploaded_file_mgr
    with tab_of(served, ANA) as one:
        one.run()
        uploads.add_file(one.session_id, UploadedFileRec("file", "members.csv", "text/csv", b"x" * 1000))
        assert uploads.file_storage[one.session_id]
    (closed,) = until(lambda: [found for found in kept().list() if found.session.id == one.session_id])
    assert size_of(closed.session) >= BYTES_A_TAB + 1000
    until(lambda: one.session_id not in uploads.file_storage)


def test_without_room_for_all_those_go_that_are_away_longest(served: Served) -> None:
    closed = open_and_close(served)
    tabs = ClosedTabs(60, max_bytes=3 * BYTES_A_TAB + 20_000, now=lambda: 0.0)
    for info in closed[:5]:
        tabs.save(info)
    assert [session.id for session in tabs.take_out()] == [info.session.id for info in closed[:2]]
    assert [info.session.id for info in tabs.list()] == [info.session.id for info in closed[2:5]]
    assert tabs.take_out() == ()


def test_who_is_away_for_too_long_is_not_there_any_more(served: Served) -> None:
    (info, *_), moment = open_and_close(served), [0.0]
    tabs = ClosedTabs(60, now=lambda: moment[0])
    tabs.save(info)
    assert tabs.get(info.session.id) is info
    moment[0] = 60.0
    assert tabs.get(info.session.id) is None
    assert [session.id for session in tabs.take_out()] == [info.session.id]
    assert len(tabs) == 0
