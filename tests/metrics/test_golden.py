"""Every column of every metric on the community of tests/golden, worked out by hand.

The weeks begin on 2, 9, 16 and 23 March 2026; as_of is Monday 30 March, 00:00 UTC. Valid sessions:
week 1: s01 (a) s02 (b) s03 (c) s06 (a) s07 (f); s04 is too short, s05 failed
week 2: s08 (b) s09 (a) s10 (c) s11 (g, exactly 60 s) s14 (g) s12 (d); s13 (h) has no client turn
week 3: s15 (a) s16 (i) s17 (d) s20 (f); s18 and s19 (j) failed
week 4: s21 (b) s22 (a) s23 (k) s24 (l, ends after as_of); s25 starts at as_of, s26 is still open
"""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import Any

import pandas as pd
import pytest

from coachroom.metrics.definitions import DEFINITIONS
from coachroom.metrics.parameters import Interval, RetentionKind, Segment, SegmentBy
from coachroom.metrics.run import run
from coachroom.store.store import Store
from tests.metrics.community import golden, write
from tests.metrics.rows import assert_rows

AS_OF = datetime(2026, 3, 30)
W1, W2, W3, W4 = (date(2026, 3, day) for day in (2, 9, 16, 23))


@pytest.fixture(scope="module", autouse=True)
def _community(store: Store) -> None:
    write(store, golden())


def wilson(k: int, n: int) -> tuple[float | None, float | None, float | None]:
    """value, low, high by Wilson's formula as Newcombe (1998) writes it; checked against his table below."""
    if n == 0:
        return None, None, None
    z, p, q = 1.959963984540054, k / n, 1 - k / n
    root = z * math.sqrt(z * z + 4 * n * p * q)
    return p, (2 * n * p + z * z - root) / (2 * (n + z * z)), (2 * n * p + z * z + root) / (2 * (n + z * z))


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0000, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_is_that_of_newcombes_table(k: int, n: int, low: float, high: float) -> None:
    assert wilson(k, n)[1:] == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


# 10/√(0.7·(2² + 1²) + 0.3·(2 + 1)²) = 10/√6.2 for client a in week 1: goals (2, +1) and (1, −1), Σwx = 1.
T_A = 50 + 10 / math.sqrt(6.2)

RETENTION = {
    # a: weeks 1 2 3 4 · b: 1 2 4 · c: 1 2 · f: 1 3 | d: 2 3 · g: 2 | i: 3 | k, l: 4
    RetentionKind.RECURRING: [[4, 3, 2, 2], [2, 1, 0], [1, 0], [2]],  # abcf, abc, af, ab | dg, d, – | i, – | kl
    RetentionKind.UNBOUNDED: [[4, 4, 3, 2], [2, 1, 0], [1, 0], [2]],  # abcf, abcf, abf, ab | …
    RetentionKind.CUMULATIVE: [[4, 3, 1, 1], [2, 1, 0], [1, 0], [2]],  # abcf, abc, a, a | …
}


def retention(kind: RetentionKind) -> list[tuple[Any, ...]]:
    """All periods have ended by as_of, the last one at that very moment."""
    return [
        (start, period, row[0], kept, *wilson(kept, row[0]), True)
        for start, row in zip((W1, W2, W3, W4), RETENTION[kind], strict=True)
        for period, kept in enumerate(row)
    ]


def day(number: int, dau: int, wau: int, mau: int) -> tuple[Any, ...]:
    return (date(2026, 3, number), dau, wau, mau, dau / mau)


