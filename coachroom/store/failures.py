"""What a failure says to whoever runs the app."""

from __future__ import annotations

from coachroom.errors import CoachroomError, StatementError
from coachroom.store.duck_errors import says_no_space


def sentence_for_operator(error: CoachroomError) -> str:
    """What happened, and the way out."""
    if not isinstance(error, StatementError):
        return str(error)
    # A file that was cut off may open and fail only where the missing part is read; a disk may be full.
    no_space = says_no_space(error.cause)
    way_out = "free space on its disk, and try again" if no_space else "`python -m coachroom doctor` looks into it"
    return f"The database failed ({error.cause}): {way_out}."
