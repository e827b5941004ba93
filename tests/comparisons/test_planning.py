"""How large a comparison is, how long that takes, and where it is refused."""

from __future__ import annotations

import pytest

from coachroom.comparisons.planning import CommunityPace, outlook, planned_size

LARGE = CommunityPace(sessions=1_000, rated=510, new_clients=400, joined=1_300, joined_sessions=3_900)


@pytest.mark.parametrize(("smallest", "planned"), [(0.15, 4_096), (0.25, 1_475), (0.35, 753)])
def test_the_planned_size_is_that_of_the_simulation_where_half_of_all_sessions_are_rated(
    smallest: float, planned: int
) -> None:
    assert planned_size(smallest, 0.51) == planned


def test_half_the_answers_take_twice_the_sessions() -> None:
    assert planned_size(0.15, 0.255) == 8_192


def test_weeks_follow_from_new_clients_and_their_sessions() -> None:
    # 753 sessions are 251 clients of three sessions each, and 50 are the fence: 301 at 50 a week.
    ahead = outlook(0.35, LARGE)
    assert (ahead.planned_sessions, ahead.weeks, ahead.refusal) == (753, 7, None)


def test_a_small_community_is_told_how_many_weeks_it_would_take() -> None:
    few = CommunityPace(sessions=100, rated=51, new_clients=8, joined=25, joined_sessions=75)
    ahead = outlook(0.15, few)
    assert ahead.weeks == 1_416
    assert ahead.refusal == (
        "At your pace this would take 1,416 weeks. Change the AI coach for a reason that you can name, and read some "
        "transcripts."
    )


def test_the_longest_that_is_allowed_is_half_a_year() -> None:
    # 301 clients at 12 a week are 26 weeks, at 11 they are 28.
    assert outlook(0.35, CommunityPace(1_000, 510, 96, 1_300, 3_900)).refusal is None
    assert outlook(0.35, CommunityPace(1_000, 510, 88, 1_300, 3_900)).refusal is not None


@pytest.mark.parametrize(
    ("pace", "why"),
    [
        (CommunityPace(100, 0, 80, 80, 240), "Nobody rated a session in the last 90 days"),
        (CommunityPace(0, 0, 0, 0, 0), "Nobody rated a session in the last 90 days"),
        (CommunityPace(100, 51, 0, 80, 240), "No new client came in the last 8 weeks"),
    ],
)
def test_without_ratings_or_new_clients_there_is_nothing_to_compare(pace: CommunityPace, why: str) -> None:
    refusal = outlook(0.25, pace).refusal
    assert refusal is not None
    assert refusal.startswith(why)
