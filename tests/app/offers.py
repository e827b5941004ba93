"""Small exports that people make, for tests of downloads."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pandas as pd

from coachroom.app.container import Services
from coachroom.app.downloads import Download
from coachroom.metrics.exports.formats import Format
from coachroom.metrics.exports.header import ExportHeader
from coachroom.metrics.exports.write import write_export
from coachroom.people.people import Person

NOON = datetime(2026, 5, 1, 12)
HEADER = ExportHeader("Numbers", "Some numbers.", "1, 2, …", NOON, NOON, ())


def emails_by_role(services: Services) -> dict[str, str]:
    """One demo person's e-mail a role."""
    return {person.role.value: person.email for person in reversed(services.people.demo_people())}


def write(path: Path, format: Format = Format.CSV) -> None:
    write_export(path, pd.DataFrame({"n": [1, 2]}), HEADER, format)


def offer(services: Services, person: Person, name: str = "numbers.csv") -> Download:
    return services.downloads.offer(person, name, write)[0]


def folder_of(services: Services) -> Path:
    """Where the files of this process wait: beside its database file, or beside the folders of other replicas."""
    database = services.settings.beside
    replica: str = services.sessions._replica.name
    return database.parent / f".{database.name}.exports" / replica
