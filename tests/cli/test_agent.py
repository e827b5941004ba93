"""`coachroom agent …` as an operator runs it: what it prints, where, and its exit status."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Run, settings_for
from tests.simulator.serving import AGENT, API_KEY, RunningAgent, open_house


@pytest.fixture
def practice() -> Iterator[RunningAgent]:
    with open_house(agent_ids=[AGENT]) as running:
        yield running


def test_plan_apply_plan_check_and_apply_again(run: Run) -> None:
    status, out, _ = run("check")
    assert status == 1
    assert out.startswith("serious    Anybody who knows")
    status, planned, _ = run("plan")
    assert status == 1
    assert 'name: "Practice coach" → "Coach"' in planned
    assert "changes; nothing was written." in planned
    assert run("plan")[1] == planned
    status, applied, _ = run("apply", "--yes")
    assert status == 0
    assert planned.partition("\n\n")[0] in applied
    assert "made and read back." in applied
    for command in (("plan",), ("apply", "--yes")):
        assert run(*command) == (0, "Nothing to change: the agent is as the file has it.\n", "")
    status, out, _ = run("check")
    assert status == 0
    assert "serious" not in out


def test_apply_asks_and_without_a_terminal_refuses(run: Run, practice: RunningAgent) -> None:
    status, out, err = run("apply")
    assert (status, out) == (2, "")
    assert "--yes" in err
    assert practice.agent.configurations.agent(AGENT)["name"] == "Practice coach"


@pytest.mark.parametrize(("answer", "status", "name"), [("yes", 0, "Coach"), ("no", 1, "Practice coach")])
def test_apply_at_a_terminal_follows_the_answer(
    practice: RunningAgent, tmp_path: Path, answer: str, status: int, name: str
) -> None:
    controller, terminal = pty.openpty()
    try:
        os.write(controller, f"{answer}\n".encode())
        done = subprocess.run(
            [sys.executable, "-m", "coachroom", "agent", "apply"],
            cwd=tmp_path,
            env=os.environ | settings_for(practice),
            stdin=terminal,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        os.close(controller)
        os.close(terminal)
    assert (done.returncode, done.stderr) == (status, "")
    assert practice.agent.configurations.agent(AGENT)["name"] == name


@pytest.mark.parametrize(
    ("variables", "part"),
    [
        ({"ELEVENLABS_API_KEY": ""}, "set ELEVENLABS_API_KEY"),
        ({"ELEVENLABS_API_KEY": "wrong"}, "refused the key"),
        ({"COACHROOM_AGENT_ID": "nobody"}, "no agent nobody"),
        ({"COACHROOM_ELEVENLABS_URL": "http://127.0.0.1:9"}, "no usable answer at http://127.0.0.1:9"),
    ],
)
@pytest.mark.parametrize("command", [("plan",), ("apply", "--yes"), ("check",)])
def test_a_mistake_is_one_sentence_and_exit_status_2(
    run: Run, command: tuple[str, ...], variables: dict[str, str], part: str
) -> None:
    one_sentence(run(*command, **variables), part)


@pytest.mark.parametrize(
    ("content", "part"),
    [(None, "cannot be read"), ("nam = 3", "did you mean name?"), ("name = ", "no valid TOML"), ("", "is missing")],
)
@pytest.mark.parametrize("command", [("plan",), ("apply", "--yes")])
def test_a_bad_file_is_one_sentence(
    run: Run, tmp_path: Path, command: tuple[str, ...], content: str | None, part: str
) -> None:
    path = tmp_path / "mine.toml"
    if content is not None:
        path.write_text(content)
    done = run(*command, COACHROOM_AGENT_FILE="mine.toml")
    one_sentence(done, part)
    assert "mine.toml" in done[2]


def test_a_folder_without_the_file_takes_the_one_that_coachroom_brings(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COACHROOM_AGENT_FILE")
    assert run("apply", "--yes")[0] == 0
    own = tmp_path / "data" / "agent.toml"
    own.parent.mkdir()
    own.write_text("nam = 3")
    one_sentence(run("plan"), "did you mean name?")


@pytest.mark.parametrize("status", [401, 402, 404, 429, 500])
@pytest.mark.parametrize("command", [("plan",), ("apply", "--yes"), ("check",)])
def test_what_elevenlabs_refuses_is_one_sentence(
    run: Run, practice: RunningAgent, command: tuple[str, ...], status: int
) -> None:
    practice.agent.faults.status["agent"] = status
    one_sentence(run(*command), "ElevenLabs")


@pytest.mark.parametrize("endpoint", ["agent", "tools", "webhooks"])
def test_garbage_is_one_sentence(run: Run, practice: RunningAgent, endpoint: str) -> None:
    practice.agent.faults.garbage.add(endpoint)  # type: ignore[arg-type]
    one_sentence(run("check"), "no usable answer")


def test_their_text_cannot_steer_the_terminal(run: Run, practice: RunningAgent) -> None:
    practice.agent.configurations.change(AGENT, {"name": "\x1b[2J\u202eevil"}, 0)
    _, out, _ = run("plan")
    assert "\x1b" not in out
    assert "\u202e" not in out


def one_sentence(done: tuple[int, str, str], part: str) -> None:
    status, out, err = done
    assert (status, out) == (2, "")
    assert part in err
    assert err.count("\n") == 1
    assert API_KEY not in err
