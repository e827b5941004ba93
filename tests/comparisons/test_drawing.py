"""Which version a new client meets is drawn once, evenly, and recorded."""

from __future__ import annotations

import math

from coachroom.comparisons.drawing import FENCE_CLIENTS, FENCE_PROBABILITY, draw
from coachroom.comparisons.states import Arm

CLIENTS = [f"client-{n}" for n in range(10_000)]
# Five standard deviations of a binomial share of one half.
MOST_OFF = 5 * math.sqrt(0.25 / len(CLIENTS))


def candidates(comparison: str, drawn_before: int) -> set[str]:
    return {
        client
        for client in CLIENTS
        if draw(comparison, client, share=0.5, drawn_before=drawn_before).arm is Arm.CANDIDATE
    }


def test_half_of_all_clients_meet_the_candidate() -> None:
    assert abs(len(candidates("one", FENCE_CLIENTS)) / len(CLIENTS) - 0.5) < MOST_OFF


def test_the_first_clients_meet_it_one_time_in_ten_and_are_not_estimated() -> None:
    assert abs(len(candidates("one", FENCE_CLIENTS - 1)) / len(CLIENTS) - FENCE_PROBABILITY) < MOST_OFF
    first, later = (draw("one", "ana", share=0.5, drawn_before=before) for before in (49, 50))
    assert (first.fence, first.probability, later.fence, later.probability) == (True, 0.1, False, 0.5)


def test_a_client_is_drawn_in_the_same_way_each_time_and_anew_for_another_comparison() -> None:
    assert candidates("one", 60) == candidates("one", 70)
    both = len(candidates("one", 60) & candidates("two", 60)) / len(CLIENTS)
    assert abs(both - 0.25) < MOST_OFF
