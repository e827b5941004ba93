"""An address of a page that somebody has not: the page itself says so, and no other is shown without a word."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services import store_of, writer_of
from tests.web.serving import Served, serving
from tests.web.tabs import navigation, shown, tab, tab_of, titles

ANA, CARLA = "ana.silva@example.com", "carla.mendes@example.com"


@pytest.fixture
def without_appointments(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path, appointments=False) as served:
        yield served


def test_a_page_of_another_role_is_refused_by_name_and_written_down(without_appointments: Served) -> None:
    served = without_appointments
    for person, page in ((ANA, "Members"), (CARLA, "Goals")):
        with tab_of(served, person) as open_tab:
            first = open_tab.run(page, url=f"{served.origin}/{page}")
            assert titles(first) == ["This page is not for your role"]
            assert page not in {each.page_name for each in navigation(first).app_pages if not each.is_hidden}
            again = open_tab.run(hash=navigation(first).page_script_hash, url=f"{served.origin}/{page}")
            assert titles(again) == ["This page is not for your role"]
            home = open_tab.run(url=f"{served.origin}/")
            assert page not in {each.page_name for each in navigation(home).app_pages}
    writer_of(served.services).submit(lambda _: None).result()
    written = store_of(served.services).execute("SELECT actor, subject FROM audit_log WHERE action = 'page_refused'")
    assert sorted(written) == [(ANA, "Members"), (CARLA, "Goals")]


def test_a_page_that_this_community_has_not_says_so(without_appointments: Served) -> None:
    for person, page in ((ANA, "Appointments"), (CARLA, "Calendar")):
        with tab_of(without_appointments, person) as open_tab:
            messages = open_tab.run(page, url=f"{without_appointments.origin}/{page}")
        assert titles(messages) == ["There are no appointments here"]
        assert page not in {each.page_name for each in navigation(messages).app_pages if not each.is_hidden}


def test_whoever_is_not_signed_in_is_asked_to_and_led_back(without_appointments: Served) -> None:
    with tab(without_appointments) as open_tab:
        messages = open_tab.run("Members", url=f"{without_appointments.origin}/Members")
    assert titles(messages) == ["A quiet room to think aloud"]
    assert '"next": "/Members"' in shown(messages).replace("\\", "")
