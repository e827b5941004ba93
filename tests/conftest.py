"""What tests of several packages need: opened services that start with the demo people and a clock set by hand."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from coachroom.app.container import Services
from tests.services import HandClock, opened

# A busy machine is no failure: an example takes the time it takes.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


@pytest.fixture(autouse=True, scope="session")
def own_settings_only() -> None:
    """Settings of whoever runs the tests are none of theirs."""
    for name in [name for name in os.environ if name.startswith("COACHROOM_") or name == "ELEVENLABS_API_KEY"]:
        del os.environ[name]


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def services(tmp_path: Path, clock: HandClock) -> Iterator[Services]:
    with opened(tmp_path, clock) as services:
        yield services
