"""Files are taken from administrators alone, and no larger ones than a member export may be."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from coachroom.people.skool_export import MAX_FILE_BYTES
from tests.web.serving import Served, serving

ANA, COACH, ANALYST = "ana.silva@example.com", "carla.mendes@example.com", "anton.weber@example.com"
ADMIN = "amira.haddad@example.com"
PATH = "/_stcore/upload_file/session/file"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("uploads")) as running:
        yield running


def put(served: Served, who: str | None, size: int = 100, **headers: str) -> tuple[int, str]:
    with served.browser(who) as browser:
        answer = browser.put(PATH, content=b"x" * size, headers={"origin": served.origin, **headers})
    return answer.status_code, answer.text


@pytest.mark.parametrize("who", [None, ANA, COACH, ANALYST])
def test_nobody_else_finds_a_door(served: Served, who: str | None) -> None:
    assert put(served, who) == (404, "Not found")


def test_an_administrator_reaches_the_page_that_takes_the_file(served: Served) -> None:
    status, _ = put(served, ADMIN)
    # Streamlit knows no page of this name.
    assert status in {400, 403}


def test_another_sites_page_uploads_nothing_in_an_administrators_browser(served: Served) -> None:
    assert put(served, ADMIN, **{"sec-fetch-site": "cross-site"}) == (404, "Not found")


def test_a_file_that_is_too_large_is_refused_before_it_is_read(served: Served) -> None:
    status, _ = put(served, ADMIN, MAX_FILE_BYTES + 100 * 1024)
    assert status == 413
