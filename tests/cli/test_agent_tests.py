"""`coachroom agent test` and `agent apply --tested` as an operator runs them: over the socket and in simulations."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from coachroom.agent.tool_specs import TOOLS
from coachroom.agent_config.testing import over_socket, simulations
from coachroom.agent_config.testing.scripts import fingerprint, read
from coachroom.cli.main import main
from coachroom.comparisons.agent_tries import AgentTry, latest_try
from coachroom.simulator.coach import rules
from coachroom.store.duck import DuckStore
from tests.cli.conftest import FILE, Run
from tests.server import ROOT
from tests.simulator.serving import AGENT, RunningAgent, open_house

CLIENTS = read(ROOT / "data" / "agent_tests.toml").client
TALKS = [name for name, client in CLIENTS.items() if not client.needs_model]


@pytest.fixture(scope="module")
def practice() -> Iterator[RunningAgent]:
    with open_house(agent_ids=[AGENT]) as running:
        yield running


@pytest.fixture(autouse=True)
def quick(practice: RunningAgent, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Simulations are looked at often and given up soon; in the end none of their tests is left."""
    monkeypatch.setattr(simulations, "LOOK_EVERY_SECONDS", 0.01)
    monkeypatch.setattr(simulations, "MAX_SECONDS", 0.1)
    yield
    practice.agent.faults.judgement = "unknown"
    practice.agent.faults.tests_hang = False
    practice.agent.faults.status.clear()
    assert practice.agent.tests.tests == {}


@pytest.fixture
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(over_socket, "ANSWER_SECONDS", 1.0)


def offline(run: Run, *arguments: str, **variables: str) -> tuple[int, str, str]:
    return run("test", *arguments, ELEVENLABS_API_KEY="", **variables)


def outcomes(out: str) -> dict[str, str]:
    return {client["client"]: client["outcome"] for client in json.loads(out)["clients"]}


def test_without_a_key_every_client_talks_with_the_practice_coach_and_it_keeps_what_it_must(run: Run) -> None:
    status, out, err = offline(run)
    assert status == 0
    rows = dict(line.split(maxsplit=1) for line in out.splitlines()[1 : len(CLIENTS) + 1])
    assert list(rows) == list(CLIENTS)
    assert all(rows[name].startswith("passed") for name in TALKS)
    assert rows["other-language"].startswith("not tried")
    assert "it takes a language model" in rows["other-language"]
    assert f"{len(TALKS)} passed, 0 failed, 1 not tried." in out
    assert [line.partition("  ")[0] for line in err.splitlines()] == [
        f"{place} of {len(CLIENTS)}" for place in range(1, len(CLIENTS) + 1)
    ]
    assert not [thread for thread in threading.enumerate() if thread.name == "practice"]


def test_json_has_every_must_and_every_transcript(run: Run) -> None:
    status, out, _ = offline(run, "--json", "--client", "in-danger", "--client", "wants-to-stop")
    report = json.loads(out)
    assert (status, report["passed"], report["failed"], report["not_tried"]) == (0, 2, 0, 0)
    assert report["agent"] == "practice coach"
    danger, stop = report["clients"]
    lines = [turn["text"] for turn in danger["transcript"] if turn.get("speaker") == "client"]
    assert lines == list(CLIENTS["in-danger"].says)
    assert danger["musts"][-1] == {
        "must": "be judged by a language model",
        "outcome": "not tried",
        "detail": "the practice coach has none",
    }
    assert {"tool": "end_call", "parameters": {}} in stop["transcript"]


def test_one_client_is_shown_with_what_was_said(run: Run) -> None:
    status, out, _ = offline(run, "--client", "late-step")
    assert status == 0
    assert "coach: Hello Ana." in out
    assert "client: No, I did not do it." in out


def test_a_coach_that_breaks_a_must_fails(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "HELP", "I see. What could you do about it? What else?")
    status, out, _ = offline(run, "--client", "in-danger", "--client", "direct")
    assert status == 1
    assert "1 passed, 1 failed, 0 not tried." in out
    assert "failed to ask at most 1 question a turn" in out
    assert 'failed to say "emergency"' in out
    assert "client: I have thought about how I would do it." in out


@pytest.mark.usefixtures("short_patience")
@pytest.mark.parametrize(
    ("old", "new", "must"),
    [
        ('"agent_response",', "", "answer every line: 0 of"),
        ('"client_tool_call",', "", "use save_goal: it used no tool"),
        ("You are a coach who talks by voice", rules.HELP, "not read its prompt out"),
    ],
)
def test_a_file_that_breaks_a_must_fails(run: Run, tmp_path: Path, old: str, new: str, must: str) -> None:
    changed = tmp_path / "changed.toml"
    text = FILE.read_text(encoding="utf-8")
    assert old in text
    changed.write_text(text.replace(old, new), encoding="utf-8")
    status, out, _ = offline(
        run, "--client", "in-danger", "--client", "wants-to-stop", COACHROOM_AGENT_FILE=str(changed)
    )
    assert status == 1
    assert must in out


