from __future__ import annotations

import pytest

from coachroom.did_you_mean import did_you_mean


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("prot", "did you mean port?"),
        ("hosts", "did you mean host?"),
        ("database", "see the list."),
        ("", "see the list."),
    ],
)
def test_the_nearest_name_is_suggested_if_one_is_near(name: str, sentence: str) -> None:
    assert did_you_mean(name, iter(["port", "host"]), "see the list.") == sentence
