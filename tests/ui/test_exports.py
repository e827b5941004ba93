"""Taking numbers away is on record: who took what, in which format."""

from __future__ import annotations

import json

import pytest
from streamlit.testing.v1 import AppTest

from coachroom.app.container import Services
from coachroom.app.downloads import Download
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
    # Analysts get what was over at midnight.
    at = f"{NOW:%Y%m%d}-0000" if who == ANALYST else f"{NOW:%Y%m%d-%H%M}"
    assert found == (who, subject, {"file": f"{subject}-{at}.jsonl", "format": "jsonl"})
    person = services.people.find(who)
    assert person is not None
    assert services.downloads.find("x" * 32, person) is None


def offered(services: Services, app: AppTest, email: str) -> tuple[Download, Download]:
    """The rows and the definition that the page offers this person."""
    person = services.people.find(email)
    assert person is not None
    rows, columns = [
        services.downloads.find(str(link.proto.url).rstrip("/").split("/")[-1], person)
        for link in app.get("link_button")
    ]
    assert rows is not None
    assert columns is not None
    return rows, columns


def test_a_comparison_is_taken_away_with_its_definition(services: Services) -> None:
    add_community(services)
    app = see(ADMIN, "Explore.py", metric="Satisfied clients", compare="tier")
    assert "ratings of 4 or 5 ÷ all ratings, by the interval of the session's start" in [
        each.value for each in app.text
    ]
    app.button(key="compared_prepare").click().run()
    assert not app.exception
    ((who, subject, _),) = on_record(services)
    assert (who, subject) == (ADMIN, "csat-by-tier")
    rows, columns = offered(services, app, ADMIN)
    lines = rows.path.read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].startswith("segment,interval_start,responses")
    assert {line.split(",")[0] for line in lines[1:]} == {"Tier Premium", "Tier Standard", "Tier Guest"}
    header = json.loads(columns.path.read_text(encoding="utf-8"))
    assert header["title"] == "Satisfied clients by tier"
    assert header["columns"]["segment"] == "the part of the community, by tier"
    assert header["formula"].startswith("ratings of 4 or 5")


def test_an_analyst_takes_sessions_away_that_are_about_nobody_in_particular(services: Services) -> None:
    add_community(services)
    app = see(ANALYST, "Explore.py")
    app.button(key="sessions_prepare").click().run()
    assert not app.exception
    ((who, subject, _),) = on_record(services)
    assert (who, subject) == (ANALYST, "sessions")
    rows, columns = offered(services, app, ANALYST)
    text = rows.path.read_text(encoding="utf-8-sig")
    assert text.splitlines()[0].startswith("month,client,status,end_reason,valid,minutes")
    assert len(text.splitlines()) > 10
    assert "client-" not in text
    assert json.loads(columns.path.read_text(encoding="utf-8"))["title"] == "Session facts, anonymised"