EXPECTED: dict[str, list[tuple[Any, ...]]] = {
    "session_duration": [
        # 300 600 900 1200 2400: p90 at place 0.9·4 = 3.6 → 1200 + 0.6·1200
        (W1, 5, 900, 1920, 1080, 5400),
        # 60 240 300 600 600 1800: p90 at 4.5 → 600 + 0.5·1200
        (W2, 6, 450, 1200, 600, 3600),
        # 100 600 700 1000: p90 at 2.7 → 700 + 0.7·300
        (W3, 4, 650, 910, 600, 2400),
        # 600 800 1200 1500: p90 at 2.7 → 1200 + 0.7·300
        (W4, 4, 1000, 1410, 1025, 4100),
    ],
    "session_outcomes": [
        # sessions, completed, abandoned, failed, bounced, valid
        (W1, 7, 5, 1, 1, 1, 5),
        (W2, 7, 6, 1, 0, 0, 6),
        (W3, 6, 3, 1, 2, 2, 4),
        (W4, 4, 4, 0, 0, 0, 4),
    ],
    # s13
    "written_sessions": [(W2, 1, 1, *wilson(1, 1))],
    "human_sessions": [
        # sessions, joined, hints, holds, takeovers, minutes
        (W1, 5, 1, 2, 1, 0, 10),  # s02
        (W2, 6, 1, 0, 0, 1, 5),  # s12, to its end
        (W3, 4, 0, 0, 0, 0, 0),  # s15, whose client said no
        (W4, 4, 1, 1, 1, 1, 2),  # s21, twice, once without a line
    ],
    "human_comparison": [
        ("returned", "with", 2, 2, *wilson(2, 2)),  # b d
        ("returned", "without", 7, 9, *wilson(7, 9)),  # not c after s10, not g after s14; b to the second
        ("satisfied", "with", 1, 2, *wilson(1, 2)),  # 4 1
        ("satisfied", "without", 2, 3, *wilson(2, 3)),  # 5 3 5
    ],
    "appointments": [
        # appointments, moved, cancelled, kept, missed by client, coach, both, days before
        (W1, 1, 0, 0, 1, 0, 0, 0, 71.5 / 24),  # p1
        (W2, 3, 2, 1, 1, 0, 1, 0, 167.5 / 24),  # p2 moved, p3, p4 moved and cancelled
        (W3, 3, 0, 1, 0, 1, 0, 1, (161 + 50 / 60) / 24),  # p5 p6 p8; p7 begins after as_of
    ],
    "next_date": [
        # s01 p1, s02 p2 as moved, s03 p3; s06: p4 was made 26 h later
        (W1, 3, 5, *wilson(3, 5), (167 + 40 / 60) / 24),
        # s11 and s14 p5, s12 p6; s08: p8 was cancelled within the day
        (W2, 3, 6, *wilson(3, 6), (161 + 56 / 60) / 24),
        # s16 p7; s17: p6 began before its end
        (W3, 1, 4, *wilson(1, 4), 16 + (23 * 3600 + 48 * 60 + 20) / 86400),
        # s24 ended less than a day ago
        (W4, 0, 3, *wilson(0, 3), None),
    ],
    "next_date_comparison": [
        ("with", 5, 6, *wilson(5, 6)),  # s01 s02 s03 s11 s12, not s14
        ("without", 4, 5, *wilson(4, 5)),  # s06 s07 s08 s09, not s10
    ],
    "approach_choice": [
        # a at s22, b at s21, c at s10
        ("lead", "as it comes", 3, 1.0),
        ("opening", "as it comes", 2, 2 / 3),
        ("opening", "goal", 1, 1 / 3),
        ("pace", "as it comes", 2, 2 / 3),
        ("pace", "short", 1, 1 / 3),
        ("tone", "as it comes", 2, 2 / 3),
        ("tone", "direct", 1, 1 / 3),
    ],
    "approach_asked": [
        # asked, answered, changed, tried, kept, dropped; c's trial ends at as_of
        (W1, 2, 1, 1, 0, 0, 0, *wilson(1, 2), *wilson(1, 2), *(None,) * 6),
        (W2, 1, 1, 0, 2, 1, 1, *wilson(1, 1), *wilson(0, 1), *wilson(1, 2), *wilson(1, 2)),
    ],
    "approach_fits": [
        (W1, 2, 5, 2 / 5, 6.5, 1),  # 8 5
        (W2, 1, 6, 1 / 6, 6, 0),  # 6
        (W3, 0, 4, 0, None, 0),
        (W4, 0, 4, 0, None, 0),
    ],
    # Nobody's wish has 20 sessions.
    "approach_followed": [],
    "active_clients": [
        day(2, 2, 2, 2),  # a b
        day(3, 1, 3, 3),  # c
        day(4, 0, 3, 3),
        day(5, 1, 3, 3),  # a
        day(6, 0, 3, 3),
        day(7, 0, 3, 3),
        day(8, 1, 4, 4),  # f
        day(9, 1, 4, 4),  # b
        day(10, 2, 4, 4),  # a c
        day(11, 1, 5, 5),  # g
        day(12, 1, 6, 6),  # d
        day(13, 0, 6, 6),
        day(14, 0, 6, 6),
        day(15, 0, 5, 6),  # f of the 8th is out of the week
        day(16, 3, 5, 7),  # a i d; b of the 9th is out
        day(17, 0, 4, 7),  # c of the 10th is out
        day(18, 0, 3, 7),  # g of the 11th is out
        day(19, 0, 3, 7),
        day(20, 0, 3, 7),
        day(21, 0, 3, 7),
        day(22, 1, 4, 7),  # f
        day(23, 1, 2, 7),  # b; a i d of the 16th are out
        day(24, 1, 3, 7),  # a
        day(25, 1, 4, 8),  # k
        day(26, 0, 4, 8),
        day(27, 0, 4, 8),
        day(28, 0, 4, 8),
        day(29, 1, 4, 9),  # l; f is out
    ],
    # a 3 5 6 8 · b 7 14 · c 7 · d 4 · f 14 · g 0
    "return_gaps": [(0, 1), (3, 1), (4, 1), (5, 1), (6, 1), (7, 2), (8, 1), (14, 2)],
    "return_rate": [
        # first by 23 March 00:00: a b c d f g i; within 7 × 24 h: a b (to the minute) d g; c is an hour late
        (7, 4, 7, *wilson(4, 7)),
        # first by 16 March 00:00: a b c d f g; f took 13 days and 20.5 hours
        (14, 6, 6, *wilson(6, 6)),
        (30, 0, 0, None, None, None),
    ],
    "time_to_second_session": [
        # came: g 0, a 3, d 4, b 7, c 7, f 14 · not yet: l seen for 0 days, k for 4, i for 13 (up to 29 March)
        (0, 9, 1, 8 / 9),
        (3, 7, 1, 8 / 9 * 6 / 7),
        (4, 6, 1, 40 / 63),
        (7, 4, 2, 20 / 63),
        (14, 1, 1, 0),
    ],
    "lifecycle": [
        # new, returning, resurrecting, dormant, active
        (W1, 4, 0, 0, 0, 4),
        (W2, 2, 3, 0, 1, 5),  # d g | a b c | – | f
        (W3, 1, 2, 1, 3, 4),  # i | a d | f | b c g
        (W4, 2, 1, 1, 3, 4),  # k l | a | b | d f i
    ],
    "funnel": [
        # a and d came twice, d without a consent on record; i once before as_of; e agreed and failed to get in; h
        # agreed at as_of; one has not signed in, another is invited at as_of.
        # Beside the clients: share of those invited; share of the step before, with its low and high.
        ("1 invited", 6, 1, None, None, None),
        ("2 signed in", 5, 5 / 6, *wilson(5, 6)),
        ("3 consented", 4, 4 / 6, *wilson(4, 5)),
        ("4 first session", 3, 3 / 6, *wilson(3, 4)),
        ("5 second session", 2, 2 / 6, *wilson(2, 3)),
    ],
    "membership_survival": [
        # members, at_risk, left, survival, lower, upper
        # i joined on 27 February and came in week 3
        ("with", 1, 1, 1, 0, 1, None, None),
        # a joined on 25 January and came after 30 days; d on the 26th, and left after 53; e was known only after 33
        ("without", 1, 2, 2, 0, 1, None, None),
        # half is left: Greenwood's sum is 1 ÷ (2 · 1)
        (
            "without",
            2,
            2,
            1,
            1,
            0.5,
            *(0.5 ** math.exp(z * math.sqrt(0.5) / math.log(2)) for z in (1.959963984540054, -1.959963984540054)),
        ),
    ],
    "csat": [
        # responses, sessions, response_rate, numerator, denominator, value, low, high, mean_rating
        (W1, 4, 5, 3 / 5, 2, 4, *wilson(2, 4), 3.5),  # 5 4 3 and, in the invalid s04, 2
        (W2, 2, 6, 2 / 6, 1, 2, *wilson(1, 2), 3),  # 5 1
        (W3, 1, 4, 0, 0, 1, *wilson(0, 1), 1),  # 1, in the failed s18
        (W4, 0, 4, 0, 0, 0, None, None, None, None),
    ],
    # 10 9 | 7 8 | 0 → 100·(2 − 1)/5 · one detractor
    "nps": [(W1, 2, 2, 1, 20), (W2, 0, 0, 1, -100)],
    # 35 36 38 · 20
    "check_in": [(W1, 3, 36, 1), (W2, 1, 20, 1)],
    "turns": [
        # medians of client turns 1 1 2 2 3, agent turns 1 2 2 2 3, words 5 20 25 30 100 and 15 25 30 50 60
        (W1, 2, 2, 25, 30),
        # 1 1 1 1 2 3 · 0 1 1 1 2 3 · 3 4 5 10 20 60 · 0 1 6 20 30 40
        (W2, 1, 1, 7.5, 13),
        # 0 2 10 20 · 0 8 10 10
        (W3, 1, 1, 6, 9),
        # 1 1 1 2 · 1 1 1 2 · 7 30 30 50 · 3 10 20 50
        (W4, 1, 1, 30, 15),
    ],
    "talk_ratio": [
        # 50/150 25/50 30/50 (exactly 60 %, not over) 60/90 15/20
        (W1, 5, 0.6, 2),
        # 0/5 1/5 40/100 20/40 6/9 30/40
        (W2, 6, 0.45, 2),
        # 10/30 10/20 8/10; s20 has no words
        (W3, 3, 0.5, 1),
        # 10/40 3/10 20/50 50/100
        (W4, 4, 0.35, 0),
    ],
    "turn_latency": [
        # 400 500 700 800 900 1000 1200 1500 2000 3000: p95 at 8.55 → 2000 + 0.55·1000
        (W1, 10, 950, 2550, 3000),
        # 600 700 900 1000 1000 2000 5000: p95 at 5.7 → 2000 + 0.7·3000
        (W2, 7, 1000, 4100, 5000),
        # 900 1000 1100: p95 at 1.9
        (W3, 3, 1000, 1090, 1100),
        # 400 1300 2500: p95 at 1.9 → 1300 + 0.9·1200
        (W4, 3, 1300, 2380, 2500),
    ],
    "latency_parts": [
        # A quarter of each wait above is recognition; 400 500 · – · – · 400 cut in.
        *[
            row
            for week, turns, p50, p95, longest in (
                (W1, 10, 950, 2550, 3000),
                (W2, 7, 1000, 4100, 5000),
                (W3, 3, 1000, 1090, 1100),
                (W4, 3, 1300, 2380, 2500),
            )
            for row in (
                (week, "end_to_transcript", turns, p50 / 4, p95 / 4, longest / 4),
                (week, "transcript_to_sound", turns, p50 * 3 / 4, p95 * 3 / 4, longest * 3 / 4),
            )
        ]
    ],
    "cut_ins": [
        (W1, 2, 10, *wilson(2, 10)),
        (W2, 0, 7, *wilson(0, 7)),
        (W3, 0, 3, *wilson(0, 3)),
        (W4, 1, 3, *wilson(1, 3)),
    ],
    # s01 s02 s03 s04 s06 s07 · s08 s09 s10 s12 s13 · s15 s16 s17 · s21 s22 s24 had timed answers, none a silence.
    "silences": [(W1, 6, 0, 0, 0), (W2, 5, 0, 0, 0), (W3, 3, 0, 0, 0), (W4, 3, 0, 0, 0)],
    "reconnects": [],
    "barge_in_rate": [
        (W1, 2, 11, *wilson(2, 11)),
        (W2, 1, 9, *wilson(1, 9)),
        (W3, 1, 4, *wilson(1, 4)),
        (W4, 0, 5, *wilson(0, 5)),
    ],
    "pauses": [
        # 120 · none · none · 180 + 120, of which the first by the phone
        (W1, 1, 5, *wilson(1, 5), 1, 0, 120),
        (W2, 0, 6, *wilson(0, 6), 0, 0, None),
        (W3, 0, 4, *wilson(0, 4), 0, 0, None),
        (W4, 1, 4, *wilson(1, 4), 2, 1, 300),
    ],
    "task_success": [
        (W1, 2, 1, 1, *wilson(2, 3)),
        (W2, 0, 0, 1, None, None, None),
        (W3, 0, 1, 0, *wilson(0, 1)),
    ],
    "failure_rate": [
        (W1, "agent_unreachable", 1, 7, *wilson(1, 7)),
        (W3, "agent_unreachable", 1, 6, *wilson(1, 6)),
        (W3, "unknown", 1, 6, *wilson(1, 6)),
    ],
    # It runs: no mean, no difference. a (5 sessions, s01 rated), c (2, s03) · b (3, s02 and s08); d is the fence.
    "version_comparison": [
        ("Shorter turns", "candidate", 1, 3, 2, 2 / 3, None, None, None, None, 10, "running"),
        ("Shorter turns", "standing", 2, 7, 2, 2 / 7, None, None, None, None, 10, "running"),
    ],
    # b 3, d 3, e 1 (failed) · a 5, c 2, j 2 (both failed)
    "version_failures": [
        ("Shorter turns", "candidate", "agent_unreachable", 1, 7, *wilson(1, 7)),
        ("Shorter turns", "candidate", "unknown", 0, 7, *wilson(0, 7)),
        ("Shorter turns", "standing", "agent_unreachable", 1, 9, *wilson(1, 9)),
        ("Shorter turns", "standing", "unknown", 1, 9, *wilson(1, 9)),
    ],
    "goal_attainment": [
        # clients, p50_t, p50_change, goals_reviewed, at_or_above, value, low, high
        # a: g1 ends at +1, g2 at −1 · b: g3 at 0 → T 50 · c: only g4 of weight 0
        (W1, 2, (T_A + 50) / 2, 0, 3, 2, *wilson(2, 3)),
        # c: g6 at +2
        (W2, 1, 70, 0, 1, 1, *wilson(1, 1)),
        # b: g3 at +2 → 70 (+20) · d: g5 at −2 → 30
        (W3, 2, 50, 10, 2, 1, *wilson(1, 2)),
        # a: g1 (weight 2) at +2 → 70 · d: g5 at +1 → 60 (+30)
        (W4, 2, 65, (70 - T_A + 30) / 2, 2, 2, *wilson(2, 2)),
    ],
    "action_completion": [
        # x1 on time to the second, x2 late, x3 dropped, x4 open
        (W1, 4, 1, 1, 1, *wilson(1, 4)),
        # x8 on time; x5 is done only at as_of
        (W2, 2, 1, 0, 0, *wilson(1, 2)),
        # x9 open
        (W4, 1, 0, 0, 0, *wilson(0, 1)),
    ],
    "steps_answered": [
        # x1, x2, and x3 to the second; x4 open
        (W1, 3, 4, *wilson(3, 4)),
        # x8; x5 is late; x9 has time still
        (W2, 1, 2, *wilson(1, 2)),
    ],
    # +3 −1 · +5
    "confidence_change": [(W1, 2, 1), (W2, 1, 5)],
    "reliable_change": [(0, 0, 0, 0)],
}


