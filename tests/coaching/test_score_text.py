from __future__ import annotations

import pytest

from coachroom.coaching.score_text import score_meaning, signed_score


@pytest.mark.parametrize(("score", "shown"), [(-2, "−2"), (0, "0"), (1, "+1")])
def test_a_score_has_its_sign(score: int, shown: str) -> None:
    assert signed_score(score) == shown


@pytest.mark.parametrize(("score", "meaning"), [(1, "I spoke twice"), (0, "as hoped"), (-2, "much less than hoped")])
def test_a_score_means_what_the_client_wrote_for_it_or_our_words(score: int, meaning: str) -> None:
    assert score_meaning(score, {1: "I spoke twice", 0: ""}) == meaning
