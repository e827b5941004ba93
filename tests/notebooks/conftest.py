"""A small demo community: what the live database says of it, and the snapshot that was taken of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest

from coachroom.demo.community import Community, generate
from coachroom.metrics.definitions import DEFINITIONS
from coachroom.metrics.parameters import RetentionKind
from coachroom.metrics.run import measure, run
from coachroom.metrics.snapshot_store import open_snapshot
from coachroom.notebook import Story
from coachroom.people.people import Person, Role
from coachroom.store.snapshot import take_snapshot
from coachroom.ui.dashboard.view import view_of
from tests.services import HandClock, opened, settings_for, store_of, writer_of

NOW = datetime(2026, 5, 1, 12)
ANALYST = Person("ada@example.com", "Ada", Role.ANALYST, None, True)
Asked = tuple[str, RetentionKind | None]
ASKED: list[Asked] = [
    (metric.id, kind) for metric in DEFINITIONS for kind in (tuple(RetentionKind) if metric.takes_kind else (None,))
]


@dataclass(frozen=True)
class Answers:
    """The database and the snapshot; what the metrics are for an operator, and for an analyst on a page."""

    folder: Path
    whole: dict[Asked, pd.DataFrame]
    page: dict[Asked, pd.DataFrame]

    @property
    def database(self) -> Path:
        return self.folder / "coachroom.duckdb"

    @property
    def snapshot(self) -> Path:
        return self.folder / "snap'shot"


@pytest.fixture(scope="session")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    answers = Answers(tmp_path_factory.mktemp("answers"), {}, {})
    with opened(answers.folder, HandClock(NOW)) as services:
        generate(store_of(services), writer_of(services), Community(120, 1500, 3, NOW), now=NOW)
        services.day_notes.add(ANALYST.email, date(2026, 4, 15), "new prompt")
        view = view_of(ANALYST, services)
        for metric_id, kind in ASKED:
            answers.whole[metric_id, kind] = run(store_of(services), metric_id, as_of=NOW, kind=kind)
            answers.page[metric_id, kind] = measure(store_of(services), metric_id, view.parameters(kind))
        take_snapshot(store_of(services), answers.snapshot, NOW)
    return answers


@pytest.fixture(scope="session")
def story(answers: Answers) -> Iterator[Story]:
    """The snapshot as a notebook sees it, with settings as they are without any `.env`."""
    snapshot = open_snapshot(answers.snapshot)
    yield Story(snapshot, settings_for(answers.folder))
    snapshot.store.close()
