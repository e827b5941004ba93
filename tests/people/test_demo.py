"""The demo people of development sign-in."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path

from coachroom.people.demo import demo_people, seed_demo_people
from coachroom.store.migrate import migrate
from coachroom.store.opening import open_store
from coachroom.store.writer import Writer
from tests.databases import database_in

NOW = datetime(2026, 5, 1, 12)


def test_there_is_somebody_for_every_role() -> None:
    people = demo_people()
    assert Counter(person.role for person in people) == {"client": 3, "coach": 1, "analyst": 1, "admin": 1}
    (coach,) = (person.email for person in people if person.role == "coach")
    assert all(person.coach_email == coach for person in people if person.role == "client")
    assert all((person.client_id is not None) == (person.role == "client") for person in people)


def test_seeding_twice_adds_them_once_and_keeps_what_was_changed(tmp_path: Path) -> None:
    store = open_store(database_in(tmp_path))
    migrate(store, NOW)
    writer = Writer(store)
    seed_demo_people(writer, NOW)
    store.execute("UPDATE members SET status = 'removed' WHERE email LIKE 'ana%'")
    seed_demo_people(writer, NOW)
    assert store.execute("SELECT count(*), count(DISTINCT client_id) FROM members WHERE source = 'demo'") == [(6, 3)]
    assert store.execute("SELECT id, display_name FROM client_profiles ORDER BY id")[0] == ("demo-ana", "Ana Silva")
    assert store.execute("SELECT status FROM members WHERE email LIKE 'ana%'") == [("removed",)]
    writer.close()
    store.close()
