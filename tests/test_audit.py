"""An audit that could not ask is never taken for one that found nothing."""

from __future__ import annotations

import json

import pytest

from tools import audit
from tools.audit import Audit, lines, main, read_npm_audit, read_pip_audit

KNOWN = {"name": "a", "version": "1", "vulns": []}
BAD = {"name": "b", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3"]}]}
SKIPPED = {"name": "c", "skip_reason": "Dependency not found on PyPI"}


def pip_report(*packages: dict) -> str:
    return json.dumps({"dependencies": list(packages), "fixes": []})


def npm_report(**found: dict) -> str:
    return json.dumps({"vulnerabilities": found, "metadata": {"dependencies": {"total": 7}}})


@pytest.mark.parametrize(
    ("report", "expected", "complete", "sentence"),
    [
        (pip_report(KNOWN), Audit("lock", 1, 0), True, "1 packages looked up, 0 advisories"),
        (pip_report(KNOWN, BAD), Audit("lock", 2, 0, ("b 2: PYSEC-1, fixed in 3",)), True, "1 advisories"),
        (pip_report(KNOWN, SKIPPED), Audit("lock", 1, 1), False, "1 packages NOT looked up"),
        (pip_report(SKIPPED), Audit("lock", 0, 1), False, "NOT AUDITED"),
        (pip_report(), Audit("lock", 0, 0), False, "NOT AUDITED"),
        ("", Audit("lock", 0, 0, failure="no route"), False, "NOT AUDITED"),
        ("{}", Audit("lock", 0, 0, failure="no route"), False, "NOT AUDITED"),
    ],
)
def test_a_python_lock_is_reported_as_it_was_found(
    report: str, expected: Audit, complete: bool, sentence: str
) -> None:
    found = read_pip_audit("lock", report, "something\nno route\n")
    assert (found, found.complete) == (expected, complete)
    assert sentence in "\n".join(lines(found))


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        (npm_report(), Audit("lock", 7, 0)),
        (npm_report(d={"range": "<2", "severity": "high"}), Audit("lock", 7, 0, ("d <2: high",))),
        (json.dumps({"message": "405 Method Not Allowed"}), Audit("lock", 0, 0, failure="it said nothing")),
    ],
)
def test_the_lock_of_npm_is_reported_as_it_was_found(report: str, expected: Audit) -> None:
    assert read_npm_audit("lock", report, "") == expected


@pytest.mark.parametrize(
    ("python", "npm", "status"),
    [
        (Audit("p", 1, 0), Audit("n", 1, 0), 0),
        (Audit("p", 1, 0, ("x",)), Audit("n", 1, 0), 1),
        (Audit("p", 1, 0), Audit("n", 1, 0, ("x",)), 1),
        (Audit("p", 1, 1), Audit("n", 1, 0), 2),
        (Audit("p", 1, 0), Audit("n", 0, 0, failure="f"), 2),
        (Audit("p", 0, 0, failure="f"), Audit("n", 1, 0, ("x",)), 1),
    ],
)
def test_the_exit_status_tells_the_three_ends_apart(
    monkeypatch: pytest.MonkeyPatch, python: Audit, npm: Audit, status: int
) -> None:
    monkeypatch.setattr(audit, "audit_python", lambda _: python)
    monkeypatch.setattr(audit, "audit_npm", lambda: npm)
    assert main() == status
