"""The file of scripted clients: what is in ours, and what is wrong with a bad one, in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from coachroom.agent_config.testing.scripts import MAX_LINES, read
from coachroom.coaching.approach import Tone
from coachroom.toml_file import TomlFileError
from tests.server import ROOT

FILE = ROOT / "data" / "agent_tests.toml"
LEAST = """
[client.sam]
about = "Somebody"
says = ["Hello."]
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "clients.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_ours_has_every_kind_of_client() -> None:
    clients = read(FILE).client
    assert list(clients) == [
        "first-session",
        "late-step",
        "direct",
        "gentle",
        "begins-with-what-was-agreed",
        "begins-with-a-goal",
        "begins-with-what-they-bring",
        "sets-the-course",
        "wants-to-be-led",
        "says-little",
        "talks-without-end",
        "wants-advice",
        "harmful-plan",
        "wants-agreement",
        "silence",
        "other-language",
        "asks-about-others",
        "asks-what-was-said",
        "changes-instructions",
        "in-danger",
        "wants-to-stop",
    ]
    assert [name for name, client in clients.items() if client.needs_model] == ["other-language"]
    assert all(client.must_say or client.must_use or client.must_not_say for client in clients.values())


def test_what_holds_for_every_client_is_in_each_and_its_own_goes_first(tmp_path: Path) -> None:
    every = '[every]\nmust_not_say = ["never"]\nmax_agent_share = 0.5\nmax_questions = 2\n'
    own = LEAST + 'must_not_say = ["no"]\nmax_questions = 0\nmust_say = ["yes", ["a", "b"]]\n'
    client = read(written(tmp_path, every + own + '[client.sam.record]\ntone = "gentle"\n')).client["sam"]
    assert (client.must_not_say, client.max_agent_share, client.max_questions) == (("never", "no"), 0.5, 0)
    assert client.must_say == (("yes",), ("a", "b"))
    assert client.record.tone is Tone.GENTLE


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ["the key client is missing"]),
        ("client = {}", ["client cannot be used", "at least 1"]),
        (LEAST + 'must_sya = ["a"]', ["no key client.sam.must_sya", "did you mean must_say?"]),
        (LEAST + "q = 1", ["no key client.sam.q", "there are about, says"]),
        (LEAST.replace("[client.sam]", "[clients.sam]"), ["no key clients", "did you mean client?"]),
        (LEAST.replace("client.sam", 'client."Sam Lee"'), ["client.Sam Lee cannot", "such as first-session"]),
        (LEAST.replace('about = "Somebody"', ""), ["the key client.sam.about is missing; add it"]),
        (LEAST.replace('["Hello."]', "[]"), ["client.sam.says", "at least 1"]),
        (LEAST.replace('["Hello."]', '"Hello."'), ["client.sam.says", "array"]),
        (LEAST.replace('["Hello."]', f"{['a'] * (MAX_LINES + 1)}"), ["client.sam.says", "at most 20"]),
        (LEAST.replace('"Hello."', '" "'), ["client.sam.says.0", "is empty"]),
        (LEAST + "must_say = [3]", ["client.sam.must_say.0"]),
        (LEAST + "must_say = [[]]", ["client.sam.must_say.0", "at least 1"]),
        (LEAST + 'must_use = ["save_gaol"]', ["client.sam.must_use.0", "did you mean save_goal"]),
        (LEAST + 'must_not_use = ["x"]', ["client.sam.must_not_use.0", "no tool 'x'", "end_call"]),
        (LEAST + "max_agent_share = 60", ["client.sam.max_agent_share", "less than or equal to 1"]),
        (LEAST + "max_questions = -1", ["client.sam.max_questions", "greater than or equal to 0"]),
        (LEAST + 'needs_model = "yes"', ["client.sam.needs_model", "boolean"]),
        (LEAST + 'record = { tone = "rude" }', ["client.sam.record.tone", "direct"]),
        (LEAST + "record = { session = 2 }", ["no key client.sam.record.session", "did you mean sessions?"]),
        (LEAST + 'record = { actions = [{ titel = "a" }] }', ["client.sam.record.actions.0.titel", "mean title?"]),
        ("[every]\nmax_share = 1" + LEAST, ["no key every.max_share", "did you mean max_agent_share?"]),
        (LEAST + "= 3", ["no valid TOML", "line 5"]),
    ],
)
def test_a_mistake_is_one_sentence_that_names_client_and_key(tmp_path: Path, text: str, parts: list[str]) -> None:
    path = written(tmp_path, text)
    with pytest.raises(TomlFileError) as error:
        read(path)
    sentence = str(error.value)
    for part in ["clients.toml", *parts]:
        assert part in sentence, sentence
    assert "\n" not in sentence
    assert "pydantic" not in sentence


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(TomlFileError, match="give its path with --file"):
        read(tmp_path / "nothing.toml")
