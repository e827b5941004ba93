"""An invented community where `opened` then finds its database."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from pathlib import Path

from coachroom.demo import community as demo
from coachroom.store.duck import DuckStore
from coachroom.store.migrate import migrate
from coachroom.store.moving import move
from coachroom.store.postgres import MOVING, PostgresStore
from coachroom.store.writer import Writer
from tests.databases import database_in


def put_community(folder: Path, clients: int, sessions: int, now: datetime) -> None:
    """So many clients and sessions until today: they are made in a file, and carried over where it is PostgreSQL."""
    database = database_in(folder)
    file = database if isinstance(database, Path) else folder / "community.duckdb"
    with closing(DuckStore(file)) as made, closing(Writer(made)) as writer:
        migrate(made, now)
        demo.generate(made, writer, demo.Community(clients, sessions, 1, demo.start_of_day(now)), now=now)
        if not isinstance(database, Path):
            with closing(PostgresStore(database, purpose=MOVING)) as target:
                move(made, target, now, lambda table, rows: None)
