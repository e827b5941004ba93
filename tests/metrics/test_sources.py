"""A metric that nothing can fill says so; all others may."""

from __future__ import annotations

from itertools import product

import pytest

from coachroom.metrics.definitions import DEFINITIONS
from coachroom.metrics.sources import DataSources

WITHOUT = {
    (True, True): set(),
    (True, False): {"task_success"},
    (False, True): {"approach_fits", "check_in", "nps"},
    (False, False): {"approach_fits", "check_in", "nps", "task_success", "confidence_change"},
}


@pytest.mark.parametrize(("questions", "analysis"), [*product((True, False), repeat=2)])
def test_what_cannot_fill_is_named(questions: bool, analysis: bool) -> None:
    sources = DataSources(questions=questions, analysis=analysis)
    missing = {each.id: sources.missing_for(each.id) for each in DEFINITIONS}
    assert {each for each, why in missing.items() if why} == WITHOUT[questions, analysis]
    for why in filter(None, missing.values()):
        assert "COACHROOM_" in why or "ELEVENLABS_API_KEY" in why
