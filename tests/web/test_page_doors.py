"""Every page, asked for by its name and by its hash, by everybody: it opens to those it is for and to nobody else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from tests.services import store_of
from tests.ui.pages import ADMIN, ANA, ANALYST, BEN, COACH
from tests.ui.test_guard import NO_MEMBER, NOT_SIGNED_IN, OPEN_TO
from tests.web.serving import Served, serving
from tests.web.tabs import navigation, sign_in_cookie, tab, titles

HOME = "Start"


@dataclass(frozen=True)
class Asked:
    """One page, and the way it is asked for."""

    page: str
    by: str
    hash: str

    def of(self, served: Served, cookies: str) -> tuple[str, list[str]]:
        """The hash of what a tab shows that asks for nothing else, and its titles."""
        by_name = self.by == "name"
        with tab(served, cookies) as opened:
            seen = opened.run(self.page) if by_name else opened.run(hash=self.hash)
        return navigation(seen).page_script_hash, titles(seen)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Where every page is there."""
    with serving(tmp_path_factory.mktemp("served"), appointments=True) as running:
        yield running


@pytest.fixture(scope="module")
def hashes(served: Served) -> dict[str, str]:
    """Each page's hash, from the app's own list: whoever is not signed in may ask for any."""
    with tab(served) as opened:
        there = navigation(opened.run()).app_pages
    return {page.url_pathname or HOME: page.page_script_hash for page in there}


@pytest.fixture
def ways(hashes: dict[str, str]) -> list[Asked]:
    both = [Asked(page, by, hash) for page, hash in hashes.items() for by in ("name", "hash")]
    # The home page has no name: its address is the app's.
    return [asked for asked in both if (asked.page, asked.by) != (HOME, "name")]


def test_every_page_of_the_app_has_its_rule(hashes: dict[str, str]) -> None:
    assert {f"{page}.py" for page in hashes} == set(OPEN_TO)
    assert len(set(hashes.values())) == len(OPEN_TO)


@pytest.mark.parametrize("email", [ANA, COACH, ANALYST, ADMIN])
def test_a_page_opens_to_its_roles_and_shows_everybody_else_their_home(
    served: Served, hashes: dict[str, str], ways: list[Asked], email: str
) -> None:
    cookies = sign_in_cookie(served.services, email)
    _, home = Asked(HOME, "hash", hashes[HOME]).of(served, cookies)
    for asked in ways:
        seen, shown = asked.of(served, cookies)
        open = email in OPEN_TO[f"{asked.page}.py"]
        assert seen == (asked.hash if open else hashes[HOME]), asked
        assert (shown == home) == (asked.page == HOME or not open), (asked, shown)


def of_nobody(_: Served) -> str:
    return ""


def of_a_sign_in_that_is_over(served: Served) -> str:
    cookies = sign_in_cookie(served.services, ADMIN)
    served.services.sign_ins.end_all_of(ADMIN, ADMIN)
    return cookies


def of_a_member_who_was_removed(served: Served) -> str:
    cookies = sign_in_cookie(served.services, BEN)
    store_of(served.services).execute("UPDATE members SET status = 'removed' WHERE email = $1", [BEN])
    return cookies


@pytest.mark.parametrize(
    ("cookies_of", "title"),
    [
        (of_nobody, NOT_SIGNED_IN),
        (of_a_sign_in_that_is_over, NOT_SIGNED_IN),
        (of_a_member_who_was_removed, NO_MEMBER),
    ],
)
def test_no_page_opens_without_a_good_sign_in(
    served: Served, ways: list[Asked], cookies_of: Callable[[Served], str], title: str
) -> None:
    cookies = cookies_of(served)
    for asked in ways:
        _, shown = asked.of(served, cookies)
        assert shown == [title], asked
