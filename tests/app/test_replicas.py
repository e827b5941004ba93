"""By what name a process is known: to the other replicas, in the log and in spans."""

from __future__ import annotations

import os
from pathlib import Path

from coachroom.app.replicas import replica_name, replica_of
from coachroom.store.replica import ALONE
from coachroom.store.store import Store
from tests.services import settings_for


class SharedStore:
    """As much of a store as is asked."""

    shared = True


def test_the_name_that_is_set_is_the_name_everywhere(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, replica="r1")
    store: Store = SharedStore()  # type: ignore[assignment]
    assert replica_name(settings) == "r1"
    assert [replica_of(settings, store).name for _ in range(2)] == ["r1", "r1"]


def test_without_one_it_is_known_by_its_process_and_each_database_it_opens_has_another(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    store: Store = SharedStore()  # type: ignore[assignment]
    name = replica_name(settings)
    assert name.endswith(f"-{os.getpid()}")
    first, second = replica_of(settings, store).name, replica_of(settings, store).name
    assert first != second
    assert first.startswith(name)
    assert second.startswith(f"{name}.")


def test_who_has_the_database_alone_needs_no_name(tmp_path: Path) -> None:
    store = SharedStore()
    store.shared = False
    assert replica_of(settings_for(tmp_path), store) == ALONE  # type: ignore[arg-type]
