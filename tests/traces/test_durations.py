from __future__ import annotations

from math import inf

from coachroom.traces.durations import BUCKETS, Durations
from coachroom.traces.work import Work


def test_each_bucket_counts_what_took_at_most_so_long() -> None:
    durations = Durations()
    for seconds in (0.0005, 0.001, 0.0011, 0.3, 100.0):
        durations.add(Work.COMMIT, seconds)
    of_commits = durations.histograms()[Work.COMMIT]
    counted = dict(zip(BUCKETS, of_commits.up_to, strict=True))
    assert (counted[0.001], counted[0.0025], counted[0.25], counted[0.5], counted[30.0], counted[inf]) == (
        2,
        3,
        3,
        4,
        4,
        5,
    )
    assert abs(of_commits.seconds - 100.3026) < 1e-9


def test_work_that_never_happened_is_counted_as_none() -> None:
    assert all(set(each.up_to) == {0} and each.seconds == 0 for each in Durations().histograms().values())
