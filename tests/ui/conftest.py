"""The services behind the pages: the demo people, but real sign-in, and a self-view that needs no server."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import app_test

from coachroom.app import current
from coachroom.app.container import Services
from coachroom.people.demo import seed_demo_people
from tests.notifications.mail_house import MailHouse
from tests.services import OIDC, HandClock, opened, writer_of
from tests.ui.pages import PagesThroughHome


@pytest.fixture(autouse=True)
def pages_through_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_test, "PagesManager", PagesThroughHome)


@pytest.fixture(autouse=True, scope="session")
def components_are_found_once() -> Iterator[None]:
    """Each AppTest asks every installed package whether it brings components, which takes most of its time."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        found_once = cache(manifest_scanner.scan_component_manifests)
        monkeypatch.setattr(manifest_scanner, "scan_component_manifests", found_once)
        yield


@pytest.fixture
def mailing(tmp_path: Path, clock: HandClock, house: MailHouse) -> Iterator[Services]:
    """Services with a mail server, reached from elsewhere by https."""
    with opened(
        tmp_path, clock, self_view="local", public_url="https://coach.example.com", **house.settings, **OIDC
    ) as services:
        seed_demo_people(writer_of(services), clock())
        current.install(services)
        yield services


@pytest.fixture
def services(tmp_path: Path, clock: HandClock) -> Iterator[Services]:
    with opened(tmp_path, clock, self_view="local", **OIDC) as services:
        seed_demo_people(writer_of(services), clock())
        current.install(services)
        yield services
