"""A store for tests of numbers: rows in PostgreSQL, and what is read as a frame from its mirror."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from coachroom.clock import utc_now
from coachroom.metrics.mirrored import mirrored_tables
from coachroom.postgres_address import PostgresAddress
from coachroom.store.mirror import Mirror
from coachroom.store.postgres import PostgresStore
from coachroom.store.store import Parameters


class MirroredStore(PostgresStore):
    """Rows are in PostgreSQL, and numbers come from its mirror as it is then."""

    def __init__(self, address: PostgresAddress, folder: Path) -> None:
        super().__init__(address)
        self._mirror = Mirror(self, mirrored_tables(), folder, utc_now)

    def frame(self, sql: str, parameters: Parameters = ()) -> pd.DataFrame:
        self._mirror.refresh()
        return self._mirror.frame(sql, parameters)

    def close(self, patience_s: float = 5.0) -> None:
        self._mirror.close()
        super().close(patience_s)
