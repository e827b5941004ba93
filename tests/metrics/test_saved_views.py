"""Each person's own views, by name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from coachroom.app.container import Services
from coachroom.metrics import saved_views as module
from coachroom.metrics.saved_views import MAX_NAME_CHARS, SavedView, SavedViewError
from tests.services import opened

ME, OTHER = "anton.weber@example.com", "amira.haddad@example.com"
CHOICES = (("metric", "Satisfied clients"), ("who", "Tier Premium"))


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with opened(tmp_path) as opened_services:
        yield opened_services


def test_a_view_is_the_persons_own_until_they_delete_it(services: Services) -> None:
    views = services.saved_views
    views.save(ME, "  premium\n ratings ", CHOICES)
    views.save(OTHER, "all", ())
    assert views.list_for(ME) == (SavedView("premium ratings", CHOICES),)
    views.delete(OTHER, "premium ratings")
    assert len(views.list_for(ME)) == 1
    views.delete(ME, "premium ratings")
    views.delete(ME, "premium ratings")
    assert views.list_for(ME) == ()
    assert views.list_for(OTHER) == (SavedView("all"),)


def test_saving_under_the_same_name_replaces_the_view(services: Services) -> None:
    for choices in ((), CHOICES):
        services.saved_views.save(ME, "mine", choices)
    assert services.saved_views.list_for(ME) == (SavedView("mine", CHOICES),)


@pytest.mark.parametrize("name", ["", "  ", "\x00\x1b", "--- ;'", "x" * (MAX_NAME_CHARS + 1)])
def test_an_odd_name_is_refused_in_one_sentence(services: Services, name: str) -> None:
    with pytest.raises(SavedViewError) as refused:
        services.saved_views.save(ME, name, ())
    assert str(refused.value).count(".") == 1
    assert services.saved_views.list_for(ME) == ()


@pytest.mark.parametrize("name", ["'; DROP TABLE saved_views; --1", "Zürich 2026 ☕", "<b>1</b>", "../../1"])
def test_a_name_is_only_a_name(services: Services, name: str) -> None:
    services.saved_views.save(ME, name, ())
    assert [view.name for view in services.saved_views.list_for(ME)] == [name]


def test_there_is_room_for_so_many_views_a_person(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_VIEWS", 1)
    services.saved_views.save(ME, "one", ())
    services.saved_views.save(ME, "one", CHOICES)
    services.saved_views.save(OTHER, "one", ())
    with pytest.raises(SavedViewError, match="delete one first"):
        services.saved_views.save(ME, "two", ())
