"""Plan and apply against the practice agent: what is shown is what is done, and done once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from coachroom.agent.briefing import PLACEHOLDERS
from coachroom.agent.tool_specs import TOOLS
from coachroom.agent_config import render
from coachroom.agent_config.apply import ApplyIncompleteError, apply
from coachroom.agent_config.desired import agent_body, tool_config
from coachroom.agent_config.diff import AgentDiff, agent_patch, make_diff, merged
from coachroom.agent_config.remote import Agents, RemoteState, RemoteTool, RemoteWebhook
from coachroom.elevenlabs.data_collection import COLLECTED, CRITERION
from coachroom.errors import AgentUnavailableError, SettingsError
from tests.agent_config.conftest import HOOK, ROOM, WITH_WEBHOOK, There, file_with, webhook
from tests.server import free_port
from tests.simulator.serving import API_KEY


def text(found: AgentDiff) -> str:
    return "\n".join(render.lines(found))


def test_the_plan_for_a_new_agent_names_everything_and_writes_nothing(there: There) -> None:
    before = there.now()
    said = text(there.plan())
    for part in (
        'name: "Practice coach" → "Coach"',
        "conversation_config.agent.prompt.prompt: 0 → ",
        "    +You are a coach who talks by voice",
        "client_events: - vad_score",
        "max_duration_seconds: 3600 → 1800",
        'conversation_config.turn.turn_eagerness: "normal" → "patient"',
        "conversation_config.turn.turn_timeout: 7.0 → 25",
        "conversation_config.turn.silence_end_call_timeout: -1.0 → 600",
        "conversation_config.agent.prompt.built_in_tools.skip_turn",
        "platform_settings.auth.enable_auth: false → true",
        "platform_settings.auth.allowlist: + coach.example.com",
        "retention_days: (not set) → 30",
        f"data_collection.{COLLECTED[0].id}.type",
        f"evaluation.criteria[{CRITERION.id}].name",
        *(f"tool {spec.tool}: (none) → new" for spec in TOOLS),
    ):
        assert part in said, part
    assert there.now() == before
    assert not there.configurations.tools


def test_after_apply_nothing_is_left_and_a_second_apply_changes_nothing(there: There) -> None:
    there.apply()
    after, tools = there.now(), dict(there.configurations.tools)
    assert there.plan().count == 0
    there.apply()
    assert there.now() == after
    assert there.configurations.tools == tools


def test_apply_makes_exactly_what_the_file_says(there: There) -> None:
    there.apply()
    agent = there.now()
    assert agent["name"] == "Coach"
    assert agent["conversation_config"]["agent"]["prompt"]["prompt"].startswith("You are a coach who talks by voice")
    assert agent["conversation_config"]["conversation"]["max_duration_seconds"] == 1800
    assert agent["platform_settings"]["auth"] == {
        "enable_auth": True,
        "allowlist": [{"hostname": "coach.example.com"}],
    }
    assert set(agent["platform_settings"]["data_collection"]) == {item.id.value for item in COLLECTED}
    ids = agent["conversation_config"]["agent"]["prompt"]["tool_ids"]
    tools = [there.configurations.tools[tool_id]["tool_config"] for tool_id in ids]
    assert tools == [tool_config(spec) for spec in TOOLS]


@pytest.mark.parametrize(
    ("patch", "line"),
    [
        ({"name": "Bob"}, 'name: "Bob" → "Coach"'),
        (
            {"platform_settings": {"privacy": {"record_voice": True}}},
            "platform_settings.privacy.record_voice: true → false",
        ),
        (
            {"conversation_config": {"conversation": {"client_events": ["audio"]}}},
            "conversation_config.conversation.client_events: + conversation_initiation_metadata, + ping, ",
        ),
        (
            {"platform_settings": {"auth": {"allowlist": [{"hostname": "evil.example"}]}}},
            "platform_settings.auth.allowlist: - evil.example, + coach.example.com",
        ),
        (
            {"platform_settings": {"data_collection": {"actions": {"type": "integer", "description": "n"}}}},
            'platform_settings.data_collection.actions.type: "integer" → "string"',
        ),
    ],
)
def test_what_somebody_changed_there_shows_as_one_line_and_is_put_back(
    there: There, patch: dict[str, Any], line: str
) -> None:
    there.apply()
    there.change(**patch)
    assert line in text(there.plan())
    there.apply()
    assert there.plan().count == 0


def test_a_changed_line_of_the_prompt_shows_as_that_line(there: There) -> None:
    there.apply()
    prompt = there.now()["conversation_config"]["agent"]["prompt"]["prompt"]
    there.change(conversation_config={"agent": {"prompt": {"prompt": prompt.replace("Warm, calm", "Loud, quick")}}})
    found = there.plan()
    assert found.count == 1
    lines = list(render.lines(found))
    assert len(lines) == 3
    assert lines[1].startswith("    -- Loud, quick")
    assert lines[2].startswith("    +- Warm, calm")


def test_the_order_of_a_list_is_no_change(there: There) -> None:
    there.apply()
    events = there.now()["conversation_config"]["conversation"]["client_events"]
    there.change(conversation_config={"conversation": {"client_events": events[::-1]}})
    assert there.plan().count == 0


def test_what_the_file_does_not_name_is_left_alone(there: There) -> None:
    theirs = {"type": "string", "description": "Theirs"}
    judged = {"id": "theirs", "name": "T", "type": "prompt", "conversation_goal_prompt": "?"}
    own_tool = there.configurations.put_tool(
        {"tool_config": {"type": "client", "name": "theirs", "description": "Not ours"}}
    )["id"]
    there.change(
        tags=["community"],
        conversation_config={
            "turn": {"turn_model": "turn_v3"},
            "tts": {"voice_id": "v1", "stability": 0.5},
            "agent": {"prompt": {"llm": "some-model", "temperature": 0.3, "tool_ids": [own_tool]}},
        },
        platform_settings={
            "data_collection": {"theirs": theirs},
            "evaluation": {"criteria": [judged]},
            "widget": {"variant": "full"},
            "auth": {"require_origin_header": True},
        },
    )
    there.apply()
    agent = there.now()
    conversation, platform = agent["conversation_config"], agent["platform_settings"]
    assert agent["tags"] == ["community"]
    assert conversation["turn"]["turn_model"] == "turn_v3"
    assert (conversation["tts"]["voice_id"], conversation["tts"]["stability"]) == ("v1", 0.5)
    assert (conversation["agent"]["prompt"]["llm"], conversation["agent"]["prompt"]["temperature"]) == (
        "some-model",
        0.3,
    )
    assert conversation["agent"]["prompt"]["tool_ids"][0] == own_tool
    assert platform["data_collection"]["theirs"] == theirs
    assert platform["evaluation"]["criteria"][0] == judged
    assert platform["widget"] == {"variant": "full"}
    assert platform["auth"]["require_origin_header"] is True


def test_a_tool_that_was_changed_or_taken_off_is_put_right(there: There) -> None:
    there.apply()
    ids = there.now()["conversation_config"]["agent"]["prompt"]["tool_ids"]
    changed = {**tool_config(TOOLS[0]), "description": "Something else", "tool_call_sound": "typing"}
    there.configurations.put_tool({"tool_config": changed}, ids[0])
    there.change(conversation_config={"agent": {"prompt": {"tool_ids": ids[:-1]}}})
    said = text(there.plan())
    assert 'tool save_goal.description: "Something else" → "Use when' in said
    assert f"tool {TOOLS[-1].tool}: is there → attached" in said
    assert there.plan().count == 2
    there.apply()
    assert there.now()["conversation_config"]["agent"]["prompt"]["tool_ids"] == ids
    assert len(there.configurations.tools) == len(TOOLS)
    assert there.configurations.tools[ids[0]]["tool_config"]["tool_call_sound"] == "typing"


def test_a_tool_for_appointments_is_taken_off_where_there_are_none_any_more(there: There) -> None:
    own = there.configurations.put_tool({"tool_config": {"type": "client", "name": "theirs", "description": "Own"}})
    there.apply(replace(ROOM, appointments=True))
    there.change(conversation_config={"agent": {"prompt": {"tool_ids": [own["id"], *there.attached]}}})
    before = there.attached
    (book_next,) = (id for id in before if there.tool(id)["name"] == "book_next")
    assert text(there.plan()) == "tool book_next: attached → taken off the agent, stays in the workspace"
    assert there.plan().count == 1
    there.apply()
    assert there.attached == [id for id in before if id != book_next]
    assert book_next in there.configurations.tools, "another agent may have it"
    assert there.plan().count == 0


def test_another_agents_tool_of_the_same_name_is_not_touched(there: There) -> None:
    theirs = {**tool_config(TOOLS[0]), "description": "Another agent's"}
    tool_id = there.configurations.put_tool({"tool_config": theirs})["id"]
    there.apply()
    assert there.configurations.tools[tool_id]["tool_config"] == theirs
    assert tool_id not in there.now()["conversation_config"]["agent"]["prompt"]["tool_ids"]


def test_tools_beyond_the_first_page_are_found(there: There) -> None:
    for number in range(130):
        config = {"type": "client", "name": f"other_{number}", "description": "Not ours"}
        there.configurations.put_tool({"tool_config": config})
    there.apply()
    assert there.plan().count == 0
    assert len(there.agents.read().tools) == 130 + len(TOOLS)


def test_an_apply_that_broke_off_is_finished_by_the_next(there: There) -> None:
    there.services.agent.faults.status["agent_change"] = 500
    with pytest.raises(AgentUnavailableError):
        there.apply()
    assert len(there.configurations.tools) == len(TOOLS)
    there.services.agent.faults.status.clear()
    there.apply()
    assert len(there.configurations.tools) == len(TOOLS)
    assert there.plan().count == 0


def test_changes_that_do_not_stay_are_said(there: There) -> None:
    remote = there.agents.read()

    def stubborn(_: RemoteState) -> AgentDiff:
        return there.planned(remote)

    with pytest.raises(ApplyIncompleteError, match="did not stay"):
        apply(there.agents, there.planned(remote), remote, stubborn)


def test_the_rooms_webhook_is_chosen_by_its_address(there: There) -> None:
    there.configurations.webhooks[:] = [webhook("https://other.example/"), webhook(webhook_id="wh_ours")]
    there.apply(WITH_WEBHOOK)
    assert there.now()["platform_settings"]["workspace_overrides"]["webhooks"] == {
        "post_call_webhook_id": "wh_ours",
        "events": ["transcript"],
        "transcript_format": "json",
        "exclude_transcript": False,
    }
    assert there.plan().count == 0, "without a secret of ours their webhook is left alone"


@pytest.mark.parametrize(
    ("webhooks", "part"),
    [
        ((), f"no webhook {HOOK}"),
        (None, "may not see"),
        ((RemoteWebhook("a", "https://b.example/", False),), "no webhook"),
    ],
)
def test_a_webhook_that_is_not_there_is_one_sentence(webhooks: Any, part: str) -> None:
    with pytest.raises(SettingsError, match=part):
        agent_body(file_with(), WITH_WEBHOOK, webhooks)


def test_variables_of_the_rooms_and_of_the_file_get_placeholders() -> None:
    body = agent_body(file_with(placeholders={"season": "spring"}), ROOM, ())
    placeholders = body["conversation_config"]["agent"]["dynamic_variables"]["dynamic_variable_placeholders"]
    assert placeholders == {**PLACEHOLDERS, "season": "spring"}


def test_what_is_named_in_the_file_wins_over_the_rooms_own() -> None:
    body = agent_body(file_with(hosts=("a.example", "localhost:1"), llm="m", voice_id="v", max_minutes=7), ROOM, ())
    assert body["platform_settings"]["auth"]["allowlist"] == [{"hostname": "a.example"}, {"hostname": "localhost:1"}]
    assert body["conversation_config"]["agent"]["prompt"]["llm"] == "m"
    assert body["conversation_config"]["tts"]["voice_id"] == "v"
    assert body["conversation_config"]["conversation"]["max_duration_seconds"] == 420


def test_only_sections_that_change_are_sent_each_whole_and_without_what_they_refuse() -> None:
    agent = {
        "conversation_config": {
            "agent": {
                "first_message": None,
                "prompt": {
                    "prompt": "old",
                    "tools": [{"name": "legacy"}],
                    "tool_ids": ["t"],
                    "llm": "m",
                    "rag": None,
                },
            },
            "tts": {"voice_id": "v"},
        }
    }
    remote = RemoteState(agent, (RemoteTool("t", {"name": "x"}),), ())
    wanted = {"conversation_config": {"agent": {"prompt": {"prompt": "new"}}}}
    assert agent_patch(make_diff(wanted, (), remote), remote, []) == {
        "conversation_config": {"agent": {"prompt": {"prompt": "new", "tool_ids": ["t"], "llm": "m"}}}
    }
    assert agent_patch(make_diff({"conversation_config": {}}, (), remote), remote, []) == {}


def test_ours_over_theirs_keeps_both() -> None:
    assert merged({"a": 1, "b": {"c": 2}}, {"b": {"d": 3}}) == {"a": 1, "b": {"c": 2, "d": 3}}
    assert merged([{"id": "x", "a": 1}], [{"id": "x", "a": 2}, {"id": "y"}]) == [{"id": "x", "a": 2}, {"id": "y"}]
    assert merged([1, 2], [3]) == [3]


READS: list[tuple[int, str]] = [
    (401, "refused the key"),
    (403, "refused the key"),
    (402, "quota is used up"),
    (404, "has no agent"),
    (429, "too many questions"),
    (500, "no usable answer"),
    (503, "no usable answer"),
]


@pytest.mark.parametrize(("status", "part"), READS)
@pytest.mark.parametrize("endpoint", ["agent", "tools"])
def test_every_refusal_is_one_sentence_for_the_operator(there: There, endpoint: Any, status: int, part: str) -> None:
    there.services.agent.faults.status[endpoint] = status
    one_sentence(there.agents.read, part)


@pytest.mark.parametrize("endpoint", ["agent", "tools", "webhooks"])
def test_garbage_is_one_sentence(there: There, endpoint: Any) -> None:
    there.services.agent.faults.garbage.add(endpoint)
    one_sentence(there.agents.read, "no usable answer")


@pytest.mark.parametrize(("status", "part"), [*READS, (400, "did not take"), (422, "did not take")])
@pytest.mark.parametrize("endpoint", ["agent_change", "tool_change"])
def test_a_change_that_is_refused_is_one_sentence(there: There, endpoint: Any, status: int, part: str) -> None:
    there.services.agent.faults.status[endpoint] = status
    one_sentence(there.apply, part)


def test_their_reason_for_refusing_a_change_is_shown(there: There) -> None:
    def refused() -> None:
        there.agents.update({"platform_settings": {"privacy": {"retention_days": "many"}}})

    one_sentence(refused, "platform_settings.privacy.retention_days: Input should be a valid integer")


def test_a_key_that_may_not_see_webhooks_still_plans(there: There) -> None:
    there.services.agent.faults.status["webhooks"] = 401
    assert there.agents.read().webhooks is None
    there.apply()


def test_no_answer_a_wrong_key_and_an_unknown_agent_are_different_errors(there: There) -> None:
    url = there.services.url
    for agents, part in (
        (Agents(api_key=API_KEY, base_url=f"http://127.0.0.1:{free_port()}", agent_id="a"), "no usable answer"),
        (Agents(api_key="sk_secret", base_url=url, agent_id=there.agent_id), "refused the key"),
        (Agents(api_key=API_KEY, base_url=url, agent_id="nobody"), "has no agent nobody"),
    ):
        try:
            one_sentence(agents.read, part)
        finally:
            agents.close()


def one_sentence(ask: Callable[[], object], part: str) -> None:
    with pytest.raises(AgentUnavailableError) as error:
        ask()
    sentence = str(error.value)
    assert part in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert API_KEY not in sentence
    assert "sk_secret" not in sentence


def test_languages_are_kept_with_what_is_said_first_and_a_voice_that_speaks_them(there: There) -> None:
    file = replace(there.file, further_languages={"de": "Hallo {{client_name}}", "fr": "Bonjour"})
    there = replace(there, file=file)
    there.change(
        conversation_config={"language_presets": {"it": {"overrides": {"agent": {"first_message": "Ciao"}}}}}
    )
    there.apply()
    conversation = there.now()["conversation_config"]
    said = {code: preset["overrides"]["agent"] for code, preset in conversation["language_presets"].items()}
    assert said["de"] == {"first_message": "Hallo {{client_name}}"}
    assert set(said) == {"de", "fr", "it"}
    assert conversation["tts"]["model_id"] == "eleven_flash_v2_5"
    assert not there.plan().count
    there.change(conversation_config={"tts": {"model_id": "eleven_flash_v2"}})
    assert [change.where for change in there.plan().changes] == ["conversation_config.tts.model_id"]


def test_a_voice_model_that_is_named_stays_and_english_alone_needs_none(there: There) -> None:
    assert "model_id" not in agent_body(there.file, ROOM, ())["conversation_config"]["tts"]
    german = replace(there.file, language="de")
    assert agent_body(german, ROOM, ())["conversation_config"]["tts"]["model_id"] == "eleven_flash_v2_5"
    named = replace(german, voice_model="eleven_v3_conversational")
    assert agent_body(named, ROOM, ())["conversation_config"]["tts"]["model_id"] == "eleven_v3_conversational"