@pytest.mark.parametrize("metric_id", [metric.id for metric in DEFINITIONS if metric.id != "retention"])
def test_the_numbers_worked_out_by_hand(store: Store, metric_id: str) -> None:
    assert_rows(run(store, metric_id, as_of=AS_OF), EXPECTED[metric_id])


@pytest.mark.parametrize("kind", list(RetentionKind))
def test_retention_worked_out_by_hand(store: Store, kind: RetentionKind) -> None:
    assert_rows(run(store, "retention", as_of=AS_OF, kind=kind), retention(kind))


def test_a_month_is_one_row(store: Store) -> None:
    frame = run(store, "lifecycle", as_of=AS_OF, interval=Interval.MONTH)
    assert_rows(frame, [(date(2026, 3, 1), 9, 0, 0, 0, 9)])


def test_days_have_rows_of_their_own(store: Store) -> None:
    frame = run(store, "session_outcomes", as_of=datetime(2026, 3, 5), interval=Interval.DAY)
    assert_rows(
        frame,
        [
            (date(2026, 3, 2), 2, 2, 0, 0, 0, 2),
            (date(2026, 3, 3), 1, 0, 1, 0, 0, 1),
            (date(2026, 3, 4), 2, 1, 0, 1, 1, 0),
        ],
    )


