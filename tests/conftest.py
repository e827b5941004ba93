"""What tests of several packages need: opened services that start with the demo people and a clock set by hand."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import typing_extensions
from httpx._transports import default as transports
from hypothesis import HealthCheck, settings

from coachroom.app.container import Services
from coachroom.store.store import Engine
from tests.databases import ENGINE, SOCKET, drop_databases_in, duckdb_only, memory_folder, postgres_socket
from tests.notifications.mail_house import MailHouse, mail_house
from tests.services import HandClock, opened

# A busy machine is no failure: an example takes the time it takes.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


# A pool's threads take random pauses while a strategy draws, which is taken for the strategy's own doing.
POOL_TAKES_PAUSES = (
    "ignore:Do not use the .random. module inside strategies:hypothesis.errors.HypothesisDeprecationWarning"
)


def pytest_configure(config: pytest.Config) -> None:
    """Folders of tests lie in memory where there is room: a database waits for the disk at each commit.

    Where the tests are to run on PostgreSQL, one server is started for all processes that run them.
    """
    if memory := memory_folder():
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(memory))
    if ENGINE is Engine.POSTGRESQL:
        os.environ[SOCKET] = str(postgres_socket())
        config.addinivalue_line("filterwarnings", POOL_TAKES_PAUSES)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is DuckDB's own is left out on PostgreSQL."""
    for item in items if ENGINE is Engine.POSTGRESQL else []:
        if why := duckdb_only(item.nodeid):
            item.add_marker(pytest.mark.skip(reason=f"DuckDB's own: {why}"))


@pytest.fixture(autouse=True, scope="session")
def own_settings_only() -> None:
    """Settings of whoever runs the tests are none of theirs."""
    for name in [name for name in os.environ if name.startswith("COACHROOM_") or name == "ELEVENLABS_API_KEY"]:
        del os.environ[name]


@pytest.fixture(autouse=True, scope="session")
def libraries_work_once() -> Iterator[None]:
    """What two libraries do anew each time, and what takes most of a request on loopback.

    Each HTTP client reads the certificates of all authorities; ElevenLabs' reads the types of each object it sends.
    """
    with pytest.MonkeyPatch.context() as monkeypatch:
        for module, name in ((transports, "create_ssl_context"), (typing_extensions, "get_type_hints")):
            monkeypatch.setattr(module, name, cache(getattr(module, name)))
        yield


@pytest.fixture(autouse=True)
def drop_what_is_done_with(request: pytest.FixtureRequest) -> Iterator[None]:
    """On PostgreSQL, the databases in the test's folder go with it."""
    folder = request.getfixturevalue("tmp_path") if ENGINE is Engine.POSTGRESQL else None
    yield
    if folder is not None:
        drop_databases_in(folder)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def services(tmp_path: Path, clock: HandClock) -> Iterator[Services]:
    with opened(tmp_path, clock) as services:
        yield services


@pytest.fixture
def house() -> Iterator[MailHouse]:
    """A mail server that keeps what it is given."""
    with mail_house() as house:
        yield house
