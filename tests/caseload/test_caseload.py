"""The caseload: the days after which somebody counts as quiet, recent or not begun are the module's."""

from __future__ import annotations

from pathlib import Path

import pytest

from coachroom.app.container import Services
from coachroom.caseload import caseload as module
from coachroom.caseload.caseload import Caseload
from coachroom.people.people import Person, Role
from tests.charts.community import CARLA, NOW, add_community
from tests.services import HandClock, opened

ADMIN = Person("amira.haddad@example.com", "Amira", Role.ADMIN, None, True)
COACH = Person(CARLA, "Carla", Role.COACH, None, True)


def load(services: Services, viewer: Person = ADMIN) -> Caseload:
    return services.caseload.load(viewer, NOW, min_valid_seconds=60)


def test_the_days_are_those_that_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path, HandClock(NOW)) as services:
        add_community(services)
        before = load(services)
        assert before.gone_quiet
        assert before.need_a_talk
        assert before.rows["recent_sessions"].max() > 0
        monkeypatch.setattr(module, "QUIET_DAYS", 10_000)
        monkeypatch.setattr(module, "RECENT_DAYS", 0)
        after = load(services)
        assert (after.gone_quiet, after.need_a_talk, after.rows["recent_sessions"].max()) == (0, 0, 0)
        assert after.clients == before.clients


def test_a_coach_is_told_the_same_of_their_own_as_an_administrator(tmp_path: Path) -> None:
    with opened(tmp_path, HandClock(NOW)) as services:
        add_community(services)
        everybody, own = load(services).rows, load(services, COACH).rows
        mine = everybody[everybody["coach_email"] == CARLA]
        assert 0 < len(own) < len(everybody)
        assert own.reset_index(drop=True).equals(mine.reset_index(drop=True))