def test_a_period_that_is_not_over_is_immature(store: Store) -> None:
    frame = run(store, "retention", as_of=datetime(2026, 3, 10, 12))
    # By then week 2 has seen b, a and c come again.
    assert_rows(frame, [(W1, 0, 4, 4, *wilson(4, 4), True), (W1, 1, 4, 3, *wilson(3, 4), False)])


def test_a_range_selects_by_start_and_leaves_the_past_in_view(store: Store) -> None:
    start, end = datetime(2026, 3, 16), datetime(2026, 3, 23)
    weeks = {"as_of": AS_OF, "start": start, "end": end}
    assert_rows(run(store, "session_duration", **weeks), EXPECTED["session_duration"][2:3])
    assert_rows(run(store, "lifecycle", **weeks), EXPECTED["lifecycle"][2:3])
    assert_rows(run(store, "active_clients", **weeks), EXPECTED["active_clients"][14:21])
    # a 6, d 4, f 14: each counts from a session before the range.
    assert_rows(run(store, "return_gaps", **weeks), [(4, 1), (6, 1), (14, 1)])


def test_cohorts_ignore_the_start(store: Store) -> None:
    for metric_id in ("retention", "return_rate", "time_to_second_session"):
        whole = run(store, metric_id, as_of=AS_OF)
        pd.testing.assert_frame_equal(run(store, metric_id, as_of=AS_OF, start=datetime(2026, 3, 16)), whole)


