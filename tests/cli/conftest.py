"""`coachroom agent …` run in the tests' own process, with a practice agent in ElevenLabs' place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from coachroom.cli.main import main
from tests.server import ROOT
from tests.simulator.serving import AGENT, API_KEY, RunningAgent

FILE = ROOT / "data" / "agent.toml"

# Arguments, and variables by name; the exit status and both outputs.
Run = Callable[..., tuple[int, str, str]]


def settings_for(practice: RunningAgent) -> dict[str, str]:
    return {
        "ELEVENLABS_API_KEY": API_KEY,
        "COACHROOM_ELEVENLABS_URL": practice.url,
        "COACHROOM_AGENT_ID": AGENT,
        "COACHROOM_AGENT_FILE": str(FILE),
    }


@pytest.fixture
def run(
    practice: RunningAgent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Runs `agent …` in an empty folder; the exit status and both outputs."""
    monkeypatch.chdir(tmp_path)
    for name, value in settings_for(practice).items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str, **variables: str) -> tuple[int, str, str]:
        with monkeypatch.context() as more:
            for name, value in variables.items():
                more.setenv(name, value)
            status = main(["agent", *arguments])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run
