"""One mail server for each test of reminders, and the services that send to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from coachroom.app.container import Services
from tests.notifications.mail_house import MailHouse
from tests.reminders.houses import at, reminding
from tests.services import HandClock


@pytest.fixture
def clock() -> HandClock:
    """Half past ten in the morning, where Ana lives."""
    return HandClock(at("2026-05-06 10:30"))


@pytest.fixture
def services(tmp_path: Path, clock: HandClock, house: MailHouse) -> Iterator[Services]:
    with reminding(tmp_path, clock, house) as running:
        yield running