def test_reliable_change_wants_ninety_days(store: Store) -> None:
    """By July: a 54.02 → 70 and c 70 → 30 are more than 1.96·√2·10·√0.2 = 12.40, b 50 → 50 is not; d has 84 days."""
    frame = run(store, "reliable_change", as_of=datetime(2026, 7, 1))
    assert_rows(frame, [(3, 1, 1, 1)])


def test_who_stays_is_told_by_month_of_joining_and_source_and_never_by_what_came_later(store: Store) -> None:
    def part(by: SegmentBy, value: str) -> pd.DataFrame:
        return run(store, "membership_survival", as_of=AS_OF, segment=Segment(by, value))

    january, february = (part(SegmentBy.JOINED, month) for month in ("2026-01", "2026-02"))
    assert_rows(january, EXPECTED["membership_survival"][1:])
    assert_rows(february, EXPECTED["membership_survival"][:1])
    assert_rows(part(SegmentBy.SOURCE, "manual"), EXPECTED["membership_survival"])
    assert part(SegmentBy.SOURCE, "skool").empty
    # s01 s06 · s09 s12 · s15 s16 s17 · s22, of a, d and i
    sessions = run(store, "session_outcomes", as_of=AS_OF, segment=Segment(SegmentBy.SOURCE, "manual"))
    assert list(sessions["valid"]) == [2, 2, 3, 1]
    # i is in both, and was a member until then for certain.
    assert part(SegmentBy.COHORT, "2026-03").empty
    assert part(SegmentBy.AGENT, "agent").empty
