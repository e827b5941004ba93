"""Which open pages are shown to a sign-in that is over."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from coachroom.people.open_pages import LATELY, OpenPages
from tests.services import NOON


def look(pages: OpenPages, good: Iterable[str], alive: Iterable[str] = ("one", "two", "three")) -> list[str]:
    asked: list[set[str]] = []

    def among(ids: Iterable[str]) -> set[str]:
        asked.append(set(ids))
        return asked[-1] & set(good)

    over = pages.take_out(lambda tab: tab in set(alive), among, NOON)
    assert len(asked) <= 1, "all are asked for at once"
    return over


def test_a_page_whose_sign_in_is_over_is_named_once() -> None:
    pages = OpenPages()
    for tab, sign_in in (("one", "a"), ("two", "a"), ("three", "b")):
        pages.show(tab, sign_in)
    assert look(pages, {"a", "b"}) == []
    assert look(pages, {"b"}) == ["one", "two"]
    assert look(pages, {"b"}) == []
    assert len(pages) == 1


def test_a_tab_that_is_closed_is_forgotten() -> None:
    pages = OpenPages()
    pages.show("one", "a")
    assert look(pages, set(), alive=()) == []
    assert len(pages) == 0


def test_a_tab_that_is_shown_to_a_new_sign_in_meanwhile_stays() -> None:
    pages = OpenPages()
    pages.show("one", "old")

    def meanwhile(_: Iterable[str]) -> set[str]:
        pages.show("one", "new")
        return set()

    assert pages.take_out(lambda _: True, meanwhile, NOON) == ["one"]
    assert look(pages, {"new"}) == []
    assert len(pages) == 1


def test_what_was_good_at_the_last_look_is_believed_for_a_moment() -> None:
    pages = OpenPages()
    pages.show("one", "a")
    assert not pages.lately_good("a", NOON)
    look(pages, {"a"})
    assert pages.lately_good("a", NOON + LATELY - timedelta(milliseconds=1))
    assert not pages.lately_good("a", NOON + LATELY)
    assert not pages.lately_good("b", NOON)
    look(pages, set())
    assert not pages.lately_good("a", NOON)
