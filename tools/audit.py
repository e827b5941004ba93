"""Compares the locks with the published advisories: python -m tools.audit

Exit status 0: every package was looked up and none has an advisory; 1: some have; 2: not all could be looked up.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from tools.build_assets import ROOT, npm_command

LOCKS = (
    "requirements.lock",
    "requirements-dev.lock",
    "requirements-voice.lock",
    "requirements-postgres.lock",
    "requirements-traces.lock",
    "requirements-notebook.lock",
)
OPTIONS = ("--disable-pip", "--progress-spinner", "off", "--format", "json")


@dataclass(frozen=True)
class Audit:
    """What became of one lock: how many packages were looked up and not, and a line for each advisory."""

    lock: str
    looked_up: int
    not_looked_up: int
    advisories: tuple[str, ...] = ()
    # What the auditor printed where it ended without a report.
    failure: str = ""

    @property
    def complete(self) -> bool:
        return self.looked_up > 0 and not self.not_looked_up and not self.failure


def main() -> int:
    audits = [*(audit_python(lock) for lock in LOCKS), audit_npm()]
    for audit in audits:
        sys.stdout.write("".join(f"{line}\n" for line in lines(audit)))
    if any(audit.advisories for audit in audits):
        return 1
    return 0 if all(audit.complete for audit in audits) else 2


def audit_python(lock: str) -> Audit:
    done = _run([sys.executable, "-m", "pip_audit", "-r", lock, *OPTIONS])
    return read_pip_audit(lock, done.stdout, done.stderr)


def audit_npm() -> Audit:
    done = _run([*npm_command(), "audit", "--json", "--package-lock-only"])
    return read_npm_audit("package-lock.json", done.stdout, done.stderr)


def read_pip_audit(lock: str, report: str, errors: str) -> Audit:
    """From pip-audit's JSON report; a package that the service does not know counts as not looked up."""
    try:
        packages: list[dict[str, Any]] = json.loads(report)["dependencies"]
    except (ValueError, KeyError):
        return Audit(lock, 0, 0, failure=_last_line(errors))
    skipped = sum("skip_reason" in package for package in packages)
    advisories = tuple(
        f"{package['name']} {package['version']}: {found['id']}, fixed in {', '.join(found['fix_versions']) or '?'}"
        for package in packages
        for found in package.get("vulns", [])
    )
    return Audit(lock, len(packages) - skipped, skipped, advisories)


def read_npm_audit(lock: str, report: str, errors: str) -> Audit:
    """From `npm audit --json`; the advisories are asked for all at once."""
    try:
        answer: dict[str, Any] = json.loads(report)
        packages = int(answer["metadata"]["dependencies"]["total"])
    except (ValueError, KeyError):
        return Audit(lock, 0, 0, failure=_last_line(errors))
    found: dict[str, dict[str, Any]] = answer.get("vulnerabilities", {})
    advisories = tuple(f"{name} {each['range']}: {each['severity']}" for name, each in found.items())
    return Audit(lock, packages, 0, advisories)


def lines(audit: Audit) -> list[str]:
    """What is said of one lock."""
    if audit.failure:
        return [f"{audit.lock}: NOT AUDITED, the advisories cannot be reached from here ({audit.failure})"]
    if audit.looked_up == 0:
        return [f"{audit.lock}: NOT AUDITED, the index here has no advisories for its {audit.not_looked_up} packages"]
    said = [f"{audit.lock}: {audit.looked_up} packages looked up, {len(audit.advisories)} advisories"]
    if audit.not_looked_up:
        said[0] += f"; {audit.not_looked_up} packages NOT looked up, the index here does not have them"
    return [*said, *(f"  {advisory}" for advisory in audit.advisories)]


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    # The commands are the two above, with nothing in them from outside.
    return subprocess.run(  # noqa: S603
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )


def _last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "it said nothing")


if __name__ == "__main__":
    sys.exit(main())
