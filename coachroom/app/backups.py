"""Backups of the running app: taken when they are due, tested now and then, and deleted when they are old."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from coachroom.clock import Clock
from coachroom.errors import StoreError
from coachroom.settings import Settings
from coachroom.store.backup import Backup, backups_in, delete_old_backups, take_backup
from coachroom.store.duck import DuckStore, require_duck
from coachroom.store.store import Store

# A backup that failed is not tried again at once: its snapshot takes what the rooms need.
RETRY_AFTER = timedelta(minutes=5)
_EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True)
class BackupPlan:
    """Where backups go, how often, for how long they stay, and how often one is tested by restoring it."""

    folder: Path
    every: timedelta
    keep: timedelta
    test_every: timedelta
    key: str | None


def backup_plan(settings: Settings) -> BackupPlan | None:
    """None where the settings name no folder."""
    if settings.backup_dir is None:
        return None
    return BackupPlan(
        settings.backup_dir,
        timedelta(hours=settings.backup_hours),
        timedelta(days=settings.backup_keep_days),
        timedelta(days=settings.backup_test_days),
        settings.backup_key,
    )


class Backups:
    """Safe to use from many threads; one backup is taken at a time."""

    def __init__(self, store: Store, clock: Clock, plan: BackupPlan | None) -> None:
        self._store = store
        self._clock = clock
        self.plan = plan
        self._taking = threading.Lock()
        self._not_before = datetime.min

    def take_due(self) -> Backup | None:
        """Takes a backup where the latest is older than the settings say. Raises StoreError."""
        if self.plan is None:
            return None
        with self._taking:
            now = self._clock()
            # One that a wrong clock dated ahead holds up no other.
            earlier = [each for each in backups_in(self.plan.folder) if each.taken_at <= now]
            if now < self._not_before or (earlier and now - earlier[-1].taken_at < self.plan.every):
                return None
            self._not_before = now + RETRY_AFTER
            return self._take(self.plan, earlier)

    def take(self, folder: Path | None = None) -> Backup:
        """Takes a backup now, into `folder` or where the settings say. Raises StoreError."""
        with self._taking:
            if folder is not None:
                key = self.plan.key if self.plan else None
                return take_backup(self._file(), folder, self._clock(), key=key)
            if self.plan is None:
                raise StoreError("There is no folder for backups: name one, or set COACHROOM_BACKUP_DIR.")
            return self._take(self.plan, backups_in(self.plan.folder))

    def _file(self) -> DuckStore:
        return require_duck(self._store, "back it up with pg_dump or pgBackRest.")

    def _take(self, plan: BackupPlan, earlier: list[Backup]) -> Backup:
        now = self._clock()
        # First, as they may be what fills the disk.
        delete_old_backups(plan.folder, now, plan.keep)
        # The first one of each period is tested.
        tested = not earlier or _period(earlier[-1].taken_at, plan.test_every) != _period(now, plan.test_every)
        return take_backup(self._file(), plan.folder, now, key=plan.key, tested=tested)


def _period(moment: datetime, length: timedelta) -> int:
    return (moment - _EPOCH) // length
