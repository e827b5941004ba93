"""The real widget's attributes, as text."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from coachroom.elevenlabs.widget import TEXTS, attributes

ASSETS = Path(__file__).resolve().parents[2] / "coachroom" / "ui" / "assets"


def made(**given: Any) -> dict[str, str]:
    return attributes(
        **{
            "agent_id": "a",
            "user_id": "u",
            "avatar_url": "/agent.svg",
            "api_url": "https://api.us.elevenlabs.io",
        }
        | given
    )


def test_the_agent_and_the_client_are_named_and_the_client_by_an_id_that_says_nothing() -> None:
    attribute = made(agent_id="agent_1", user_id="0190-client")
    assert (attribute["agent-id"], attribute["user-id"]) == ("agent_1", "0190-client")


def test_every_attribute_is_text_and_what_is_json_can_be_read() -> None:
    attribute = made()
    assert all(isinstance(value, str) for value in attribute.values())
    assert json.loads(attribute["override-config"])["avatar"] == {"type": "image", "url": "/agent.svg"}
    assert json.loads(attribute["text-contents"]) == TEXTS


def test_the_conversation_may_be_typed_is_shown_and_nobody_is_asked_for_stars_twice() -> None:
    config = json.loads(made()["override-config"])
    assert config["text_input_enabled"]
    assert config["transcript_enabled"]
    assert config["supports_text_only"]
    assert (config["feedback_mode"], config["end_feedback"]) == ("none", None)
    assert "terms_html" not in config


def test_the_words_by_which_the_page_finds_the_widgets_buttons_are_ours() -> None:
    script = (ASSETS / "widget_element.js").read_text(encoding="utf-8")
    looked_for = set(re.findall(r"labels\.(\w+)", script))
    assert {"start_call", "mute_microphone"} <= looked_for <= set(TEXTS)


def test_the_widget_asks_in_the_region_that_the_settings_name() -> None:
    assert made(api_url="https://api.eu.residency.elevenlabs.io/")["server-location"] == "eu-residency"
    assert "server-location" not in made(api_url="https://proxy.example.com")
