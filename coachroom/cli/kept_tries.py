"""What `agent test` found in a version is kept in the database, by the running app where one has it open."""

from __future__ import annotations

import json
from datetime import datetime

from coachroom.cli.control.client import ask_running_app
from coachroom.cli.database import open_database
from coachroom.cli.output import clean, complain
from coachroom.comparisons.agent_tries import AgentTry, keep_try
from coachroom.errors import CoachroomError

KEEP_TRY = "keep-try"


def keep(found: AgentTry) -> None:
    """Says on standard error whether it is kept; what was found stands in any case."""
    document = json.dumps(
        {
            "branch": found.branch,
            "version": found.version,
            "tests": found.tests,
            "failed": list(found.failed),
            "tried_at": found.tried_at.isoformat(),
        }
    )
    try:
        status = ask_running_app(["agent", KEEP_TRY, document])
        if status is None:
            keep_here(document)
    except CoachroomError as error:
        complain(f"What was found is not kept, so no comparison can rest on it: {error}")
        return
    if not status:
        outcome = "passed" if found.passed else "failed"
        complain(f"Kept for comparisons: the version on {clean(found.branch)} {outcome}.")


def keep_here(document: str) -> None:
    """Writes what `keep` found. Raises CoachroomError."""
    try:
        given = json.loads(document)
        found = AgentTry(
            str(given["branch"]),
            str(given["version"]),
            str(given["tests"]),
            tuple(map(str, given["failed"])),
            datetime.fromisoformat(given["tried_at"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise CoachroomError("This is nothing that `agent test` has found.") from error
    with open_database(existing=True) as database:
        database.write(lambda transaction: keep_try(transaction, found))
