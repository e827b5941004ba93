"""Two versions stand side by side only where both fit and say the same about safety."""

from __future__ import annotations

from typing import Any

import pytest

from coachroom.agent_config.lint import LintFinding
from coachroom.agent_config.remote import RemoteState
from coachroom.agent_config.versions import safety_words, unfit, unlike

SAFETY = "# What you are not\n- You are an AI.\n- Never diagnose."
PROMPT = f"# Who you are\nA coach.\n\n{SAFETY}\n\n# How you end\nWith a question."


def version(prompt: str) -> RemoteState:
    config: dict[str, Any] = {"conversation_config": {"agent": {"prompt": {"prompt": prompt}}}}
    return RemoteState(config, (), ())


def test_the_words_about_safety_reach_to_the_next_heading() -> None:
    assert safety_words(PROMPT) == "- You are an AI.\n- Never diagnose."
    assert safety_words(f"Hello.\n{SAFETY}\n") == "- You are an AI.\n- Never diagnose."
    assert safety_words("# Who you are\nA coach.") is None


def test_versions_that_differ_elsewhere_may_stand_side_by_side() -> None:
    assert unlike(version(PROMPT), version(PROMPT.replace("A coach.", "A short coach."))) is None


@pytest.mark.parametrize("change", [("Never", "Seldom"), ("- You are an AI.\n", ""), ("diagnose.", "diagnose!")])
def test_a_version_whose_words_about_safety_differ_is_refused(change: tuple[str, str]) -> None:
    refusal = unlike(version(PROMPT), version(PROMPT.replace(*change)))
    assert refusal is not None
    assert "word for word" in refusal


def test_a_version_with_serious_trouble_or_without_those_words_is_refused() -> None:
    small, serious = LintFinding(serious=False, text="It is slow."), LintFinding(serious=True, text="It is deaf.")
    assert unfit("b", version(PROMPT), [small]) is None
    assert unfit("b", version(PROMPT), [small, serious]) == "The version b is not fit for the room: It is deaf."
    assert "has no paragraphs" in str(unfit("b", version("A coach."), []))