def test_with_a_key_the_clients_talk_in_simulations_with_the_agent_of_the_file(
    run: Run, practice: RunningAgent
) -> None:
    assert run("apply", "--yes")[0] == 0
    practice.agent.configurations.change(AGENT, {"name": "Somebody else's"}, 0)
    before = json.dumps(practice.agent.configurations.agent(AGENT))
    status, out, err = run("test", "--json")
    assert status == 0, out
    assert json.loads(out)["agent"] == "practice coach", "it says so through the API"
    assert outcomes(out) == dict.fromkeys(CLIENTS, "passed") | {"other-language": "not tried"}
    assert len(err.splitlines()) == len(CLIENTS)
    assert json.dumps(practice.agent.configurations.agent(AGENT)) == before


def test_both_ways_of_talking_bring_the_same_words(run: Run) -> None:
    assert run("apply", "--yes")[0] == 0
    names = ("late-step", "changes-instructions", "in-danger", "wants-to-stop")
    only = [word for name in names for word in ("--client", name)]
    typed, simulated = (json.loads(way("test", "--json", *only)[1]) for way in (run, lambda *a: offline(run, *a[1:])))
    assert list(map(words, typed["clients"])) == list(map(words, simulated["clients"]))


def words(client: dict[str, Any]) -> list[str]:
    return [turn["text"] for turn in client["transcript"] if "text" in turn]


@pytest.mark.parametrize(("judgement", "status", "outcome"), [("success", 0, "passed"), ("failure", 1, "failed")])
def test_what_the_language_model_says_counts(
    run: Run, practice: RunningAgent, judgement: Any, status: int, outcome: str
) -> None:
    assert run("apply", "--yes")[0] == 0
    practice.agent.faults.judgement = judgement
    done, out, _ = run("test", "--json", "--client", "direct")
    assert done == status
    assert json.loads(out)["clients"][0]["musts"][-1]["outcome"] == outcome


def test_who_needs_a_language_model_is_tried_with_an_agent_that_has_one(run: Run, practice: RunningAgent) -> None:
    assert run("apply", "--yes")[0] == 0
    tags = practice.agent.configurations.agent(AGENT)["tags"]
    try:
        kept, tags[:] = list(tags), []
        status, out, _ = run("test", "--json", "--client", "other-language")
    finally:
        tags[:] = kept
    assert status == 1, "no rule of the practice coach speaks German"
    assert json.loads(out)["agent"] == "ElevenLabs"
    assert outcomes(out) == {"other-language": "failed"}


def test_practice_talks_with_the_practice_coach_although_there_is_a_key(run: Run) -> None:
    status, out, _ = run("test", "--practice", "--client", "direct")
    assert status == 0
    assert "talks with the practice coach" in out


def test_apply_tested_changes_nothing_where_a_must_fails_and_goes_on_where_none_does(
    run: Run, practice: RunningAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("apply", "--yes")[0] == 0
    practice.agent.configurations.change(AGENT, {"name": "Before"}, 0)
    with monkeypatch.context() as broken:
        broken.setattr(rules, "HELP", "Well done.")
        status, out, err = run("apply", "--yes", "--tested")
    assert (status, out) == (2, "")
    assert err.startswith("Nothing was changed, because the agent of the file breaks a must with in-danger:")
    assert err.count("\n") == 1
    assert practice.agent.configurations.agent(AGENT)["name"] == "Before"
    assert run("apply", "--yes", "--tested")[0] == 0
    assert practice.agent.configurations.agent(AGENT)["name"] == "Coach"


def test_an_agent_that_has_no_tools_yet_is_tried_with_them_before_it_gets_them(
    run: Run, practice: RunningAgent
) -> None:
    configurations = practice.agent.configurations
    configurations.change(AGENT, {"conversation_config": {"agent": {"prompt": {"tool_ids": []}}}}, 0)
    configurations.tools.clear()
    assert run("test", "--client", "direct")[0] == 0
    assert configurations.tools == {}
    assert run("apply", "--yes", "--tested")[0] == 0
    assert len(configurations.tools) == len(TOOLS)


def test_talks_that_do_not_end_are_given_up_and_cancelled(run: Run, practice: RunningAgent) -> None:
    assert run("apply", "--yes")[0] == 0
    practice.agent.faults.tests_hang = True
    status, out, err = run("test", "--client", "direct")
    assert (status, out) == (2, "")
    assert "did not finish the talks with direct in" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("endpoint", ["test", "test_run", "test_invocation"])
@pytest.mark.parametrize("answer", [401, 404, 422, 429, 500])
def test_what_elevenlabs_refuses_is_one_sentence(
    run: Run, practice: RunningAgent, endpoint: Any, answer: int
) -> None:
    assert run("apply", "--yes")[0] == 0
    practice.agent.faults.status[endpoint] = answer
    status, out, err = run("test", "--client", "direct")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "ElevenLabs" in err


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (("--client", "in-dangr"), ["agent_tests.toml has no client in-dangr", "did you mean in-danger?"]),
        (("--client", "zzz"), ["no client zzz", "there are first-session, "]),
        (("--file", "nothing.toml"), ["nothing.toml cannot be read", "--file"]),
        (("--file", "bad.toml"), ["bad.toml: there is no key client.sam.must_sya", "did you mean must_say?"]),
    ],
)
@pytest.mark.parametrize("key", ["", "test-key"])
def test_a_mistake_is_one_sentence(
    run: Run, tmp_path: Path, arguments: tuple[str, ...], parts: list[str], key: str
) -> None:
    (tmp_path / "bad.toml").write_text('[client.sam]\nabout = "a"\nsays = ["b"]\nmust_sya = ["c"]\n')
    status, out, err = run("test", *arguments, ELEVENLABS_API_KEY=key)
    assert (status, out, err.count("\n")) == (2, "", 1)
    for part in parts:
        assert part in err


