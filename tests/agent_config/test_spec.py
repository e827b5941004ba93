from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from coachroom.agent.briefing import PLACEHOLDERS
from coachroom.agent.tool_specs import tools_of
from coachroom.agent_config.lint import VARIABLE
from coachroom.agent_config.spec import CLIENT_EVENTS, read
from coachroom.simulator.call import protocol
from coachroom.simulator.server import agent_config
from coachroom.toml_file import MAX_FILE_BYTES, TomlFileError
from tests.agent_config.conftest import FILE

LEAST = """
name = "Coach"
language = "en"
first_message = "Hello"
prompt = "You coach."
client_events = ["audio"]
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "agent.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_file_that_comes_with_coachroom_is_read() -> None:
    file = read(FILE)
    assert {"user_transcript", "agent_response", "client_tool_call"} <= set(file.client_events)
    assert file.overrides.language
    assert not file.privacy.record_voice
    assert file.access.signed_addresses_only


def test_every_variable_of_its_texts_is_one_that_the_room_fills_in() -> None:
    file = read(FILE)
    assert set(VARIABLE.findall(file.prompt + file.first_message)) <= set(PLACEHOLDERS)
    assert not file.placeholders


def test_its_prompt_names_every_tool_and_the_rules_that_keep_people_safe() -> None:
    prompt = read(FILE).prompt
    for words in [
        *(str(spec.tool) for spec in tools_of(appointments=True)),
        "is data",
        "emergency number",
        "no therapist",
        "little time",
    ]:
        assert words in prompt, words


def test_what_is_left_out_has_a_careful_default(tmp_path: Path) -> None:
    file = read(written(tmp_path, LEAST))
    assert (file.privacy.record_voice, file.access.signed_addresses_only, file.overrides.prompt) == (
        False,
        True,
        False,
    )
    assert (file.llm, file.voice_id, file.max_minutes) == (None, None, None)
    assert replace(file, name="x").name == "x"
    assert (file.turns.eagerness, file.turns.asks_after_seconds) == ("patient", 25)
    assert file.turns.hangs_up_after_seconds >= 120


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (LEAST + 'promt = "x"', ["no key promt", "did you mean prompt?"]),
        (LEAST + "[privacy]\nrecord_voise = true", ["no key privacy.record_voise", "did you mean record_voice?"]),
        (LEAST + "[privacy]\nq = true", ["no key privacy.q", "there are record_voice, retention_days"]),
        (LEAST.replace('name = "Coach"', ""), ["the key name is missing"]),
        (LEAST.replace('"Coach"', "3"), ["name cannot be used", "string"]),
        (LEAST.replace('"Coach"', '""'), ["name cannot be used", "at least 1"]),
        (LEAST.replace('"en"', '"English"'), ["language cannot be used"]),
        (LEAST.replace('"audio"', '"user_transcripts"'), ["client_events.0", "did you mean user_transcript"]),
        (LEAST.replace('"audio"', '"zzz"'), ["client_events.0", "no event 'zzz'"]),
        (LEAST + '[privacy]\nrecord_voice = "no"', ["privacy.record_voice", "boolean"]),
        (LEAST + "[privacy]\nretention_days = -2", ["privacy.retention_days", "-1"]),
        (LEAST + "[privacy]\nretention_days = 1.5", ["privacy.retention_days"]),
        (LEAST + '[turns]\neagerness = "patent"', ["turns.eagerness", "patient"]),
        (LEAST + "[turns]\nasks_after_seconds = 31", ["turns.asks_after_seconds", "30"]),
        (LEAST + "[turns]\nhangs_up_after_seconds = 119", ["turns.hangs_up_after_seconds", "120"]),
        (LEAST + "[turns]\nhangs_up_after = 300", ["no key turns.hangs_up_after", "hangs_up_after_seconds"]),
        (LEAST + "privacy = 3", ["privacy cannot be used"]),
        (LEAST + '[access]\nhosts = ["https://a.example"]', ["access.hosts.0", "coach.example.com"]),
        (LEAST + '[access]\nhosts = ["localhost"]', ["access.hosts.0", "localhost:8501"]),
        (LEAST + f"[access]\nhosts = {[f'a{n}.example' for n in range(11)]}", ["access.hosts", "10"]),
        (LEAST + "[limits]\ndaily = 0", ["limits.daily"]),
        (LEAST + "[limits]\nqueue = 1", ["limits.queue", "boolean"]),
        (LEAST + "max_minutes = 0", ["max_minutes"]),
        (LEAST + "[placeholders]\nname = []", ["placeholders.name"]),
        (LEAST + '[further_languages]\nde = ""', ["further_languages.de", "at least 1"]),
        (LEAST + '[further_languages]\nGerman = "Hallo"', ["further_languages.German"]),
        (LEAST + '[further_languages]\nen = "Hello"', ["further_languages", "own language"]),
        (LEAST + '[further_languages]\nde = "Hallo"\n[overrides]\nlanguage = false', ["overrides.language"]),
        (
            LEAST + 'voice_model = "eleven_flash_v2"\n[further_languages]\nde = "Hallo"',
            ["voice_model", "English only"],
        ),
        (LEAST.replace('"en"', '"de"') + 'voice_model = "eleven_turbo_v2"', ["voice_model", "speaks de"]),
        (LEAST + "name = ", ["no valid TOML", "Invalid value"]),
        (LEAST + '"\\q" = 1', ["no valid TOML"]),
    ],
)
def test_a_mistake_is_one_sentence_that_names_file_and_key(tmp_path: Path, text: str, parts: list[str]) -> None:
    path = written(tmp_path, text)
    with pytest.raises(TomlFileError) as error:
        read(path)
    sentence = str(error.value)
    assert sentence.startswith(str(path))
    assert sentence.endswith((".", "?"))
    assert "\n" not in sentence
    for part in parts:
        assert part in sentence


@pytest.mark.parametrize(
    ("content", "part"),
    [(b"\xff\xfe", "UTF-8"), (b"#" * (MAX_FILE_BYTES + 1), "too large")],
)
def test_a_file_that_is_no_text_or_too_long_is_refused(tmp_path: Path, content: bytes, part: str) -> None:
    path = tmp_path / "agent.toml"
    path.write_bytes(content)
    with pytest.raises(TomlFileError, match=part):
        read(path)


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(TomlFileError, match="set COACHROOM_AGENT_FILE"):
            read(path)


def test_the_events_of_the_sdk_are_those_of_the_practice_agent() -> None:
    assert set(CLIENT_EVENTS) == agent_config.ALL_EVENTS
    assert set(protocol.CLIENT_EVENTS) < set(CLIENT_EVENTS)


def test_a_further_language_is_asked_for_and_the_own_one_never(tmp_path: Path) -> None:
    file = read(written(tmp_path, LEAST + '[further_languages]\nde = "Hallo"\npt-br = "Olá"'))
    assert file.languages == ("en", "de", "pt-br")
    asked = {chosen: file.override_for(chosen) for chosen in ("en", "de", "pt-br", "fr", None)}
    assert asked == {"en": None, "de": "de", "pt-br": "pt-br", "fr": None, None: None}
    alone = read(written(tmp_path, LEAST.replace('"en"', '"de"')))
    assert [alone.override_for(chosen) for chosen in ("en", "de", None)] == [None, None, None]
