"""The database that a command works on: its file, or that of the running app."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from coachroom import settings as settings_module
from coachroom.app.maintenance import Maintenance
from coachroom.app.numbers import numbers_of
from coachroom.clock import utc_now
from coachroom.errors import StoreError
from coachroom.privacy.erasures import Erasures
from coachroom.settings import Settings
from coachroom.store.migrate import applied_migrations, migrate
from coachroom.store.opening import open_store
from coachroom.store.private_files import keep_private, make_folder
from coachroom.store.replica import command_replica
from coachroom.store.store import Reads, Store, Transaction
from coachroom.store.writer import Writer

if TYPE_CHECKING:
    from coachroom.app.container import Services

T = TypeVar("T")


@dataclass(frozen=True)
class RunningApp:
    """The app that runs this command, and what raises where nobody waits for the command any more."""

    services: Services
    require_caller: Callable[[], None]


@dataclass(frozen=True)
class Database:
    """An open database. `running`: the services of the app that has it open, None where the command opened it."""

    settings: Settings
    maintenance: Maintenance
    running: RunningApp | None = None

    @property
    def store(self) -> Store:
        """For reading."""
        return self.maintenance.store

    @property
    def services(self) -> Services | None:
        """What the running app is made of, if one runs."""
        return self.running.services if self.running else None

    @contextmanager
    def numbers(self) -> Iterator[Reads]:
        """Where metrics are read: in the database, or a mirror of it: the running app's, or one made now."""
        if self.running is not None:
            yield self.running.services.mirror or self.store
        else:
            with numbers_of(self.store, self.settings, utc_now) as numbers:
                yield numbers

    @property
    def erasures(self) -> Erasures:
        """The list of who was erased."""
        return self.maintenance.erasures

    def require_caller(self) -> None:
        """Raises where nobody waits for the command any more."""
        if self.running is not None:
            self.running.require_caller()

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Runs `work` in a transaction, in the running app among its other writes. Returns once it is on disk."""

        def checked(transaction: Transaction) -> T:
            result = work(transaction)
            self.require_caller()
            return result

        return self.maintenance.write(checked)


_running: ContextVar[RunningApp | None] = ContextVar("running", default=None)


@contextmanager
def running_on(services: Services, require_caller: Callable[[], None]) -> Iterator[None]:
    """Within it commands work on the running app's database."""
    token = _running.set(RunningApp(services, require_caller))
    try:
        yield
    finally:
        _running.reset(token)


def running_app() -> Services | None:
    """The app that runs this command, if one does."""
    running = _running.get()
    return running.services if running else None


def settings_in_force() -> Settings:
    """The running app's, or those of this process. Raises SettingsError."""
    running = _running.get()
    return running.services.settings if running else settings_module.load()


@contextmanager
def open_database(*, existing: bool = False) -> Iterator[Database]:
    """The running app's database, or that of the settings as `open_file` opens it."""
    running = _running.get()
    if running is not None:
        yield Database(running.services.settings, running.services.maintenance, running)
        return
    settings = settings_module.load()
    with open_file(settings, existing=existing) as store:
        writer = Writer(store)
        try:
            erasures = Erasures.of(settings, command_replica(shared=store.shared))
            yield Database(settings, Maintenance(store, writer, erasures, utc_now))
        finally:
            writer.close()


@contextmanager
def open_file(settings: Settings, *, existing: bool = False, memory_limit: str = "2GB") -> Iterator[Store]:
    """The database, with its schema up to date; `existing`: there is nothing to read in a new one."""
    database = settings.database
    instead = "start the app first, or set COACHROOM_DATABASE."
    if existing and isinstance(database, Path) and not database.exists():
        raise StoreError(f"There is no database {database} yet: {instead}")
    keep_private(settings.beside)
    store = open_store(database, memory_limit=memory_limit)
    try:
        if store.shared:
            make_folder(settings.beside.parent)
        if existing and store.shared and not applied_migrations(store):
            raise StoreError(f"The {database} holds nothing of coachroom yet: {instead}")
        migrate(store, utc_now())
        yield store
    finally:
        store.close()