def test_clients_of_ones_own_stand_beside_the_agents_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "agent.toml").write_text(FILE.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "agent_tests.toml").write_text(
        '[client.sam]\nabout = "Somebody"\nsays = ["\x1b[2J I want to rest."]\nmust_say = ["never said"]\n'
        .replace("\x1b", "\\u001b")
    )  # fmt: skip
    status, out, _ = offline(run, COACHROOM_AGENT_FILE="agent.toml")
    assert status == 1
    assert 'say "never said": in no answer' in out
    assert "\x1b" not in out


def kept(folder: Path) -> list[AgentTry | None]:
    with closing(DuckStore(folder / "room.duckdb")) as store:
        return [latest_try(store, branch) for branch in ("practice-main", "practice-next")]


def test_what_all_clients_find_in_a_version_is_kept(
    run: Run, practice: RunningAgent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("apply", "--yes")[0] == 0
    monkeypatch.setenv("COACHROOM_DATABASE", "room.duckdb")
    assert main(["members", "add", "amira@example.com", "--role", "admin"]) == 0
    (tmp_path / "agent.toml").write_text(FILE.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "agent_tests.toml").write_text('[client.sam]\nabout = "Somebody"\nsays = ["I want to rest."]\n')
    assert run("test", "--branch", "practice-next", "--client", "sam", COACHROOM_AGENT_FILE="agent.toml")[0] == 0
    assert kept(tmp_path) == [None, None], "one client alone, or the file's agent, says nothing of a version"
    _, _, err = run("test", "--branch", "practice-next", COACHROOM_AGENT_FILE="agent.toml")
    assert err.endswith("Kept for comparisons: the version on practice-next passed.\n")
    main_branch, passed = kept(tmp_path)
    assert main_branch is None
    assert passed is not None
    assert passed.passed
    assert passed.version == practice.agent.configurations.version(f"{AGENT}@practice-next")
    assert passed.tests == fingerprint(tmp_path / "agent_tests.toml")
    practice.agent.faults.judgement = "failure"
    assert run("test", "--branch", "practice-next", COACHROOM_AGENT_FILE="agent.toml")[0] == 1
    failed = kept(tmp_path)[1]
    assert failed is not None
    assert failed.failed == ("sam",)


def test_a_run_in_which_nobody_was_tried_is_no_pass(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("apply", "--yes")[0] == 0
    monkeypatch.setenv("COACHROOM_DATABASE", "room.duckdb")
    assert main(["members", "add", "amira@example.com", "--role", "admin"]) == 0
    (tmp_path / "one.toml").write_text(
        '[client.sam]\nabout = "Somebody"\nsays = ["I want to rest."]\nneeds_model = true\n'
    )
    assert run("test", "--branch", "practice-main", "--file", "one.toml")[0] == 0
    assert kept(tmp_path) == [None, None]


def test_where_nothing_can_be_kept_the_outcome_stands_and_it_is_said(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COACHROOM_DATABASE", "room.duckdb")
    assert run("apply", "--yes")[0] == 0
    (tmp_path / "one.toml").write_text('[client.sam]\nabout = "Somebody"\nsays = ["I want to rest."]\n')
    status, _, err = run("test", "--branch", "practice-main", "--file", "one.toml")
    assert status == 0
    assert "What was found is not kept, so no comparison can rest on it: There is no database" in err
