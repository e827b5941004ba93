"""Taking numbers away is on record: who took what, in which format."""

from __future__ import annotations

import json

import pytest

from coachroom.app.container import Services
from tests.charts.community import NOW, add_community
from tests.services import HandClock, store_of
from tests.ui.pages import ADMIN, ANALYST, COACH, see


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOW)


def on_record(services: Services) -> list[tuple[str, str, dict[str, str]]]:
    rows = store_of(services).execute(
        "SELECT actor, subject, detail FROM audit_log WHERE action = 'export' ORDER BY logged_at, id"
    )
    return [(actor, subject, json.loads(detail)) for actor, subject, detail in rows]


@pytest.mark.parametrize(
    ("who", "page", "key", "subject"),
    [
        (COACH, "Satisfaction", "csat", "csat"),
        (ANALYST, "Quality", "turn_latency", "turn_latency"),
        (ADMIN, "Clients", "clients", "clients"),
    ],
)
def test_each_export_leaves_one_row(services: Services, who: str, page: str, key: str, subject: str) -> None:
    add_community(services)
    app = see(who, f"{page}.py")
    assert on_record(services) == []
    app.segmented_control(key=f"{key}_format").set_value("jsonl")
    app.button(key=f"{key}_prepare").click().run()
    assert not app.exception
    (found,) = on_record(services)
    assert found == (who, subject, {"file": f"{subject}-{NOW:%Y%m%d-%H%M}.jsonl", "format": "jsonl"})
    person = services.people.find(who)
    assert person is not None
    assert services.downloads.find("x" * 32, person) is None
