"""What whoever runs the app reads of a failure: what happened, and the way out."""

from __future__ import annotations

import errno
import os

from coachroom.errors import SettingsError, StatementError, StoreFileError
from coachroom.store.failures import sentence_for_operator


def test_of_a_failed_database_it_says_why_and_who_looks_into_it() -> None:
    assert sentence_for_operator(StatementError("Corrupt block")) == (
        "The database failed (Corrupt block): `python -m coachroom doctor` looks into it."
    )


def test_of_a_full_disk_it_says_to_free_space() -> None:
    cause = f'Could not write file "kept": {os.strerror(errno.ENOSPC)}'
    assert sentence_for_operator(StoreFileError(cause)) == (
        f"The database failed ({cause}): free space on its disk, and try again."
    )


def test_what_says_its_way_out_by_itself_stays_as_it_is() -> None:
    assert sentence_for_operator(SettingsError("COACHROOM_PORT is no number: set it to one.")) == (
        "COACHROOM_PORT is no number: set it to one."
    )
