"""What scripted clients found in a version of the agent: kept by `agent test`, demanded before clients meet it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from coachroom.clock import new_id
from coachroom.comparisons.states import Arm
from coachroom.store.statements import load_statements
from coachroom.store.store import Store, Transaction

SQL = load_statements("coachroom.comparisons", "agent_tries.sql")

COUNTS_FOR = timedelta(days=30)


@dataclass(frozen=True)
class AgentTry:
    """One run with all scripted clients. `version`: the agent's on the branch; `tests`: their file's fingerprint.

    `failed`: the clients with whom the agent broke a must. `tried_at`: naive UTC.
    """

    branch: str
    version: str
    tests: str
    failed: Sequence[str]
    tried_at: datetime

    @property
    def passed(self) -> bool:
        return not self.failed


@dataclass(frozen=True)
class VersionsThere:
    """What is at the provider now: the version on each branch; and the fingerprint of our file of clients."""

    versions: dict[Arm, str]
    tests: str


def keep_try(transaction: Transaction, found: AgentTry) -> None:
    failed = json.dumps(list(found.failed))
    row = [new_id(found.tried_at), found.branch, found.version, found.tests, failed, found.tried_at]
    transaction.execute(SQL["put"], row)


def latest_try(source: Store | Transaction, branch: str) -> AgentTry | None:
    """None where this branch was never tried."""
    rows = source.execute(SQL["latest"], [branch])
    if not rows:
        return None
    of_branch, version, tests, failed, tried_at = rows[0]
    return AgentTry(of_branch, version, tests, tuple(json.loads(failed)), tried_at)


def not_passed(branch: str, found: AgentTry | None, now: datetime) -> str | None:
    """Why what is kept of this branch is no pass that counts, with the way out; None where it is one."""
    again = f"run `python -m coachroom agent test --branch {branch}`."
    if found is None:
        return f"The version {branch} was not tried with the scripted clients: {again}"
    if not found.passed:
        return f"The version {branch} broke a must with {', '.join(found.failed)}: correct it, then {again}"
    if now - found.tried_at > COUNTS_FOR:
        return f"The version {branch} was tried more than {COUNTS_FOR.days} days ago: {again}"
    return None


def outdated(found: AgentTry, version: str, tests: str) -> str | None:
    """Why a pass does not count for what is there now; None where it does."""
    again = f"run `python -m coachroom agent test --branch {found.branch}` again."
    if found.version != version:
        return f"The version {found.branch} has changed since it was tried: {again}"
    if found.tests != tests:
        return f"The scripted clients have changed since the version {found.branch} was tried: {again}"
    return None
