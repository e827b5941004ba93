"""Every problem that `check` names, made on purpose at the practice agent."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest

from coachroom.agent.tool_specs import TOOLS
from coachroom.agent_config.desired import RoomRequirements
from coachroom.agent_config.lint import EVENTS_BY_DEFAULT, LintFinding, lint
from tests.agent_config.conftest import ROOM, WITH_WEBHOOK, There, file_with, webhook
from tests.simulator.serving import API_KEY, Caller, call, until

MULTILINGUAL = file_with(further_languages={"de": "Hallo"})
EVENTS = ["conversation_initiation_metadata", "audio", "ping", "interruption", "client_tool_call"]
EVENTS += ["agent_response_correction", "agent_tool_response"]


def troubles(there: There, room: RoomRequirements = ROOM) -> list[LintFinding]:
    return lint(there.agents.read(), room, there.file)


def conversation(**settings: Any) -> dict[str, Any]:
    return {"conversation_config": {"conversation": settings}}


def override(**allowed: Any) -> dict[str, Any]:
    return {"platform_settings": {"overrides": {"conversation_config_override": allowed}}}


def platform(**settings: Any) -> dict[str, Any]:
    return {"platform_settings": settings}


def agent(**settings: Any) -> dict[str, Any]:
    return {"conversation_config": {"agent": settings}}


SERIOUS: list[tuple[dict[str, Any], list[str]]] = [
    (conversation(client_events=[*EVENTS, "agent_response"]), ["user_transcript", "client says is recorded"]),
    (conversation(client_events=[*EVENTS, "user_transcript"]), ["agent_response,", "coach says is recorded"]),
    (conversation(client_events=["user_transcript", "agent_response"]), ["audio", "cannot be heard"]),
    (conversation(text_only=True), ["text only", "nobody can speak"]),
    (conversation(max_duration_seconds=600), ["after 10 minutes", "30", "max_minutes"]),
    ({"conversation_config": {"turn": {"silence_end_call_timeout": 30}}}, ["after 30 seconds of silence", "600"]),
    ({"conversation_config": {"asr": {"user_input_audio_format": "ulaw_8000"}}}, ["ulaw_8000", "pcm_16000"]),
    ({"conversation_config": {"tts": {"agent_output_audio_format": "pcm_44100"}}}, ["pcm_44100", "pcm_16000"]),
    (override(conversation={"text_only": False}), ["conversation.text_only", "1008"]),
    (agent(first_message="Hello {{ nickname }}"), ["first message", "{{nickname}}", "[placeholders]"]),
    (agent(prompt={"prompt": "Today is {{weekday}}, {{system__time_utc}}"}), ["prompt names {{weekday}}", "1008"]),
    (platform(auth={"enable_auth": False, "allowlist": []}), ["Anybody", "authentication is off"]),
    (platform(auth={"allowlist": [{"hostname": "old.example.com"}]}), ["does not name coach.example.com"]),
    (platform(privacy={"retention_days": 0}), ["less than a day", "privacy.retention_days"]),
    (platform(privacy={"zero_retention_mode": True}), ["Zero retention"]),
    (platform(call_limits={"daily_limit": 0}), ["takes no calls", "daily_limit"]),
    (platform(archived=True), ["archived"]),
]

LANGUAGES: list[tuple[dict[str, Any], list[str]]] = [
    (override(agent={"language": False}), ["agent.language", "1008"]),
    (agent(language="fr"), ["own language is fr", "the file has en"]),
    ({"conversation_config": {"tts": {"model_id": "eleven_turbo_v2"}}}, ["eleven_turbo_v2", "English only"]),
    (
        {"conversation_config": {"language_presets": {"de": {"overrides": {"agent": {"first_message": "{{who}}"}}}}}},
        ["first message in de names {{who}}"],
    ),
]
ATTENTION: list[tuple[dict[str, Any], list[str]]] = [
    ({"conversation_config": {"turn": {"turn_timeout": 7}}}, ["asks after 7 seconds", "25"]),
    ({"conversation_config": {"turn": {"noisy_environment_detection": True}}}, ["quieter place", "human coach"]),
    ({"conversation_config": {"turn": {"turn_eagerness": "eager"}}}, ["eager", "patient", "cuts in"]),
    (conversation(client_events=[*EVENTS[:3], "user_transcript", "agent_response"]), ["interruption", "cuts in"]),
    (platform(privacy={"record_voice": True}), ["records voices"]),
    (platform(queueing_config={"enabled": True}), ["Callers wait in a queue", "limits.queue"]),
    (agent(prompt={"tool_ids": []}), ["lacks the tools save_goal, log_progress"]),
]


@pytest.mark.parametrize(("patch", "parts"), SERIOUS)
def test_a_serious_problem_is_named_with_its_remedy(there: There, patch: dict[str, Any], parts: list[str]) -> None:
    named(there, patch, parts, serious=True)


@pytest.mark.parametrize(("patch", "parts"), LANGUAGES)
def test_what_keeps_clients_from_their_language_is_named(
    there: There, patch: dict[str, Any], parts: list[str]
) -> None:
    named(replace(there, file=MULTILINGUAL), patch, parts, serious=True)


def test_a_language_that_the_agent_does_not_speak_is_named(there: There) -> None:
    there.apply()
    found = lint(there.agents.read(), ROOM, MULTILINGUAL)
    assert [finding.text for finding in found if finding.serious and "does not speak de" in finding.text]


def test_overrides_that_the_room_never_sends_need_not_be_allowed(there: There) -> None:
    file = replace(there.file, overrides=replace(there.file.overrides, language=False, text_only=False))
    there = replace(there, file=file)
    there.apply()
    assert not [finding for finding in troubles(there) if finding.serious]


@pytest.mark.parametrize(("patch", "parts"), ATTENTION)
def test_a_minor_problem_is_named(there: There, patch: dict[str, Any], parts: list[str]) -> None:
    named(there, patch, parts, serious=False)


def named(there: There, patch: dict[str, Any], parts: list[str], *, serious: bool) -> None:
    there.apply()
    before = troubles(there)
    there.change(**patch)
    new = [finding for finding in troubles(there) if finding not in before]
    assert new
    wanted = [one for one in new if one.serious is serious and all(part in one.text for part in parts)]
    assert len(wanted) == 1, new
    for finding in new:
        assert finding.text.endswith(".")
        assert "\n" not in finding.text


def test_after_apply_with_a_webhook_there_is_no_problem(there: There) -> None:
    there.configurations.webhooks[:] = [webhook()]
    there.apply(WITH_WEBHOOK)
    assert troubles(there, WITH_WEBHOOK) == []


def test_an_agent_that_names_no_events_sends_the_usual_ones(there: There) -> None:
    there.apply()
    remote = there.agents.read()
    del remote.agent["conversation_config"]["conversation"]["client_events"]
    assert {"user_transcript", "agent_response"} <= EVENTS_BY_DEFAULT
    assert not any(finding.serious for finding in lint(remote, ROOM, there.file))


@pytest.mark.parametrize(
    ("hooks", "part"),
    [
        ([], "is not there any more"),
        ([webhook(is_disabled=True)], "is turned off"),
        ([webhook(is_auto_disabled=True)], "is turned off"),
        ([webhook("https://other.example.com/hook")], "leads to https://other.example.com/hook"),
    ],
)
def test_a_webhook_that_cannot_work_is_named(there: There, hooks: list[dict[str, Any]], part: str) -> None:
    there.configurations.webhooks[:] = [webhook()]
    there.apply(WITH_WEBHOOK)
    there.configurations.webhooks[:] = hooks
    webhook_trouble(there, part)


def test_a_webhook_without_transcripts_none_at_all_and_one_we_may_not_see(there: There) -> None:
    there.apply()
    assert "COACHROOM_WEBHOOK_SECRET is not set" in troubles(there)[0].text
    webhook_trouble(there, "no webhook of its own")
    there.configurations.webhooks[:] = [webhook()]
    there.apply(WITH_WEBHOOK)
    there.change(platform_settings={"workspace_overrides": {"webhooks": {"events": ["audio"]}}})
    webhook_trouble(there, "does not bring the transcript")
    for setting, part in (
        ({"transcript_format": "opentelemetry"}, "brings the transcript as opentelemetry"),
        ({"exclude_transcript": True}, "leaves the transcript out"),
    ):
        there.apply(WITH_WEBHOOK)
        there.change(platform_settings={"workspace_overrides": {"webhooks": setting}})
        webhook_trouble(there, part)
    there.apply(WITH_WEBHOOK)
    there.services.agent.faults.status["webhooks"] = 401
    webhook_trouble(there, "may not see")


def webhook_trouble(there: There, part: str) -> None:
    [finding] = troubles(there, WITH_WEBHOOK)
    assert not finding.serious
    assert part in finding.text
    assert "transcripts come later" in finding.text


def test_a_tool_that_does_not_wait_for_the_room_is_named(there: There) -> None:
    there.apply()
    tool_id, tool = next(iter(there.configurations.tools.items()))
    there.configurations.put_tool({"tool_config": {**tool["tool_config"], "expects_response": False}}, tool_id)
    assert any(f"answer to {TOOLS[0].tool}, so errors are lost" in finding.text for finding in troubles(there))


def test_what_is_not_looked_for_after_a_call_is_named(there: There) -> None:
    assert any("does not look for client_facts" in finding.text for finding in troubles(there))


def test_a_session_longer_than_a_call_is_named_also_when_the_room_grew(there: There) -> None:
    there.apply()
    assert any(
        "a session may last 45" in finding.text for finding in troubles(there, replace(ROOM, session_minutes=45))
    )


def test_serious_problems_come_first(there: There) -> None:
    order = [finding.serious for finding in troubles(there)]
    assert order == sorted(order, reverse=True)
    assert order[0]


def test_without_the_two_events_a_whole_talk_leaves_nothing_in_the_browser_and_check_says_so(there: There) -> None:
    there.change(**conversation(client_events=EVENTS))
    url = there.services.socket_url.partition("?")[0] + f"?agent_id={there.agent_id}"
    with call(there.services, url=url, conversation_config_override={"conversation": {"text_only": True}}) as caller:
        conversation_id = caller.hear("conversation_initiation_metadata")["conversation_id"]
        until(lambda: len(transcript(there, conversation_id)) == 1)
        caller.type("I want to sleep better")
        until(lambda: len(transcript(there, conversation_id)) == 3)
        caller.type("Goodbye")
        heard_out(caller)
    assert {"agent_response", "user_transcript"}.isdisjoint(caller.types())
    said = " ".join(finding.text for finding in troubles(there) if finding.serious)
    assert "nothing that the client says is recorded" in said
    assert "nothing that the coach says is recorded" in said


def heard_out(caller: Caller) -> None:
    """Listens until the coach hangs up."""
    caller.hear("agent_tool_response")


def transcript(there: There, conversation_id: str) -> list[Any]:
    url = f"{there.services.url}/v1/convai/conversations/{conversation_id}"
    found: list[Any] = httpx.get(url, headers={"xi-api-key": API_KEY}).json()["transcript"]
    return found


def test_a_tool_for_appointments_is_missed_where_there_are_some_and_named_where_there_are_none(there: There) -> None:
    with_them = replace(ROOM, appointments=True)
    there.apply()
    assert not any("book_next" in finding.text for finding in lint(there.agents.read(), ROOM, there.file))
    found = lint(there.agents.read(), with_them, there.file)
    assert any("lacks the tools book_next" in finding.text for finding in found)
    there.apply(with_them)
    assert not any("book_next" in finding.text for finding in lint(there.agents.read(), with_them, there.file))
    assert any("nobody can book" in finding.text for finding in lint(there.agents.read(), ROOM, there.file))
    there.apply()
    assert not any("book_next" in finding.text for finding in lint(there.agents.read(), ROOM, there.file))
