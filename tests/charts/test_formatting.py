"""Numbers as the charts and their sentences write them."""

from __future__ import annotations

import pytest

from coachroom.charts.formatting import MINUS, points, signed


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.25, "+1.2"), (-0.5, f"{MINUS}0.5"), (0, "0.0"), (0.04, "0.0"), (-0.04, "0.0"), (0.06, "+0.1")],
)
def test_a_change_has_its_sign_unless_it_is_none(value: float, text: str) -> None:
    assert signed(value) == text


@pytest.mark.parametrize(("value", "text"), [(1.2, "+1"), (-1.2, f"{MINUS}1"), (0.3, "0"), (-0.3, "0")])
def test_points_are_whole(value: float, text: str) -> None:
    assert points(value) == text
