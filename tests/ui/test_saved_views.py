"""Explore's choices are saved under a name, opened by a link and deleted."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from coachroom.app.container import Services
from tests.charts.community import NOW, add_community
from tests.services import HandClock
from tests.ui.pages import ADMIN, ANALYST, see, words

CHOSEN: dict[str, Any] = {
    "metric": "Satisfied clients",
    "compare": "tier",
    "range": "Dates",
    "dates": ["2026-03-02", "2026-03-29"],
}


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOW)


def links(app: AppTest) -> list[str]:
    return [each.body for each in app.get("html") if "Explore?" in each.body]


def save(app: AppTest, name: str) -> None:
    app.text_input(key="view_name_0").set_value(name)
    (press,) = [button for button in app.button if button.label == "Save this view"]
    press.click().run()
    assert not app.exception


def test_a_view_is_saved_as_it_is_chosen_and_opened_by_a_link(services: Services) -> None:
    add_community(services)
    app = see(ANALYST, "Explore.py", **CHOSEN, room="x")
    save(app, "tiers *beside* each other")
    (view,) = services.saved_views.list_for(ANALYST)
    assert view.name == "tiers *beside* each other"
    assert view.choices == (
        ("metric", "Satisfied clients"),
        ("compare", "tier"),
        ("range", "Dates"),
        ("dates", "2026-03-02"),
        ("dates", "2026-03-29"),
    )
    assert links(app) == [
        '<a href="Explore?metric=Satisfied+clients&amp;compare=tier&amp;range=Dates&amp;dates=2026-03-02&amp;'
        'dates=2026-03-29">tiers *beside* each other</a>'
    ]
    assert links(see(ADMIN, "Explore.py")) == []


def test_a_name_is_text_in_the_link(services: Services) -> None:
    services.saved_views.save(ANALYST, "<b onclick='x()'>x</b>", [("who", '"><script>x()</script>')])
    (link,) = links(see(ANALYST, "Explore.py"))
    assert link == (
        '<a href="Explore?who=%22%3E%3Cscript%3Ex%28%29%3C%2Fscript%3E">'
        "&lt;b onclick=&#x27;x()&#x27;&gt;x&lt;/b&gt;</a>"
    )


def test_a_view_is_deleted_by_its_own_button(services: Services) -> None:
    for name in ("one", "two"):
        services.saved_views.save(ANALYST, name, ())
    app = see(ANALYST, "Explore.py")
    app.button(key="delete_view_0").click().run()
    assert [view.name for view in services.saved_views.list_for(ANALYST)] == ["two"]


def test_a_view_without_a_name_is_refused_on_the_page(services: Services) -> None:
    app = see(ANALYST, "Explore.py")
    save(app, "---")
    assert "Give the view a name with a letter or a digit in it" in words(app).replace("\\", "")
    assert services.saved_views.list_for(ANALYST) == ()
