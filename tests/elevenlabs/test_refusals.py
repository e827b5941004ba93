"""Why a call failed, told from its close code and reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from coachroom.elevenlabs.client import NOT_TAKEN, REFUSALS
from coachroom.elevenlabs.refusals import BROKE_DOWN, CONNECTION, NO_FREE_LINE, REFUSED, CallEnding, refusal_of

# The page's tests read the same rows.
CLOSED = json.loads((Path(__file__).parents[1] / "data" / "refusals.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("row", CLOSED, ids=lambda row: f"{row['code']} {row['reason']}")
def test_a_close_reason_names_the_cause_and_the_way_out(row: dict[str, Any]) -> None:
    found = refusal_of(CallEnding("error", row["code"], row["reason"]))
    assert row["what"] in found.what
    assert row["way_out"] in found.way_out
    assert not found.what.endswith((".", ",", " "))
    assert not found.way_out.endswith(".")


@pytest.mark.parametrize(
    ("why", "code", "reason", "expected"),
    [
        ("refused", 1008, "Something new.", REFUSED),
        ("refused", 1008, None, REFUSED),
        ("error", 1011, "", BROKE_DOWN),
        ("error", 1002, "LLM failed", BROKE_DOWN),
        ("error", 1006, "", CONNECTION),
        ("refused", None, None, CONNECTION),
        (None, None, None, CONNECTION),
    ],
)
def test_a_code_alone_tells_the_side(why: str | None, code: int | None, reason: str | None, expected: object) -> None:
    assert refusal_of(CallEnding(why, code, reason)) is expected


def test_a_call_that_the_page_gave_up_because_its_line_was_dead_has_failed_at_the_connection() -> None:
    dead = CallEnding("line")
    assert dead.failed
    assert refusal_of(dead) is CONNECTION


def test_an_agent_that_fell_silent_is_a_failure_with_a_cause_of_its_own() -> None:
    silent = CallEnding("silent")
    assert silent.failed
    assert "fell silent" in refusal_of(silent).what


def test_an_agent_that_never_begins_is_told_from_a_connection_that_never_stood() -> None:
    hanging, far_away = refusal_of(CallEnding("not_begun")), refusal_of(CallEnding("timeout"))
    assert "the connection stood" in hanging.what
    assert "language" in hanging.way_out
    assert "at the client's" in far_away.way_out


@pytest.mark.parametrize(
    "why",
    [
        "policy",
        "microphone",
        "timeout",
        "not_begun",
        "no_answer",
        "other_host",
        NO_FREE_LINE,
        NOT_TAKEN[1],
        *(each[1] for each in REFUSALS.values()),
    ],
)
def test_whatever_kept_a_call_from_beginning_has_a_cause_of_its_own(why: str) -> None:
    assert refusal_of(CallEnding(why)) not in {CONNECTION, BROKE_DOWN, REFUSED}
