"""A short call with the practice coach, in real time."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from coachroom.agent_config.testing.briefing import briefing
from coachroom.agent_config.testing.scripts import ClientRecord
from coachroom.call_check.call import check_call
from coachroom.call_check.script import CallScript, Thought
from coachroom.cli import call_check

SHORT = CallScript(
    thoughts=(Thought(("I would like to sleep better", "and I work until late."), (3.0,)),),
    interruption="Wait, before you go on, there is something else that I want to tell you about it.",
    goodbye="Thank you, that is all for today. Goodbye!",
)


def test_a_call_with_the_practice_coach_shows_what_there_is_to_tune(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert call_check.check(practice=True, as_json=True, script=SHORT) == 0
    out, err = capsys.readouterr()
    assert err.startswith("This call takes about 1 minute with the practice coach")
    found = json.loads(out)
    # However patient, the practice coach takes a pause of three seconds for the end of a turn.
    assert (found["agent"], found["cut_ins"], found["ended"]) == ("practice coach", 1, "")
    assert found["waits_ms"]["felt"]["p50"] > 900
    assert found["interruption_to_silence_ms"] > 500
    # On a busy machine the last frame may be cut.
    assert found["goodbye"].pop("lost_seconds") < 0.2
    assert found["goodbye"] == {"complete": True, "hung_up": True}


def test_a_call_that_is_refused_ended_early() -> None:
    found = check_call(
        "ws://127.0.0.1:1/nobody", SHORT, briefing(ClientRecord(), datetime(2026, 11, 28)), lambda _: b""
    )
    assert found.ended
    assert found.as_json()["cut_ins"] == 0
